"""Quality of retrieval on the public sets: `python -m benchmarks.retrieval --data DIR`

One row per set and system with metrics, queries/s, and the paired difference from BM25 (bootstrap interval over
queries). On 2wiki-101 also precision, recall and F1 of the first five, where the graph is compared with BM25.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.record import record, table

from leadline.bench.metrics.claims import f1 as harmonic
from leadline.bench.retrieval import Bench
from leadline.bench.retrieval_data import Cell, load_data
from leadline.bench.retrieval_grid import run_grid
from leadline.bench.retrieval_metrics import set_at_k
from leadline.bench.stats import bootstrap_interval

SETS = ("scifact", "cranfield", "cacm", "nq-oracle", "2wiki-101")
CELLS = (
    Cell(), Cell(k1=1.2, b=0.75), Cell(k1=1.5, b=0.75), Cell(retriever="dense", k1=0, b=0), Cell(retriever="hybrid"),
    Cell(query_form="feedback"), Cell(rerank="cosine"),
)  # fmt: skip
METRICS = ("nDCG@10", "R@100", "AP", "RR@10", "R@5")


def measure(folder: Path) -> list[dict[str, Any]]:
    with Bench(load_data(folder)) as bench:
        cells = [*CELLS, Cell(retriever="graph", k1=0, b=0)] if folder.name == "2wiki-101" else list(CELLS)
        return list(run_grid(bench, cells, metrics=METRICS, k=1000))


def five(folder: Path) -> dict[str, Any]:
    """Macro precision, recall and F1 at 5 of BM25 (1.2, .75) and the graph on multi-hop questions."""
    data = load_data(folder)
    scores: dict[str, list[Any]] = {}
    with Bench(data) as bench:
        for name, cell in (("bm25", Cell(k1=1.2, b=0.75)), ("graph", Cell(retriever="graph", k1=0, b=0)),
                           ("graph-pagerank", Cell(retriever="graph-pagerank", k1=0, b=0))):  # fmt: skip
            run, _ = bench.run(cell, 5)
            scores[name] = [
                set_at_k([hit.id for hit in run[query]], [d for d, g in grades.items() if g > 0], 5)
                for query, grades in data.qrels.items()
            ]
    means = {name: {f: float(np.mean([getattr(s, f) for s in found])) for f in ("precision", "recall", "f1")}
             for name, found in scores.items()}  # fmt: skip
    for mean in means.values():  # published tables have this one; it is not the mean over questions
        mean["f1_of_means"] = harmonic(mean["precision"], mean["recall"])
    gain = bootstrap_interval([s.f1 for s in scores["graph"]], [s.f1 for s in scores["bm25"]])
    return {"means": means, "f1_gain": gain._asdict()}


def name_of(row: dict[str, Any]) -> str:
    parts = [row["retriever"], f"k1={row['k1']:g} b={row['b']:g}" if row["k1"] is not None else "", row["query_form"],
             row["rerank"]]  # fmt: skip
    return " ".join(part for part in parts if part not in ("", "raw", "none"))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LEADLINE_DATA", "")))
    parser.add_argument("--sets", nargs="*", default=list(SETS))
    asked = parser.parse_args()
    if str(asked.data) == "." or not asked.data.is_dir():
        print("This benchmark needs public collections: give --data DIR or set LEADLINE_DATA.")
        return 2
    rows = [row for name in asked.sets for row in measure(asked.data / name)]
    shown = []
    for row in rows:
        gap = row["vs_first"]
        interval = "" if gap is None else f"{gap['difference']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}]"
        shown.append([row["data"], name_of(row), *(f"{row[m]:.4f}" for m in METRICS),
                      f"{row['queries_per_second']:.0f}", interval])  # fmt: skip
    text = table(["set", "system", *METRICS, "queries/s", "nDCG@10 - first row of the set, 95 %"], shown)
    figures: dict[str, Any] = {"rows": rows, "seed": 0}
    if "2wiki-101" in asked.sets:
        figures["five"] = found = five(asked.data / "2wiki-101")
        text += "\n\n2wiki-101, first five passages:\n\n" + table(
            ["system", "precision", "recall", "F1", "F1 of the means"],
            [
                [name, m["precision"], m["recall"], m["f1"], m["f1_of_means"]]
                for name, m in found["means"].items()
            ],
        )
        gain = found["f1_gain"]
        text += f"\n\nF1, graph - BM25: {gain['mean']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]."
    record("retrieval", "Quality of retrieval", text, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
