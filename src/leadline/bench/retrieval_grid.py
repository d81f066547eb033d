"""Grids of retrieval experiments: one row per cell, with its metrics, compared with the first one.

Comparisons are paired over queries: a bootstrap interval of the mean difference and a randomisation test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from leadline.bench.retrieval import Bench
from leadline.bench.retrieval_data import WITH_BM25, Cell, Data
from leadline.bench.retrieval_metrics import METRICS, evaluate
from leadline.bench.stats import bootstrap_interval, randomization_p
from leadline.bench.trec import Run, read_run, write_run


def run_grid(
    bench: Bench,
    cells: Sequence[Cell],
    *,
    metrics: Sequence[str] = METRICS,
    k: int = 1000,
    out: Path | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> Iterator[dict[str, Any]]:
    """One row per cell (the published JSON contract), each compared with the first by the first metric."""
    baseline: list[float] | None = None
    for number, cell in enumerate(cells, 1):
        run, speed = bench.run(cell, k)
        values = evaluate(run, bench.data.qrels, metrics)
        scores = list(values[metrics[0]].values())
        row: dict[str, Any] = {"data": bench.data.name, **msgspec.structs.asdict(cell)}
        if cell.retriever not in WITH_BM25:
            row |= {"k1": None, "b": None, "analyzer": None}
        row |= {name: sum(found.values()) / len(found) for name, found in values.items()}
        row |= {"queries_per_second": speed, "n_queries": len(scores), "k": k, "seed": bench.seed}
        row["run_file"] = str(_save(out, cell, run)) if out is not None else None
        row["vs_first"] = None if baseline is None else compare(scores, baseline, metrics[0], bench.seed)
        baseline = scores if baseline is None else baseline
        if progress is not None:
            progress(number, len(cells))
        yield row


def compare(method: Sequence[float], baseline: Sequence[float], metric: str, seed: int = 0) -> dict[str, Any]:
    """Mean difference over queries with its bootstrap interval, and the randomisation test's p."""
    interval = bootstrap_interval(method, baseline, seed=seed)
    p = randomization_p(method, baseline, seed=seed)
    return {"metric": metric, "difference": interval.mean, "low": interval.low, "high": interval.high, "p": p}


def _save(out: Path, cell: Cell, run: Run) -> Path:
    usual = (0, 0.0, "none", Cell().analyzer)
    said = "-".join(str(value) for value in msgspec.structs.astuple(cell) if value not in usual)
    tag = re.sub(r"[^\w.-]+", "-", said)  # a retriever may be a path
    write_run(out / f"{tag}.run", run, tag)
    return out / f"{tag}.run"


def score_runs(
    data: Data, paths: Sequence[Path], *, metrics: Sequence[str] = METRICS, seed: int = 0
) -> Iterator[dict[str, Any]]:
    """Rows of run files that exist already, made by any system."""
    baseline: list[float] | None = None
    for path in paths:
        run = read_run(path)
        values = evaluate(run, data.qrels, metrics)
        scores = list(values[metrics[0]].values())
        row: dict[str, Any] = {
            "data": data.name,
            "run_file": str(path),
            "n_queries": len(scores),
            "queries_missing": len(set(values[metrics[0]]) - set(run)),
            "queries_unjudged": len(set(run) - set(data.qrels)),
            "seed": seed,
        }
        row |= {name: sum(found.values()) / len(found) for name, found in values.items()}
        row["vs_first"] = None if baseline is None else compare(scores, baseline, metrics[0], seed)
        baseline = scores if baseline is None else baseline
        yield row
