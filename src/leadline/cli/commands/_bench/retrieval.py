"""Measure retrievers, units, query forms and re-rankers on a test collection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from leadline.bench.retrieval_data import Data


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="A folder in BEIR or TREC layout.")
@click.option(
    "--retriever",
    multiple=True,
    default=["bm25"],
    show_default=True,
    help="bm25, dense, dense-minilm, splade, hybrid, graph, graph-pagerank, or your own file mine.py. "
    "Repeat for a grid, as every option here.",
)
@click.option("--k1", multiple=True, type=float, default=[0.9], show_default=True)
@click.option("--b", multiple=True, type=float, default=[0.4], show_default=True)
@click.option(
    "--analyzer", multiple=True, default=["english"], show_default=True, help="english, words, unicode, none."
)
@click.option(
    "--unit",
    multiple=True,
    default=["document"],
    show_default=True,
    help="document, passage, passage-cast, window; documents are scored by their best passage.",
)
@click.option(
    "--query-form",
    multiple=True,
    default=["raw"],
    show_default=True,
    help="raw, keywords, keywords-question, feedback, q2q, expansion.",
)
@click.option(
    "--rerank",
    multiple=True,
    default=["none"],
    show_default=True,
    help="none, cosine, cosine-minilm, mmr, pointwise, listwise, or your own file mine.py.",
)
@click.option(
    "--depth",
    multiple=True,
    type=click.IntRange(min=1),
    default=[50],
    show_default=True,
    help="Candidates that are re-ranked.",
)
@click.option(
    "--metric",
    multiple=True,
    default=["nDCG@10", "R@100", "AP", "RR@10"],
    show_default=True,
    help="Any measure of ir-measures. Cells are compared by the first one.",
)
@click.option("-k", default=1000, show_default=True, type=click.IntRange(min=1), help="Results per query.")
@click.option("--split", default="test", show_default=True, help="Judgements to use: qrels/SPLIT.tsv.")
@click.option("--model", default=None, help="Language model for pointwise, listwise, q2q and expansion.")
@click.option(
    "--score",
    "runs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Score this TREC run file instead of searching. Repeat to compare.",
)
@click.option(
    "--qrels",
    type=click.Path(path_type=Path),
    help="With --score: the judgements (TREC or BEIR) in place of a whole collection in --data.",
)
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write TREC run files, rows.json and table.md here."
)
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
def command(
    data: Path | None, metric: tuple[str, ...], k: int, split: str, model: str | None, runs: tuple[Path, ...],
    qrels: Path | None, seed: int, out: Path | None, as_json: bool, **choices: Any,
) -> None:  # fmt: skip
    """Run a grid over the test collection in --data: one row per combination, with metrics by ir-measures, queries
    per second, and the paired difference from the first row (bootstrap interval, randomisation test). With --score,
    rows are run files that any system has written.
    """
    from leadline.bench.retrieval_grid import score_runs
    from leadline.cli.output import print_json, print_table
    from leadline.files import DISK

    loaded = _loaded(data, split, qrels, runs)
    if out is not None:
        DISK.probe(out)
    whole = True
    if runs:
        rows = list(score_runs(loaded, runs, metrics=metric, seed=seed))
    else:
        rows, whole = _grid(loaded, choices, metric, k, model, seed, out, as_json)
    if out is not None:
        _save(out, rows, metric)
    if as_json:
        print_json({"rows": rows})
    else:
        print_table(_columns(metric), _cells(rows, metric))
    for row in rows if runs else ():
        if row["queries_missing"] or row["queries_unjudged"]:
            click.echo(
                f"leadline: {row['run_file']}: {row['queries_missing']} of {row['n_queries']} judged queries are "
                f"missing and count as 0; {row['queries_unjudged']} others are not judged and left out.",
                err=True,
            )
    if not whole:
        click.echo(f"Stopped after {len(rows)} combinations.", err=True)
        raise SystemExit(130)


def _loaded(data: Path | None, split: str, qrels: Path | None, runs: tuple[Path, ...]) -> Data:
    """The test collection; for run files judgements are enough."""
    from leadline.bench.retrieval_data import Data, load_data
    from leadline.bench.trec import read_qrels
    from leadline.errors import UsageError

    if (data is None) == (qrels is None) or (qrels is not None and not runs):
        raise UsageError(
            "Name what to measure on.",
            remedy="Give --data FOLDER, or for run files --score RUN and --qrels FILE.",
        )
    if data is not None:
        return load_data(data, split)
    assert qrels is not None
    return Data(qrels.name, [], {}, read_qrels(qrels))


def _grid(
    loaded: Data, choices: dict[str, Any], metric: tuple[str, ...], k: int, model: str | None, seed: int,
    out: Path | None, as_json: bool,
) -> tuple[list[dict[str, Any]], bool]:  # fmt: skip
    """The rows, and whether they are all: Ctrl-C leaves those that are done."""
    from leadline.bench.retrieval import Bench
    from leadline.bench.retrieval_data import grid
    from leadline.bench.retrieval_grid import run_grid
    from leadline.cli.progress import bar

    rows: list[dict[str, Any]] = []
    with Bench(loaded, model=_chat(model), seed=seed) as bench, bar(loaded.name, quiet=as_json) as progress:
        try:
            for row in run_grid(bench, grid(**choices), metrics=metric, k=k, out=out, progress=progress):
                rows.append(row)  # noqa: PERF402 - kept one by one
        except KeyboardInterrupt:
            if not rows:
                raise
            return rows, False
    return rows, True


def _chat(name: str | None) -> Any:
    if name is None:
        return None
    from leadline.models.specs import model_from

    return model_from(name)


def _columns(metric: tuple[str, ...]) -> list[str]:
    return ["what", *metric, "queries/s", f"{metric[0]} - first, 95 %", "p"]


def _cells(rows: list[dict[str, Any]], metric: tuple[str, ...]) -> list[list[object]]:
    return [
        [_what(row), *(f"{row[name]:.4f}" for name in metric), _speed(row), *_difference(row)] for row in rows
    ]


def _what(row: dict[str, Any]) -> str:
    if "retriever" not in row:
        return str(row["run_file"])
    bm25 = f" k1={row['k1']:g} b={row['b']:g}" if row["k1"] is not None else ""
    again = f" + {row['rerank']}@{row['depth']}" if row["rerank"] != "none" else ""
    form = "" if row["query_form"] == "raw" else f" ({row['query_form']})"
    cut = "" if row["analyzer"] in (None, "english") else f" {row['analyzer']}"
    return f"{row['retriever']}{bm25}{cut} / {row['unit']}{again}{form}"


def _speed(row: dict[str, Any]) -> str:
    return f"{row['queries_per_second']:.0f}" if "queries_per_second" in row else ""


def _difference(row: dict[str, Any]) -> list[str]:
    found = row["vs_first"]
    if found is None:
        return ["", ""]
    return [f"{found['difference']:+.4f} [{found['low']:+.4f}, {found['high']:+.4f}]", f"{found['p']:.4f}"]


def _save(out: Path, rows: list[dict[str, Any]], metric: tuple[str, ...]) -> None:
    import msgspec

    from leadline.files import DISK

    DISK.write(out / "rows.json", msgspec.json.format(msgspec.json.encode({"rows": rows}), indent=2))
    columns = _columns(metric)
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in _cells(rows, metric)]
    DISK.write(out / "table.md", ("\n".join(lines) + "\n").encode())
