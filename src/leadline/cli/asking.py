"""Ask a question on the command line: progress while reading, a live view while searching, then the answer."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from leadline.agents.base import Context, Policy
    from leadline.evidence.model import Report
    from leadline.runs.trace import Step

STOPPED = 130
EXIT_CODES = {"answered": 0, "nothing found": 3, "budget spent": 4}
FILES = ("report.html", "report.md", "report.json", "trace.jsonl")


def ask(
    question: str,
    sources: Sequence[Path],
    *,
    collection: str | None,
    out: Path | None,
    max_seconds: float,
    max_steps: float,
    seed: int,
    agent: str = "extractive",
    model: str | None = None,
    offline: bool = False,
    as_json: bool,
) -> int:
    """Research, print, and give the exit code."""
    policy, context = _cast(agent, model, offline=offline, seed=seed)
    from leadline.agents.questions import split
    from leadline.agents.research import research
    from leadline.cli.live import Board, live

    questions = {part.query: part.text for part in split(question)}
    board = Board(question, questions, max_steps=max_steps, max_seconds=max_seconds)
    with CtrlC() as ctrl_c, live(board, quiet=as_json) as view:
        report = research(
            question,
            sources,
            collection=collection,
            out=out or Path("leadline-report/{run}"),
            max_seconds=max_seconds,
            max_steps=max_steps,
            seed=seed,
            listen=ctrl_c.heard(view.listen),
            progress=view.progress,
            stop=ctrl_c.asked,
            policy=policy,
            context=context,
            cast_as=(agent, model or ""),
        )
    _print(report, out, as_json)
    if ctrl_c.asked():
        click.echo("Stopped: the report holds what was found so far.", err=True)
        return STOPPED
    return EXIT_CODES[report.status]


def _cast(agent: str, model: str | None, *, offline: bool, seed: int) -> tuple[Policy, Context]:
    """Policy and context by name; answers of a model are kept, so that a run that is repeated costs nothing."""
    from leadline.agents.roster import cast
    from leadline.models.cached import CachedModel
    from leadline.models.specs import model_from

    return cast(agent, CachedModel(model_from(model, offline=offline)) if model else None, seed=seed)


def _print(report: Report, out: Path | None, as_json: bool) -> None:
    from leadline.cli.output import width
    from leadline.cli.said import said
    from leadline.evidence.render import render_json

    if as_json:
        click.echo(render_json(report), nl=False)
        return
    folder = out or Path("leadline-report") / str(report.run["id"])
    click.echo(said(report, {name: folder / name for name in FILES}, width()))


class CtrlC:
    """While a run goes, the first Ctrl-C asks it to end with what it has; the next one ends the program.

    Before the run's first step there is nothing to keep, and Ctrl-C ends the program at once.
    """

    def __init__(self) -> None:
        self._running = self._asked = False

    def asked(self) -> bool:
        """Whether the run is to end."""
        return self._asked

    def heard(self, listen: Callable[[Step], None]) -> Callable[[Step], None]:
        """A listener that also notes that the run is under way."""

        def both(step: Step) -> None:
            self._running = True
            listen(step)

        return both

    def __enter__(self) -> CtrlC:
        self._old = None
        if threading.current_thread() is threading.main_thread():
            self._old = signal.signal(signal.SIGINT, self._pressed)
        return self

    def __exit__(self, *_: object) -> None:
        if self._old is not None:
            signal.signal(signal.SIGINT, self._old)

    def _pressed(self, number: int, frame: FrameType | None) -> None:
        if self._asked or not self._running:
            raise KeyboardInterrupt
        self._asked = True
        sys.stderr.write("\nStopping: writing what was found. Ctrl-C again stops at once.\n")
