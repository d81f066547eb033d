"""List the runs kept here; show, resume, pause, cancel, fork or delete one."""

from __future__ import annotations

from pathlib import Path

import click

from leadline.cli.lazy import commands_of
from leadline.cli.limits import queue_option

Commands = commands_of(Path(__file__).parent / "_runs", "leadline.cli.commands._runs")


@click.group(cls=Commands, invoke_without_command=True)
@queue_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def command(ctx: click.Context, queue: str | None, as_json: bool) -> None:
    """List the runs kept here, newest first. A run is named by its id, by the start of its id, or `last`."""
    if ctx.invoked_subcommand is None:
        from leadline.cli.commands._runs.list import print_runs

        print_runs(queue, as_json)
