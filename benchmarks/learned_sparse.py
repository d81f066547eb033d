"""Learned-sparse search: exhaustive, exact pruned, approximate, and Seismic; overlap@10 with exact beside speed.

Synthetic SPLADE-like vectors (documents and queries drawn from topics over a Zipf vocabulary, seeded): about 150
terms a document, 40 a query. Processor seconds of one thread, engines in turn, medians.

Run: python -m benchmarks.learned_sparse [--documents 20000]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from benchmarks.bm25 import in_turn
from benchmarks.lexical_results import save

from leadline.errors import MissingExtra
from leadline.retrieval.impacts import ImpactIndex
from leadline.retrieval.seismic import SeismicIndex

VOCABULARY = 30_000
SEISMIC = ((5, 0.9), (10, 0.8), (20, 0.7))
"""query_cut and heap_factor: from quick to thorough."""
Vectors = list[dict[str, float]]


def vectors(n: int, n_terms: int, seed: int, topics: int = 400) -> Vectors:
    """Weighted terms of n texts; each is about two topics and some general words."""
    chances = 1 / np.arange(1, VOCABULARY + 1)
    general = np.cumsum(chances / chances.sum())
    topic_terms = np.random.default_rng(99).integers(0, VOCABULARY, (topics, 200))
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        mine = topic_terms[rng.integers(0, topics, 2)].ravel()
        terms = np.concatenate(
            [rng.choice(mine, n_terms * 2 // 3), np.searchsorted(general, rng.random(n_terms // 2))]
        )
        terms = np.unique(terms)
        weights = np.minimum(rng.gamma(1.5, 0.45, len(terms)), 3.5)
        found.append({f"t{t}": float(w) for t, w in zip(terms.tolist(), weights.tolist(), strict=True)})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=100)
    arguments = parser.parse_args()
    documents, queries = vectors(arguments.documents, 150, seed=0), vectors(arguments.queries, 40, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        index = ImpactIndex.create(folder)
        with index.writer() as writer:
            for i, document in enumerate(documents):
                writer.add(f"{i:07d}", document)
            writer.merge()
        compiled, plain = ImpactIndex.open(folder, engine="numba"), ImpactIndex.open(folder, engine="numpy")
        runs: dict[str, Callable[[], Any]] = {
            "exhaustive (NumPy)": partial(plain.rank_weights, queries),
            "exact, pruned": partial(compiled.rank_weights, queries),
        }
        for over in (2.0, 5.0, 8.0, 12.0):
            runs[f"over={over}"] = partial(compiled.rank_weights, queries, over=over)
        notes = [__doc__ or ""]
        try:
            named = {f"{i:07d}": document for i, document in enumerate(documents)}
            walk = SeismicIndex(compiled, named)
            for cut, factor in SEISMIC:
                runs[f"Seismic, query_cut {cut}, heap_factor {factor}"] = partial(
                    walk.rank_weights, queries, query_cut=cut, heap_factor=factor
                )
        except MissingExtra as error:
            notes.append(f"Seismic was not measured: {error}")
        found = {name: _ids(index, run()) for name, run in runs.items()}
        seconds = in_turn(runs, rounds=7)
    exact = found["exhaustive (NumPy)"]
    rows = [
        {
            "search": name,
            "queries /s": round(len(queries) / seconds[name]),
            "x exact": round(seconds["exhaustive (NumPy)"] / seconds[name], 1),
            "overlap@10": float(
                np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found[name], exact, strict=True)])
            ),
        }
        for name in runs
    ]
    save("learned_sparse", f"Learned sparse over {arguments.documents:,} documents", rows, notes)


def _ids(index: ImpactIndex, result: Any) -> list[list[str]]:
    if isinstance(result, list):
        return [[hit.id for hit in hits] for hits in result]
    return [index.ids_of(row) for row in result.numbers]


if __name__ == "__main__":
    main()
