"""List the runs kept here, newest first."""

from __future__ import annotations

import click

from leadline.cli.limits import queue_option


@click.command()
@queue_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(queue: str | None, as_json: bool) -> None:
    """List the runs kept here, newest first; with --queue, those of the shared queue."""
    print_runs(queue, as_json)


def print_runs(queue: str | None, as_json: bool) -> None:
    """Print the runs of this machine or of a queue."""
    from leadline.cli.output import print_json, print_table
    from leadline.cli.runs import row, runs_of
    from leadline.runs.store import runs_folder

    rows = [row(run, queue) for run in runs_of(queue)]
    if as_json:
        print_json(rows)
    elif not rows:
        where = "in the queue" if queue else f"in {runs_folder()}"
        click.echo(f"No runs {where}. One is kept for every `leadline research`.")
    else:
        shown = [
            [r["id"], f"broken: {r['broken']}" if r["broken"] else r["situation"], r["question"]]
            for r in rows
        ]
        print_table(["run", "state", "question"], shown)
