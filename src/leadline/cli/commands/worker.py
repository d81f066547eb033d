"""Carry on runs that wait, on this machine or from a shared queue."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import TYPE_CHECKING

import click

from leadline.cli.limits import queue_option

if TYPE_CHECKING:
    from leadline.runs.store import Run


@click.command()
@queue_option
@click.option(
    "--at-once", type=click.IntRange(1, 64), default=1, show_default=True, help="Runs at the same time."
)
@click.option("--until-empty", is_flag=True, help="Leave when nothing waits any more.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each run.")
def command(queue: str | None, at_once: int, until_empty: bool, as_json: bool) -> int:
    """Take runs that wait (`leadline research --later`, `leadline runs resume --later`) and carry them on. Any number
    of workers may take from one queue; no run is driven twice, and one whose worker died is taken up where it was.

    Ctrl-C or SIGTERM: runs under way stop after their present step and are put back.
    """
    from leadline.agents.work import work
    from leadline.runs.queue import LocalQueue, Queue

    leaving = False

    def leave(number: int, frame: FrameType | None) -> None:
        nonlocal leaving
        if leaving:
            os._exit(128 + number)  # every finished step is kept, so nothing is lost by it
        leaving = True
        click.echo("Leaving after the present steps. Once more leaves at once.", err=True)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    line: Queue = LocalQueue()
    if queue:
        from leadline.runs.shared import SharedQueue

        line = SharedQueue(queue)
    try:
        ended = work(
            line,
            at_once=at_once,
            leave=lambda: leaving,
            until_empty=until_empty,
            tell=lambda run: _tell(run, as_json),
        )
    finally:
        line.close()
    if not as_json:
        click.echo(f"{ended} run{'' if ended == 1 else 's'} ended here.")
    return 0


def _tell(run: Run, as_json: bool) -> None:
    import msgspec

    record = run.record
    if as_json:
        click.echo(
            msgspec.json.encode(
                {"id": record.id, "state": record.state, "reason": record.reason or run.broken}
            )
        )
    else:
        why = f" ({record.reason or run.broken})" if record.reason or run.broken else ""
        click.echo(f"{record.id}  {record.state}{why}  {' '.join(record.question.split())[:80]}")
