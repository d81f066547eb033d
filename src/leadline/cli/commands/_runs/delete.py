"""Delete a run: its record, steps, trace and kept report."""

from __future__ import annotations

import click


@click.command()
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print the id as JSON.")
def command(run: str, as_json: bool) -> None:
    """Delete RUN: its record, steps, trace and kept report. A report written elsewhere stays."""
    from leadline.cli.output import print_json
    from leadline.errors import Busy
    from leadline.runs.control import is_driven
    from leadline.runs.store import delete_run, find_run

    found = find_run(run)
    if is_driven(found):
        raise Busy(f"Run {found.record.id} is under way.", remedy="Stop it first: `leadline runs cancel`.")
    delete_run(found)
    if as_json:
        print_json({"deleted": found.record.id})
    else:
        click.echo(f"Deleted {found.record.id}.")
