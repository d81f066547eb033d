"""Ask a question on the command line: progress while reading, a live view while searching, then the answer."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

if TYPE_CHECKING:
    from leadline.agents.inquiry import Inquiry
    from leadline.cli.live import View
    from leadline.environments.granted import Approve
    from leadline.environments.user import Person
    from leadline.evidence.model import Report
    from leadline.runs.store import Run

T = TypeVar("T")
TERMINATED = 128 + signal.SIGTERM
FAILED = 1
EXIT_CODES = {"answered": 0, "nothing found": 3, "budget spent": 4}
FILES = ("report.html", "report.md", "report.json", "trace.jsonl")


def ask(inquiry: Inquiry, *, as_json: bool) -> int:
    """Research, print, and give the exit code."""
    from leadline.agents.durable import cast_durably
    from leadline.agents.inquiry import Runtime
    from leadline.agents.research import pursue
    from leadline.runs.steps import Steps

    steps, answers = Steps(), None if as_json else person(inquiry.agent)
    approve = approval() if inquiry.outside.confirm else None
    policy, context = cast_durably(
        inquiry.agent, inquiry.model, steps, offline=inquiry.offline, seed=inquiry.seed
    )

    def work(signals: Signals, view: View) -> Report:
        return pursue(
            inquiry,
            Runtime(
                policy,
                context,
                steps,
                listen=signals.heard(view.listen),
                progress=view.progress,
                stop=signals.asked,
                person=answers,
                approve=approve,
            ),
        )

    return _watch(inquiry, work, as_json=as_json, quiet=bool(answers or approve))


def go_on(run: Run, *, as_json: bool) -> int:
    """Carry a recorded run on, print, and give the exit code."""
    from leadline.agents.durable import carry_on
    from leadline.agents.inquiry import Inquiry

    inquiry = Inquiry.of(run.record)
    approve = approval() if inquiry.outside.confirm else None

    def work(signals: Signals, view: View) -> Report:
        listen = signals.heard(view.listen)
        return carry_on(run, listen=listen, progress=view.progress, stop=signals.asked, approve=approve)

    return _watch(inquiry, work, as_json=as_json, quiet=bool(approve))


def _watch(
    inquiry: Inquiry, work: Callable[[Signals, View], Report], *, as_json: bool, quiet: bool = False
) -> int:
    """Do the work under a live view (unless `quiet`), print its report, and say by the exit code how it ended."""
    from leadline.agents.questions import split
    from leadline.cli.live import Board, live
    from leadline.runs.store import find_run

    questions = {part.query: part.text for part in split(inquiry.question)}
    board = Board(inquiry.question, questions, max_steps=inquiry.max_steps, max_seconds=inquiry.max_seconds)
    with Signals() as signals, live(board, quiet=as_json or quiet) as view:
        report = work(signals, view)
    run = find_run(str(report.run["id"]))
    written = str(inquiry.out).replace("{run}", run.record.id) if inquiry.out else run.folder
    _print(report, Path(written), as_json)
    state = run.record.state
    if state in ("paused", "stopped"):
        how = f"go on with: leadline runs resume {report.run['id']}"
        click.echo(f"{state.capitalize()}: the report holds what was found so far; {how}", err=True)
    if report.run.get("note"):
        click.echo(str(report.run["note"]), err=True)
    if report.run.get("trouble"):
        how = f"Go on with: leadline runs resume {report.run['id']}"
        click.echo(f"The report holds what was found before this: {report.run['trouble']} {how}", err=True)
    return signals.exit_code or (FAILED if report.run.get("trouble") else EXIT_CODES[report.status])


def person(agent: str) -> Person | None:
    """Who answers what an agent asks before it starts: the one at the terminal, if the agent asks and there is one."""
    if not (agent.startswith("plan-ask") and sys.stdin.isatty()):
        return None

    def answer(text: str) -> str:
        click.echo(f"\n{text}", err=True)
        return str(click.prompt("Your answer (empty to go on)", default="", show_default=False, err=True))

    return answer


def approval() -> Approve:
    """Asks the one at the terminal before each call beyond the collection. UsageError when nobody is there."""
    from leadline.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(
            "--confirm asks before each call, and nobody is at the terminal.", remedy="Leave it out."
        )
    return lambda call: click.confirm(f"May this be called? {call}", default=False, err=True)


def _print(report: Report, folder: Path, as_json: bool) -> None:
    from leadline.cli.output import width
    from leadline.cli.said import said
    from leadline.evidence.render import render_json

    if as_json:
        click.echo(render_json(report), nl=False)
        return
    click.echo(said(report, {name: folder / name for name in FILES}, width()))


class Signals:
    """While a run goes, the first Ctrl-C asks it to end with what it has, and SIGTERM to pause; the next one ends the
    program.

    Before the run's first step there is nothing to keep, and either ends the program at once; `running`: there is.
    """

    def __init__(self, *, running: bool = False) -> None:
        self._running = running
        self._old: dict[int, Any] = {}
        self.exit_code = 0
        """What the program is to end with when a signal was heard."""

    def asked(self) -> Literal["pause", "cancel"] | bool:
        """What the run is asked for, if anything."""
        if not self.exit_code:
            return False
        return "pause" if self.exit_code == TERMINATED else "cancel"

    def heard(self, listen: Callable[[T], None]) -> Callable[[T], None]:
        """A listener that also notes that the run is under way."""

        def both(step: T) -> None:
            self._running = True
            listen(step)

        return both

    def __enter__(self) -> Signals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._old[number] = signal.signal(number, self._came)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)

    def _came(self, number: int, frame: FrameType | None) -> None:
        if self.exit_code or not self._running:
            if number == signal.SIGTERM:
                raise SystemExit(TERMINATED)
            raise KeyboardInterrupt
        self.exit_code = 128 + number
        sys.stderr.write("\nStopping: writing what was found. Once more stops at once.\n")
