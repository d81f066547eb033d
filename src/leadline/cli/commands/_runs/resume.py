"""Carry a run on from the step it was in."""

from __future__ import annotations

from pathlib import Path

import click

from leadline.cli.limits import limits, queue_option


@click.command()
@click.argument("run")
@limits
@click.option("--later", is_flag=True, help="Put it in line for `leadline worker` instead.")
@queue_option
@click.option("--json", "as_json", is_flag=True, help="Print report.json alone.")
def command(
    run: str,
    out: Path | None,
    max_seconds: float,
    max_steps: float,
    later: bool,
    queue: str | None,
    as_json: bool,
) -> int:
    """Carry RUN on from the step it was in. Finished searches and model calls are not made again.

    Limits given here replace those of the run. Where its budget was spent and none are given, it goes on without.
    The exit code is that of `leadline research`. A run of a shared queue is put in line there.
    """
    from leadline.cli.asking import go_on
    from leadline.cli.runs import changes, request
    from leadline.runs.store import find_run

    if queue:
        request(run, queue, None, as_json)
        return 0
    found = find_run(run).whole("resumed")
    found = found.change(**changes(found.record, out, max_seconds, max_steps))
    if later:
        request(found.record.id, None, None, as_json)
        return 0
    return go_on(found, as_json=as_json)
