"""List the runs kept here; show, resume or delete one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from leadline.cli.limits import limits


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the runs kept here, newest first. A run is named by its id, by the start of its id, or `last`."""
    if ctx.invoked_subcommand is None:
        _list(as_json)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_(as_json: bool) -> None:
    """List the runs kept here, newest first."""
    _list(as_json)


def _list(as_json: bool) -> None:
    from leadline.cli.output import print_json, print_table
    from leadline.runs.store import list_runs, runs_folder

    runs = list_runs()
    if as_json:
        print_json([_row(run) for run in runs])
    elif not runs:
        click.echo(f"No runs in {runs_folder()}. One is kept for every `leadline research`.")
    else:
        rows = [
            [run.record.id, f"broken: {run.broken}" if run.broken else run.record.state, run.record.question]
            for run in runs
        ]
        print_table(["run", "state", "question"], rows)


@command.command()
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print the run and its steps as JSON.")
def show(run: str, as_json: bool) -> None:
    """Show how RUN was started and what it did, step by step."""
    from leadline.cli.live import describe
    from leadline.cli.output import print_json, print_table
    from leadline.runs.store import find_run

    found = find_run(run)
    steps = found.steps()
    if as_json:
        print_json({**_row(found), "steps": steps})
        return
    record = found.record
    limits_given = ((record.max_steps, "steps"), (record.max_seconds, "s"))
    facts = {
        "question": record.question,
        "state": f"broken: {found.broken}" if found.broken else record.state,
        "started": record.started,
        "sources": ", ".join(record.sources),
        "collection": record.collection,
        "limits": ", ".join(f"{value:g} {unit}" for value, unit in limits_given if value is not None),
        "report": record.out or (str(found.report_path) if found.report_path.exists() else ""),
    }
    for label, value in facts.items():
        if value:
            click.echo(f"{label:<11}{value}")
    at, rows = 0.0, []
    for step in steps:
        rows.append([step.n, f"{at:.2f}", describe(step), " ".join(step.summary.split())[:120]])
        at += step.seconds
    print_table(["step", "at s", "what", "came back"], rows)


@command.command()
@click.argument("run")
@limits
@click.option("--json", "as_json", is_flag=True, help="Print report.json alone.")
def resume(run: str, out: Path | None, max_seconds: float, max_steps: float, as_json: bool) -> int:
    """Ask the question of RUN again over the same sources with the same seed, agent and model, with the limits given
    here (none if none are given). Answers of the model are taken from the cache where it was asked the same. The
    new run has an id and a report of its own.
    """
    from leadline.cli.asking import ask
    from leadline.errors import StoreError
    from leadline.runs.store import find_run

    found = find_run(run)
    if found.broken:
        raise StoreError(
            f"Run {found.record.id} cannot be resumed: {found.broken}.", remedy="Ask its question again."
        )
    record = found.record
    return ask(
        record.question,
        [Path(source) for source in record.sources],
        collection=record.collection or None,
        out=out,
        max_seconds=max_seconds,
        max_steps=max_steps,
        seed=record.seed,
        agent=record.agent,
        model=record.model or None,
        as_json=as_json,
    )


@command.command()
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print the id as JSON.")
def delete(run: str, as_json: bool) -> None:
    """Delete RUN: its record, trace and kept report. A report written elsewhere stays."""
    from leadline.cli.output import print_json
    from leadline.runs.store import delete_run, find_run

    found = find_run(run)
    delete_run(found)
    if as_json:
        print_json({"deleted": found.record.id})
    else:
        click.echo(f"Deleted {found.record.id}.")


def _row(run: Any) -> dict[str, Any]:
    import msgspec

    return {**msgspec.to_builtins(run.record), "folder": str(run.folder), "broken": run.broken}
