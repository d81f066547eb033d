"""List the benchmarks: paper, main metric, licence, and how to get the official data."""

from __future__ import annotations

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(as_json: bool) -> None:
    """List the benchmarks: paper, main metric, licence, and how to get the official data."""
    from leadline.bench.protocols import protocols
    from leadline.cli.output import print_json, print_table

    rows = [
        {"name": p.name, "title": p.title, "paper": p.paper, "main": p.main, "licence": p.licence,
         "official_cases": p.official.get("cases"), "how_to_get": p.how_to_get}
        for p in protocols().values()
    ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    columns = ["name", "paper", "main", "licence", "how_to_get"]
    print_table(
        ["benchmark", "paper", "metric", "licence", "official data"], [[r[c] for c in columns] for r in rows]
    )
