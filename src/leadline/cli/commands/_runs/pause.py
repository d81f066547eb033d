"""Ask a run to stop after its present step, to be carried on later."""

from __future__ import annotations

import click

from leadline.cli.limits import queue_option


@click.command()
@click.argument("run")
@queue_option
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON.")
def command(run: str, queue: str | None, as_json: bool) -> None:
    """Ask RUN, wherever it goes on, to stop after its present step; `leadline runs resume` carries it on."""
    from leadline.cli.runs import request

    request(run, queue, "pause", as_json)
