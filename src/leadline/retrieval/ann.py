"""Approximate dense search on a graph (faiss HNSW, extra `dense`), never without its exact twin.

`ef_search` is a parameter of the query. Every answer names the recall that was measured against the exact index
over the same stored vectors; nothing approximate is shown without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.errors import UsageError, need
from leadline.retrieval.base import Hit
from leadline.retrieval.dense import DenseIndex, Precision, check_k, check_vectors, dots, ranked

SAMPLE = 200
"""Queries that recall is measured on, unless told otherwise."""


class GraphIndex:
    """Hierarchical navigable small world graph (Malkov, Yashunin, TPAMI 2020) by inner product.

    m: links per node; ef_construction: beam while building. Building is deterministic with one thread.
    """

    def __init__(
        self,
        ids: Sequence[str],
        vectors: NDArray[np.floating],
        *,
        m: int = 16,
        ef_construction: int = 100,
        precision: Precision = "float32",
    ) -> None:
        faiss = need("faiss", "dense", "Graph search")
        self.exact = DenseIndex(ids, vectors, precision)
        self.parameters = {"m": m, "ef_construction": ef_construction, "precision": precision}
        checked = check_vectors(vectors)
        quantizers = {
            "float16": faiss.ScalarQuantizer.QT_fp16,
            "int8": faiss.ScalarQuantizer.QT_8bit,
        }
        metric = faiss.METRIC_INNER_PRODUCT
        if precision == "float32":
            index = faiss.IndexHNSWFlat(checked.shape[1], m, metric)
        else:
            index = faiss.IndexHNSWSQ(checked.shape[1], quantizers[precision], m, metric)
        index.hnsw.efConstruction = ef_construction
        if len(checked):
            index.train(checked)
            index.add(checked)
        self._index, self._faiss = index, faiss
        self.recall: dict[tuple[int, int], float] = {}
        """(k, ef_search) -> measured recall."""

    def search_vectors(
        self,
        queries: NDArray[np.floating],
        k: int = 10,
        *,
        ef_search: int = 64,
        allowed: NDArray[np.bool_] | None = None,
    ) -> list[tuple[Hit, ...]]:
        """The best k that the walk finds, scored and ordered exactly; ef_search below k is raised to k."""
        k = check_k(k, len(self.exact.ids))
        if ef_search < 1:
            raise UsageError(f"ef_search must be at least 1, not {ef_search}.")
        checked = check_vectors(queries, self.exact.dimension)
        if not self.exact.ids:
            return [() for _ in checked]
        _, rows = self._index.search(checked, k, params=self._walk(max(ef_search, k), allowed))
        return [self._scored(query, found[found >= 0], k) for query, found in zip(checked, rows, strict=True)]

    def _walk(self, ef_search: int, allowed: NDArray[np.bool_] | None) -> Any:
        if allowed is None:
            return self._faiss.SearchParametersHNSW(efSearch=ef_search)
        selector = self._faiss.IDSelectorBatch(np.flatnonzero(allowed).astype(np.int64))
        return self._faiss.SearchParametersHNSW(efSearch=ef_search, sel=selector)

    def _scored(self, query: NDArray[np.float32], rows: NDArray[np.int64], k: int) -> tuple[Hit, ...]:
        scores = dots(self.exact.rows(rows), query)
        return ranked(((self.exact.ids[row], s) for row, s in zip(rows, scores, strict=True)), k)

    def measure_recall(
        self, queries: NDArray[np.floating], k: int = 10, *, ef_search: int = 64, sample: int = SAMPLE
    ) -> float:
        """Mean share of the exact top k that the walk finds, over the first `sample` queries; remembered."""
        asked = queries[:sample]
        walk = self.search_vectors(asked, k, ef_search=ef_search)
        truth = self.exact.search_vectors(asked, k)
        shares = [recall(w, t) for w, t in zip(walk, truth, strict=True)]
        self.recall[k, ef_search] = value = float(np.mean(shares)) if shares else 1.0
        return value

    def note(self, k: int, ef_search: int) -> str:
        """What stands beside every ranking of this index."""
        measured = self.recall.get((k, ef_search))
        shown = "not measured" if measured is None else f"{measured:.3f} against the exact index"
        return f"approximate (HNSW, ef_search {ef_search}): recall@{k} {shown}"


def recall(found: Sequence[Hit], truth: Sequence[Hit]) -> float:
    """Share of the true hits that were found; a found hit that ties with the last true one counts too."""
    if not truth:
        return 1.0
    floor = truth[-1].score
    return min(1.0, sum(hit.score >= floor for hit in found) / len(truth))
