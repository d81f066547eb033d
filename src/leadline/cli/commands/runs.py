"""List the runs kept here; show, resume, pause, cancel, fork or delete one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadline.cli.limits import INFINITY, limits
from leadline.errors import StoreError

if TYPE_CHECKING:
    from leadline.runs.store import Run, RunRecord


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
    from leadline.runs.control import situation
    from leadline.runs.store import list_runs, runs_folder

    runs = list_runs()
    if as_json:
        print_json([_row(run) for run in runs])
    elif not runs:
        click.echo(f"No runs in {runs_folder()}. One is kept for every `leadline research`.")
    else:
        rows = [
            [run.record.id, f"broken: {run.broken}" if run.broken else situation(run), run.record.question]
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
    from leadline.runs.control import situation
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
        "state": f"broken: {found.broken}" if found.broken else situation(found),
        "because": record.reason,
        "forked": record.forked_from,
        "agent": f"{record.agent} {record.model}".strip(),
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
    """Carry RUN on from the step it was in. Finished searches and model calls are not made again.

    Limits given here replace those of the run. Where its budget was spent and none are given, it goes on without.
    The exit code is that of `leadline research`.
    """
    from leadline.cli.asking import go_on
    from leadline.runs.store import find_run

    found = find_run(run)
    if found.broken:
        raise _broken(found, "resumed")
    return go_on(found.change(**_changes(found.record, out, max_seconds, max_steps)), as_json=as_json)


@command.command()
@click.argument("run")
@click.option(
    "--at", type=int, required=True, help="Steps 1 to this one (see `leadline runs show`) are taken over."
)
@click.option("--model", metavar="SPEC", help="Let another model go on from there.")
@limits
@click.option("--json", "as_json", is_flag=True, help="Print report.json alone.")
def fork(
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
    from leadline.runs.fork import fork_run
    from leadline.runs.store import find_run

    found = find_run(run)
    if found.broken:
        raise _broken(found, "forked")
    changes = _changes(found.record, out, max_seconds, max_steps)
    if out is None:
        del changes["out"]
    if model is not None:
        changes["model"] = model
    return go_on(fork_run(found, at, **changes), as_json=as_json)


def _changes(record: RunRecord, out: Path | None, max_seconds: float, max_steps: float) -> dict[str, Any]:
    """What is to differ in the record of a run that goes on."""
    spent = record.state == "budget spent" and max_seconds == max_steps == INFINITY
    limits = {"max_seconds": max_seconds, "max_steps": max_steps}
    changes: dict[str, Any] = {
        name: None if limit == INFINITY else limit
        for name, limit in limits.items()
        if spent or limit < INFINITY
    }
    return changes | {"out": str((out or Path(record.out or f"leadline-report/{record.id}")).absolute())}


def _broken(run: Run, participle: str) -> StoreError:
    return StoreError(
        f"Run {run.record.id} cannot be {participle}: {run.broken}.", remedy="Ask its question again."
    )


@command.command()
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON.")
def pause(run: str, as_json: bool) -> None:
    """Ask RUN, wherever it goes on, to stop after its present step; `leadline runs resume` carries it on."""
    from leadline.runs import control

    _request(run, control.pause, as_json)


@command.command()
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Print the run as JSON.")
def cancel(run: str, as_json: bool) -> None:
    """Ask RUN, wherever it goes on, to stop for good after its present step, and to report what was found."""
    from leadline.runs import control

    _request(run, control.cancel, as_json)


def _request(name: str, ask: Callable[[Run], None], as_json: bool) -> None:
    from leadline.cli.output import print_json
    from leadline.runs.control import situation
    from leadline.runs.store import find_run

    found = find_run(name)
    ask(found)
    now = found.now()
    if as_json:
        print_json(_row(now))
    else:
        click.echo(f"{now.record.id}: {situation(now)}.")


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

    from leadline.runs.control import situation

    known = {**msgspec.to_builtins(run.record), "folder": str(run.folder), "broken": run.broken}
    return known | {"situation": "broken" if run.broken else situation(run)}
