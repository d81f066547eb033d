"""Exact and graph search over dense vectors, beside faiss: `python -m benchmarks.dense [--n 100000]`

Synthetic unit vectors: seeded clusters with noise on a low-dimensional manifold inside d dimensions, which is what
embeddings look like (without that, every graph index fails and no embedder makes such vectors). Queries are drawn from
the same distribution. All searches run on one thread, interleaved over the rounds; figures are medians.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from benchmarks.record import record, table
from numpy.typing import NDArray

from leadline.retrieval.ann import GraphIndex, recall
from leadline.retrieval.dense import DenseIndex

ROUNDS = 3


def vectors(n: int, d: int, seed: int, *, latent: int = 48, clusters: int = 400) -> NDArray[np.float32]:
    """n unit vectors: cluster centre plus noise in `latent` dimensions, mapped linearly to d, plus a little noise."""
    shape = np.random.default_rng(0)
    centres, lift = shape.normal(size=(clusters, latent)), shape.normal(size=(latent, d)) / np.sqrt(latent)
    rng = np.random.default_rng(seed)
    x = (centres[rng.integers(clusters, size=n)] + 0.8 * rng.normal(size=(n, latent))) @ lift
    x += 0.1 * rng.normal(size=x.shape)
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def per_second(search: Callable[[], Any], n: int) -> float:
    began = time.perf_counter()
    search()
    return n / (time.perf_counter() - began)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--d", type=int, default=384)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--k", type=int, default=10)
    asked = parser.parse_args()
    import faiss

    faiss.omp_set_num_threads(1)
    base, queries = vectors(asked.n, asked.d, 1), vectors(asked.queries, asked.d, 2)
    ids = [f"v{i:07d}" for i in range(asked.n)]
    flat = faiss.IndexFlatIP(asked.d)
    flat.add(base)
    exact = {name: DenseIndex(ids, base, name) for name in ("float32", "float16", "int8")}
    truth = exact["float32"].search_vectors(queries, asked.k)
    began = time.perf_counter()
    graph = GraphIndex(ids, base, m=16, ef_construction=100)
    built = time.perf_counter() - began
    searches: dict[str, Callable[[], Any]] = {"faiss flat (peer)": lambda: flat.search(queries, asked.k)}
    for name, index in exact.items():
        searches[f"exact {name}"] = lambda index=index: index.search_vectors(queries, asked.k)
    for ef in (32, 64, 128, 256, 512):
        searches[f"graph ef_search={ef}"] = lambda ef=ef: graph.search_vectors(queries, asked.k, ef_search=ef)
    speeds: dict[str, list[float]] = {name: [] for name in searches}
    for _ in range(ROUNDS):
        for name, search in searches.items():
            speeds[name].append(per_second(search, asked.queries))
    rows = []
    for name, search in searches.items():
        found = search()
        if name.startswith("faiss"):
            rows_found = [[ids[i] for i in row] for row in found[1]]
            share = np.mean(
                [len(set(a) & {h.id for h in b}) / asked.k for a, b in zip(rows_found, truth, strict=True)]
            )
        else:
            share = np.mean([recall(a, b) for a, b in zip(found, truth, strict=True)])
        rows.append(
            {"search": name, "recall": float(share), "queries_per_second": float(np.median(speeds[name]))}
        )
    peer = rows[0]["queries_per_second"]
    shown = [
        [r["search"], r["recall"], f"{r['queries_per_second']:.0f}", r["queries_per_second"] / peer]
        for r in rows
    ]
    text = table(["search", f"recall@{asked.k}", "queries/s", "ratio to faiss flat"], shown)
    text += f"\n\n{asked.n} x {asked.d} vectors, {asked.queries} queries, graph built in {built:.0f} s (m=16, ef 100)."
    figures = {"n": asked.n, "d": asked.d, "k": asked.k, "queries": asked.queries, "seeds": [0, 1, 2], "rounds": ROUNDS,
               "graph_build_seconds": built, "rows": rows}  # fmt: skip
    record("dense", "Dense search: exact, smaller numbers, graph", text, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
