"""Print the JSON Schema of a published format (report, document, run, step)."""

from __future__ import annotations

import click


@click.command()
@click.argument("format", type=click.Choice(["document", "report", "run", "step"]))
def command(format: str) -> None:
    """Print the JSON Schema of FORMAT: a report (report.json), a document, a run (run.json) or one step of a trace
    (a line of trace.jsonl).
    """
    from leadline.cli.output import print_json
    from leadline.evidence.schema import FORMATS, schema
    from leadline.runs.record import RunRecord
    from leadline.runs.trace import Step

    print_json(schema(format, {**FORMATS, "run": RunRecord, "step": Step}))
