"""The main job: a question and sources in, a report out whose every sentence has been found in a source.

>>> from leadline import research  # doctest: +SKIP
>>> report = research("Which supplier was late most often in 2023?", ["./folder"], out="report")  # doctest: +SKIP

Two calls with the same question, sources and seed give the same report but for run id, times and paths.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from leadline.agents import loop
from leadline.agents.base import Context, Outcome, Policy, Task
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.extractive import Extractive
from leadline.agents.inquiry import INFINITY, Inquiry, Listener, Progress, Runtime
from leadline.agents.reporting import facts_of, save, write_report
from leadline.agents.surroundings import surroundings
from leadline.environments.captures import ARCHIVE, Captures
from leadline.environments.outside import NOTHING, Outside
from leadline.errors import Busy, UsageError
from leadline.evidence.model import Cell, Report
from leadline.files import DISK
from leadline.retrieval.collection import Collection
from leadline.runs.budget import Budget
from leadline.runs.drive import Drive, Stop, driving
from leadline.runs.steps import Steps
from leadline.runs.store import Run
from leadline.runs.trace import Trace

MAX_QUESTION = 10_000
"""Characters of a question that are read."""
BUSY_SECONDS, BUSY_POLL = 600.0, 0.1
"""How long a run waits for another one that reads the same sources, and how often it looks."""
T = TypeVar("T")


def research(
    question: str,
    sources: Sequence[str | Path] = (),
    *,
    collection: Collection | str | None = None,
    out: str | Path | None = None,
    max_seconds: float = INFINITY,
    max_steps: float = INFINITY,
    max_tokens: float = INFINITY,
    max_usd: float = INFINITY,
    seed: int = 0,
    listen: Listener | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
    policy: Policy | None = None,
    context: Context | None = None,
    outside: Outside = NOTHING,
) -> Report:
    """Answer `question` from files and folders (`sources`), a collection, or both.

    `sources` are read into the collection first; without one, into a collection of their own that is kept for the
    next question. `out` is a folder for report.json, report.md, report.html and trace.jsonl; `{run}` in it stands for
    the run's id. `listen` is called with every step, `progress` with (done, total) while sources are read. A `policy`
    and `context` are another agent than the extractive one (`leadline.agents.roster.cast`). `outside` is what the run
    may touch beside the collection (the web, MCP servers, code); what comes in is kept in the run's folder and beside
    the report.
    `max_tokens` and `max_usd` bound what the model reads and writes, and what that costs where its spec has prices.
    A budget that runs out, a `stop` that says True or "pause", or a request (`leadline.runs.control`) gives a partial
    report with the status "budget spent". Raises UsageError for an empty question, for sources that do not exist and
    for an `out` that cannot be written to.

    A program that drives runs itself (the command line, the pages) calls `pursue` and `pursue_run`.
    """
    inquiry = Inquiry(
        question,
        [sources] if isinstance(sources, str | Path) else list(sources),
        collection=collection,
        out=out,
        max_steps=max_steps,
        max_seconds=max_seconds,
        max_tokens=max_tokens,
        max_usd=max_usd,
        seed=seed,
        outside=outside,
    )
    return pursue(inquiry, Runtime(policy, context, listen=listen, progress=progress, stop=stop))


def pursue(inquiry: Inquiry, runtime: Runtime) -> Report:
    """Answer an inquiry as a new run, which is recorded once its sources are read. Raises as `research` does."""
    inquiry, notes = _checked(inquiry)
    found = _collection(inquiry, runtime.progress)
    return _drive(inquiry.start(found), inquiry, runtime, found, notes)


def pursue_run(run: Run, runtime: Runtime) -> Report:
    """Answer what a run was recorded for: one that waits, or an interrupted one, which goes on where it was. A run
    that is over gives its report again. StoreError when another process drives it."""
    inquiry, notes = _checked(Inquiry.of(run.record))
    return _drive(run, inquiry, runtime, None, notes)


def _checked(inquiry: Inquiry) -> tuple[Inquiry, dict[str, Cell]]:
    """The inquiry with a question that can be read, and a note where it was cut. Raises for what cannot be meant."""
    asked, notes = _readable(inquiry.question)
    inquiry.outside.checked(offline=inquiry.offline)
    if inquiry.out is not None:
        DISK.probe(Path(str(inquiry.out).replace("{run}", "run")))
    return replace(inquiry, question=asked), notes


def _drive(
    run: Run, inquiry: Inquiry, runtime: Runtime, found: Collection | None, notes: dict[str, Cell]
) -> Report:
    """Drive a run to its end in this process and keep its report. The sources are read first, unless they were."""
    steps, outside = runtime.steps or Steps(), inquiry.outside
    with driving(run, steps, runtime.stop) as drive:
        if found is None:
            found = _collection(inquiry, runtime.progress)
            notes = notes | _same_sources(drive, found)
        task, player = Task(run.record.id, inquiry.question), runtime.policy or Extractive()
        trace = Trace(run.trace_path, runtime.listen, resume=True)
        captures, needs = Captures(run.folder / ARCHIVE), getattr(player, "needs", ())
        budget = Budget(
            inquiry.max_steps, inquiry.max_seconds, inquiry.max_tokens, inquiry.max_usd,
            clock=steps.seconds, stop=drive.stop,
        )  # fmt: skip
        with runtime.open_outside(outside, inquiry.question, captures) as beside:
            world = surroundings(
                found, needs=needs, person=runtime.person, beside=beside, granted=outside.allow,
                question=inquiry.question,
                approve=(runtime.approve or (lambda call: False)) if outside.confirm else None,
            )  # fmt: skip
            shown = runtime.context or Transcript()
            outcome = loop.run(task, player, shown, world, budget, trace, steps=steps, seed=inquiry.seed)
        facts = facts_of(run, found, player.name, budget)
        report = write_report(inquiry.question, outcome, found, facts | notes, captures)
        run = drive.finish(report)
        learn: Callable[[Task, Outcome], None] | None = getattr(player, "learn", None)
        if learn is not None and not report.run.get("trouble"):
            learn(task, outcome)
    if run.record.out:  # last: should the folder fail now, the run still has its report
        save(report, Path(run.record.out), found, captures, run)
    return report


def _same_sources(drive: Drive, found: Collection) -> dict[str, Cell]:
    """A note for the report when the sources are no longer those on which the run began."""
    before = drive.run.record.index
    if not before:
        drive.run = drive.run.change(index=found.index_id)
    if before in ("", found.index_id):
        return {}
    return {
        "note": "The sources have changed since the run began; steps that were finished saw them as they were."
    }


def _readable(question: str) -> tuple[str, dict[str, Cell]]:
    """The question without outer space and undecodable bytes, within bounds, and a note where it was cut."""
    asked = question.encode("utf-8", "surrogatepass").decode("utf-8", "replace").strip()
    if not asked:
        raise UsageError("The question is empty.", remedy='Ask something: leadline research "..." ./folder')
    if len(asked) <= MAX_QUESTION:
        return asked, {}
    note = f"The question has {len(asked)} characters; the first {MAX_QUESTION} were read."
    return asked[:MAX_QUESTION], {"note": note}


def _collection(inquiry: Inquiry, progress: Progress | None) -> Collection:
    """What is asked, its sources read. There may be none when there is somewhere else to look."""
    sources, known = inquiry.sources, inquiry.collection
    if known is None:
        if not sources and not {"web", "mcp"} & set(inquiry.outside.allow):
            raise UsageError(
                "There is nothing to read.", remedy="Give a file, a folder or --collection NAME."
            )
        return _patiently(lambda: Collection.of(sources, progress))
    found = Collection.open(known, create=bool(sources)) if isinstance(known, str) else known
    if sources:
        _patiently(lambda: found.update(sources, progress))
    return found


def _patiently(read: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """What `read` gives, once no other run reads the same sources. Busy when that takes longer than BUSY_SECONDS."""
    for _ in range(int(BUSY_SECONDS / BUSY_POLL)):
        try:
            return read()
        except Busy:
            sleep(BUSY_POLL)
    return read()
