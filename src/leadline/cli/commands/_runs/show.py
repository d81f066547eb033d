"""Show how a run was started and what it did, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leadline.cli.limits import queue_option

if TYPE_CHECKING:
    from leadline.runs.store import Run


@click.command()
@click.argument("run")
@click.option(
    "--step", type=int, metavar="N", help="Show all that came back in step N, and what the model said before."
)
@queue_option
@click.option("--json", "as_json", is_flag=True, help="Print the run and its steps as JSON.")
def command(run: str, step: int | None, queue: str | None, as_json: bool) -> None:
    """Show how RUN was started and what it did, step by step."""
    from leadline.cli.output import print_json
    from leadline.cli.runs import row, run_named

    found = run_named(run, queue)
    if step is not None:
        _show_step(found, step, as_json)
    elif as_json:
        print_json({**row(found, queue), "steps": found.steps()})
    else:
        _show_run(found, row(found, queue)["situation"])


def _show_run(run: Run, situation: str) -> None:
    from leadline.cli.output import print_table
    from leadline.runs.trace import describe

    record = run.record
    limits_given = (
        (record.max_steps, "steps"), (record.max_seconds, "s"), (record.max_tokens, "tokens"), (record.max_usd, "USD"),
    )  # fmt: skip
    facts = {
        "question": record.question,
        "state": f"broken: {run.broken}" if run.broken else situation,
        "because": record.reason,
        "forked": record.forked_from,
        "agent": f"{record.agent} {record.model}".strip(),
        "started": record.started,
        "sources": ", ".join(record.sources),
        "collection": record.collection,
        "limits": ", ".join(f"{value:g} {unit}" for value, unit in limits_given if value is not None),
        "report": record.out or (str(run.report_path) if run.report_path.exists() else ""),
    }
    for label, value in facts.items():
        if value:
            click.echo(f"{label:<11}{value}")
    at, rows = 0.0, []
    for step in run.steps():
        rows.append([step.n, f"{at:.2f}", describe(step), " ".join(step.summary.split())[:120]])
        at += step.seconds
    print_table(["step", "at s", "what", "came back"], rows)


def _show_step(run: Run, n: int, as_json: bool) -> None:
    """What the journal holds of one line of the trace."""
    from leadline.cli.output import print_json
    from leadline.errors import NotFound
    from leadline.runs.codec import decode
    from leadline.runs.journal import SQLiteJournal

    journal = SQLiteJournal(run.folder)
    try:
        entries = [e for e in journal.entries() if e.path == str(n) or e.path.startswith(f"{n - 1}/")]
        calls = [
            {"call": e.call, "failed": e.failed, "result": decode(journal.result(e.path))} for e in entries
        ]
    finally:
        journal.close()
    if not calls:
        raise NotFound("kept step", str(n), [str(step.n) for step in run.steps()])
    if as_json:
        print_json(calls)
        return
    for call in calls:
        click.secho(call["call"], bold=True)
        click.echo(f"{_text(call['result'])}\n")


def _text(result: Any) -> str:
    """What a person reads of a result: its text where it has one."""
    return str(getattr(result, "text", result))
