"""Measure how well the judges agree with planted truth."""

from __future__ import annotations

import click


@click.command()
@click.option(
    "--reports", type=click.IntRange(min=1), default=20, show_default=True,
    help="Planted reports of 12 key points each.",
)  # fmt: skip
@click.option("--model", metavar="SPEC", help="Measure this chat model as a judge too, for example local.")
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(reports: int, model: str | None, seed: int, as_json: bool) -> None:
    """Measure how well the judges agree with planted truth (stated, altered and omitted facts)."""
    from leadline.bench.judging import measure
    from leadline.cli.output import print_json, print_table
    from leadline.models.judge import judge_named

    names = ["rule", "rule-negation-blind", "embedding", *([f"model:{model}"] if model else [])]
    rows = [measure(judge_named(name), seed, reports) for name in names]
    if as_json:
        print_json([row._asdict() for row in rows])
    else:
        print_table(
            ["judge", "version", "points", "accuracy", "macro F1", "kappa", "conflicts found"],
            [list(r) for r in rows],
        )
