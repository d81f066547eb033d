"""Analyse request logs of the search service: sessions, intents, reformulations, term adoption."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("log", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True, help="For the chance level of term adoption.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def command(log: Path, seed: int, as_json: bool) -> None:
    """Analyse LOG: a Parquet or JSON-lines file of `leadline serve --log`, or a folder of them."""
    from leadline.bench.logs.report import analyse
    from leadline.bench.logs.sessions import read_log
    from leadline.cli.output import print_json, print_table

    figures = analyse(read_log(log), seed=seed)
    if as_json:
        print_json(figures)
        return
    rows = [[name, value] for name, value in figures.items() if isinstance(value, int | float)]
    for group in ("intents", "moves", "k"):
        rows += [[f"{group}: {label}", share] for label, share in figures[group].items()]
    ctar = figures["ctar"]
    rows += [[f"CTAR {name}", ctar[name]] for name in ("accumulated", "last", "chance", "undefined_steps")]
    rows += [[f"CTAR of {label}", value] for label, value in ctar["by_move"].items()]
    print_table(["figure", "value"], rows)
