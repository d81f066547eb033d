"""Analyse request logs of the search service: sessions, intents, reformulations, term adoption."""

from __future__ import annotations

from pathlib import Path

import click

FIGURES = {
    "requests": "requests",
    "sessions": "sessions",
    "single_query_share": "sessions of one query",
    "at_most_10_steps": "longer sessions of at most 10 queries",
    "gap_under_10s": "next query within 10 s",
    "gap_under_60s": "next query within 60 s",
    "query_terms": "words per query",
    "queries_once": "queries that came once",
    "k_changes_inside": "longer sessions that change k",
}
SHARES = frozenset(FIGURES) - {"requests", "sessions", "query_terms"}
GROUPS = {"intents": "sessions of intent", "moves": "next query is a", "k": "requests with k ="}
ADOPTION = {
    "accumulated": "new words that stood in earlier results",
    "last": "new words that stood in the last results",
    "chance": "the same in results of another session (chance)",
}


@click.command()
@click.argument("log", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True, help="For the chance level of term adoption.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
def command(log: Path, seed: int, as_json: bool) -> None:
    """Analyse LOG: a Parquet or JSON-lines file of `leadline serve --log`, or a folder of them.

    --json has more: shares by step and by intent, what follows what, versions of the rules.
    """
    from leadline.bench.logs.report import analyse
    from leadline.bench.logs.sessions import read_log
    from leadline.cli.output import print_json, print_table

    figures = analyse(read_log(log), seed=seed)
    if as_json:
        print_json(figures)
        return
    rows = [
        [label, _share(figures[name]) if name in SHARES else figures[name]] for name, label in FIGURES.items()
    ]
    for group, label in GROUPS.items():
        rows += [[f"{label} {name}", _share(share)] for name, share in figures[group].items()]
    ctar = figures["ctar"]
    rows += [[label, _share(ctar[name])] for name, label in ADOPTION.items()]
    rows += [
        [f"{ADOPTION['accumulated']}, after {move}", _share(share)] for move, share in ctar["by_move"].items()
    ]
    rows.append(["queries without new words, left out of these", ctar["undefined_steps"]])
    print_table(["figure", "value"], rows)


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"
