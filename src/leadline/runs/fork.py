"""Another run from a step of one: the steps until there are taken over, and what follows is done anew."""

from __future__ import annotations

from typing import Any

import msgspec

from leadline import json_lines
from leadline.errors import UsageError
from leadline.files import DISK
from leadline.runs.journal import Entry, SQLiteJournal
from leadline.runs.record import write_record
from leadline.runs.store import Run, new_folder


def fork_run(run: Run, at: int, **fields: Any) -> Run:
    """A paused run that has the steps 1 to `at` of `run`'s trace (0: none). `fields` of its record may differ.

    What the model was asked after step `at` is not taken over: it is asked again. Raises UsageError when the run has
    no such step, and StoreError while a process drives it.
    """
    steps = [step for step in run.steps() if step.kind != "end"]
    if not 0 <= at <= len(steps):
        raise UsageError(
            f"Run {run.record.id} has no step {at}.",
            remedy=f"It has {len(steps)}; `leadline runs show {run.record.id}` lists them.",
        )
    source = SQLiteJournal(run.folder)
    try:
        folder = new_folder()
        copy = SQLiteJournal(folder)
        try:
            for entry in source.entries():
                if _before(entry, at):
                    copy.add(entry, source.result(entry.path), flush=False)
        finally:
            copy.close()
    finally:
        source.close()
    out = run.record.out.replace(run.record.id, folder.name)
    if out and out == run.record.out:  # the report of the first run stays
        out = f"{out}-{folder.name}"
    changes: dict[str, Any] = {
        "id": folder.name,
        "out": out,
        "state": "paused",
        "reason": "",
        "queued": False,
    }
    record = msgspec.structs.replace(
        run.record, **changes | {"forked_from": f"{run.record.id} at {at}"} | fields
    )
    DISK.write(folder / "trace.jsonl", json_lines.lines(steps[:at]))
    write_record(folder, record)
    return Run(folder, record)


def _before(entry: Entry, at: int) -> bool:
    """Tool calls up to line `at` of the trace, and model calls that led to them."""
    number, _, asked = entry.path.partition("/")
    return int(number) < at if asked else int(number) <= at
