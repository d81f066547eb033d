"""Runs by name, of this machine or of a shared queue, and how the commands show and change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadline.cli.limits import INFINITY

if TYPE_CHECKING:
    from leadline.agents.inquiry import Inquiry
    from leadline.runs.control import Request
    from leadline.runs.record import RunRecord
    from leadline.runs.store import Run


def runs_of(queue: str | None) -> list[Run]:
    """All runs, newest first."""
    from leadline.runs.store import Run, list_runs, runs_folder

    if not queue:
        return list_runs()
    from leadline.runs.shared import SharedQueue

    line = SharedQueue(queue)
    try:
        return [Run(runs_folder() / record.id, record) for record in reversed(line.records())]
    finally:
        line.close()


def run_named(name: str, queue: str | None) -> Run:
    """The run of that name; one of a queue is brought here first."""
    from leadline.runs.store import find_run

    if not queue:
        return find_run(name)
    from leadline.runs.shared import SharedQueue

    line = SharedQueue(queue)
    try:
        return line.fetch(name)
    finally:
        line.close()


def row(run: Run, queue: str | None = None) -> dict[str, Any]:
    """A run for --json: its record, folder, and `situation`, which is what people are shown."""
    import msgspec

    from leadline.runs.control import situation

    now = "broken" if run.broken else run.record.state if queue else situation(run)
    known = {**msgspec.to_builtins(run.record), "folder": str(run.folder), "broken": run.broken}
    return known | {"situation": now}


def request(name: str, queue: str | None, asked: Request | None, as_json: bool) -> None:
    """Ask a run to pause or to be cancelled, or (None) put it in line again; print what it is then."""
    from leadline.runs import control
    from leadline.runs.store import find_run

    if queue:
        from leadline.runs.shared import SharedQueue

        line = SharedQueue(queue)
        line.request(name, asked)
        line.close()
        now = run_named(name, queue)
    else:
        does: dict[Request | None, Callable[[Run], object]] = {
            "pause": control.pause, "cancel": control.cancel, None: control.resume
        }  # fmt: skip
        does[asked](find_run(name))
        now = find_run(name)
    _print_situation(row(now, queue), as_json)


def _print_situation(found: dict[str, Any], as_json: bool) -> None:
    from leadline.cli.output import print_json

    if as_json:
        print_json(found)
    else:
        click.echo(f"{found['id']}: {found['situation']}.")


def put_in_line(inquiry: Inquiry, queue: str | None, *, as_json: bool) -> int:
    """Record a run for the workers of this machine or of a queue. What cannot be meant is refused now."""
    from leadline.agents.durable import cast_durably
    from leadline.errors import UsageError
    from leadline.runs.steps import Steps
    from leadline.runs.store import delete_run

    question = inquiry.question.strip()
    if not question or not (inquiry.sources or inquiry.collection or inquiry.outside.allow):
        raise UsageError(
            "A question and something to read are needed.", remedy="Give SOURCE or --collection."
        )
    for source in inquiry.sources:
        if not Path(source).exists():
            raise UsageError(f"{source} does not exist.", remedy="Check the path.")
    cast_durably(inquiry.agent, inquiry.model, Steps(), offline=inquiry.offline, seed=inquiry.seed)
    run = replace(inquiry, question=question).start()
    if not queue:
        request(run.record.id, None, None, as_json)
        return 0
    from leadline.runs.shared import SharedQueue

    line = SharedQueue(queue)
    try:
        line.add(run)
        delete_run(run)  # it is the queue's now
        _print_situation(row(line.fetch(run.record.id), queue), as_json)
    finally:
        line.close()
    return 0


def changes(record: RunRecord, out: Path | None, max_seconds: float, max_steps: float) -> dict[str, Any]:
    """What is to differ in the record of a run that goes on: limits given now, none where its budget was spent and
    none are given, and a folder for the report."""
    spent = record.state == "budget spent" and max_seconds == max_steps == INFINITY
    limits = {"max_seconds": max_seconds, "max_steps": max_steps}
    if spent:
        limits |= {"max_tokens": INFINITY, "max_usd": INFINITY}
    found: dict[str, Any] = {
        name: None if limit == INFINITY else limit
        for name, limit in limits.items()
        if spent or limit < INFINITY
    }
    return found | {"out": str((out or Path(record.out or f"leadline-report/{record.id}")).absolute())}
