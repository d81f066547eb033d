"""Branch a new run off one after one of its steps, and carry it on."""

from __future__ import annotations

from pathlib import Path

import click

from leadline.cli.limits import limits


@click.command()
@click.argument("run")
@click.option(
    "--at", type=int, required=True, help="Steps 1 to this one (`leadline runs show`) are taken over."
)
@click.option("--model", metavar="SPEC", help="Let another model go on from there.")
@limits
@click.option("--json", "as_json", is_flag=True, help="Print report.json alone.")
def command(
    run: str,
    at: int,
    model: str | None,
    out: Path | None,
    max_seconds: float,
    max_steps: float,
    as_json: bool,
) -> int:
    """Branch a new run off RUN after one of its steps, and carry it on. RUN stays as it is."""
    from leadline.cli.asking import go_on
    from leadline.cli.runs import changes
    from leadline.runs.fork import fork_run
    from leadline.runs.store import find_run

    found = find_run(run).whole("forked")
    fields = changes(found.record, out, max_seconds, max_steps)
    if out is None:
        del fields["out"]
    if model is not None:
        fields["model"] = model
    return go_on(fork_run(found, at, **fields), as_json=as_json)
