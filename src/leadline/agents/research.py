"""The main job: a question and sources in, a report out whose every sentence has been found in a source.

>>> from leadline import research  # doctest: +SKIP
>>> report = research("Which supplier was late most often in 2023?", ["./folder"], out="report")  # doctest: +SKIP

Two calls with the same question, sources and seed give the same report but for run id, times and paths.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from leadline.agents.base import Context, Outcome, Policy, Task
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.extractive import Extractive
from leadline.agents.loop import run
from leadline.agents.reporting import INFINITY, facts_of, save, write_report
from leadline.agents.surroundings import surroundings
from leadline.environments.base import Environment
from leadline.environments.captures import ARCHIVE, Captures
from leadline.environments.granted import Approve
from leadline.environments.outside import Outside
from leadline.environments.outside import opened as opened_outside
from leadline.environments.user import Person
from leadline.errors import Busy, UsageError
from leadline.evidence.model import Cell, Report
from leadline.files import DISK
from leadline.retrieval.collection import Collection
from leadline.runs.budget import Budget
from leadline.runs.drive import Drive, Stop, driving
from leadline.runs.steps import Steps
from leadline.runs.store import Run, start_run
from leadline.runs.trace import Step, Trace

MAX_QUESTION = 10_000
"""Characters of a question that are read."""
BUSY_SECONDS, BUSY_POLL = 600.0, 0.1
"""How long a run waits for another one that reads the same sources, and how often it looks."""
T = TypeVar("T")

NOTHING = Outside()

Listener = Callable[[Step], None]
Progress = Callable[[int, int], Any]
OpenOutside = Callable[[Outside, str, Captures], AbstractContextManager[Sequence[Environment]]]
"""(grant, question, captures) -> the environments of a run's grant, while it goes."""


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
    cast_as: tuple[str, str] = ("extractive", ""),
    offline: bool = False,
    record: Run | None = None,
    steps: Steps | None = None,
    person: Person | None = None,
    approve: Approve | None = None,
    outside: Outside = NOTHING,
    open_outside: OpenOutside = opened_outside,
) -> Report:
    """Answer `question` from files and folders (`sources`), a collection, or both.

    `sources` are read into the collection first; without one, into a collection of their own that is kept for the
    next question. `out` is a folder for report.json, report.md, report.html and trace.jsonl; `{run}` in it stands for
    the run's id. `listen` is called with every step, `progress` with (done, total) while sources are read. A `policy`
    and `context` are another agent than the extractive one (`leadline.agents.roster.cast`); `cast_as` is the name of
    the agent and the spec of its model that the run's record keeps, to cast them again (`offline` beside them).
    `record` is a run that was made already: by `start_run`, so that it is seen while sources are read, or an
    interrupted one, which is resumed (`leadline.agents.durable.carry_on`). `steps` is what the policy's model keeps
    its calls in, where it does.
    `person` answers what an agent may ask the one who wants to know (`leadline.environments.user`). `outside` is what
    the run may touch beside the collection (the web, MCP servers, code; `approve` is asked before each such call where
    it says `confirm`), and `open_outside` makes environments of it;
    what comes in is kept in the run's folder and beside the report.
    `max_tokens` and `max_usd` bound what the model reads and writes, and what that costs where its spec has prices.
    A budget that runs out, a `stop` that says True or "pause", or a request (`leadline.runs.control`) gives a partial
    report with the status "budget spent". Raises UsageError for an empty question, for sources that do not exist and
    for an `out` that cannot be written to, and StoreError when another process drives the run.
    """
    asked, notes = _readable(question)
    outside.checked(offline=offline)
    paths = [sources] if isinstance(sources, str | Path) else list(sources)
    if out is not None:
        DISK.probe(Path(str(out).replace("{run}", "run")))
    reach = bool({"web", "mcp"} & set(outside.allow))
    found = None if record is not None else _collection(paths, collection, progress, empty=reach)
    if record is None:
        assert found is not None
        record = start_run(
            asked,
            paths,
            collection=found.name,
            seed=seed,
            max_steps=max_steps,
            max_seconds=max_seconds,
            max_tokens=max_tokens,
            max_usd=max_usd,
            out=out or "",
            agent=cast_as[0],
            model=cast_as[1],
            offline=offline,
            outside=msgspec.to_builtins(outside) if outside.allow else {},
            index=found.index_id,
        )
    steps = steps or Steps()
    with driving(record, steps, stop) as drive:
        if found is None:
            found = _collection(paths, collection, progress, empty=reach)
            notes |= _same_sources(drive, found)
        trace = Trace(record.trace_path, listen, resume=True)
        budget = Budget(max_steps, max_seconds, max_tokens, max_usd, clock=steps.seconds, stop=drive.stop)
        task = Task(record.record.id, asked)
        player, shown = policy or Extractive(), context or Transcript()
        captures, needs = Captures(record.folder / ARCHIVE), getattr(player, "needs", ())
        with open_outside(outside, asked, captures) as beside:
            world = surroundings(
                found, needs=needs, person=person, beside=beside, granted=outside.allow, question=asked,
                approve=(approve or (lambda call: False)) if outside.confirm else None,
            )  # fmt: skip
            outcome = run(task, player, shown, world, budget, trace, steps=steps, seed=seed)
        facts = facts_of(record, found, paths, player.name, seed, budget)
        facts |= {"allowed": ", ".join(outside.allow)} if outside.allow else {}
        report = write_report(asked, outcome, found, facts | notes, captures)
        record = drive.finish(report)
        learn: Callable[[Task, Outcome], None] | None = getattr(player, "learn", None)
        if learn is not None and not report.run.get("trouble"):
            learn(task, outcome)
    if out is not None:  # last: should the folder fail now, the run still has its report
        save(report, Path(record.record.out), found, captures, record)
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


def _collection(
    sources: Sequence[str | Path],
    collection: Collection | str | None,
    progress: Progress | None,
    *,
    empty: bool = False,
) -> Collection:
    """What is asked; it may be `empty` when there is somewhere else to look."""
    if collection is None:
        if not sources and not empty:
            raise UsageError(
                "There is nothing to read.", remedy="Give a file, a folder or --collection NAME."
            )
        return _patiently(lambda: Collection.of(sources, progress))
    known = Collection.open(collection, create=bool(sources)) if isinstance(collection, str) else collection
    if sources:
        _patiently(lambda: known.update(sources, progress))
    return known


def _patiently(read: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """What `read` gives, once no other run reads the same sources. Busy when that takes longer than BUSY_SECONDS."""
    for _ in range(int(BUSY_SECONDS / BUSY_POLL)):
        try:
            return read()
        except Busy:
            sleep(BUSY_POLL)
    return read()
