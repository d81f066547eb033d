"""Late interaction: a text is many vectors, a score is MaxSim (Khattab, Zaharia, ColBERT, SIGIR 2020).

    s(q, d) = sum over query vectors of the largest dot product with any vector of d

`MultiVectorIndex.search_vectors` is exact. `candidates` is the approximate way in (centroids and residuals of a few
bits, as in ColBERTv2 and PLAID); what it proposes is scored again exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.errors import UsageError
from leadline.models.embed import Vectors
from leadline.retrieval.base import Hit
from leadline.retrieval.dense import check_k, check_vectors, ranked

ROWS = 65_536
"""Document vectors of one product."""


def max_sim(query: NDArray[np.floating], document: NDArray[np.floating]) -> float:
    """MaxSim of one pair; query (q, d), document (n, d); a document without vectors scores 0.

    >>> round(max_sim(np.array([[1, 0], [.6, .8]]), np.array([[.8, .6], [0, 1]])), 9)
    1.76
    """
    if not len(document):
        return 0.0
    return float((query @ document.T).max(axis=1).sum())


class Codes(NamedTuple):
    """Residual quantisation: vector ~ centroid[code] + bucket value of each residual component."""

    centroids: Vectors
    code: NDArray[np.int32]
    residual: NDArray[np.uint8]
    cuts: NDArray[np.float32]
    """2^bits - 1 borders between residual buckets."""
    values: NDArray[np.float32]
    """2^bits bucket centres."""

    def decode(self, rows: NDArray[np.int64]) -> Vectors:
        return self.centroids[self.code[rows]] + self.values[self.residual[rows]]


class MultiVectorIndex:
    """ids[i] has the matrix documents[i] (n_i, d), usually of unit rows."""

    def __init__(self, ids: Sequence[str], documents: Sequence[NDArray[np.floating]]) -> None:
        if len(ids) != len(documents):
            raise UsageError(f"{len(ids)} ids for {len(documents)} documents.")
        if len(set(ids)) != len(ids):
            raise UsageError("Ids must be unique; some occur twice.")
        sizes = [len(document) for document in documents]
        self.ids = list(ids)
        self.start = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
        filled = [document for document in documents if len(document)]
        self.vectors = check_vectors(np.concatenate(filled)) if filled else np.zeros((0, 0), np.float32)
        self.codes: Codes | None = None

    def scores(
        self, query: NDArray[np.floating], documents: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """Exact MaxSim for the numbered documents (all by default), blocked over document vectors."""
        asked = np.arange(len(self.ids)) if documents is None else documents
        if not len(self.vectors):
            return np.zeros(len(asked))
        checked = check_vectors(query, self.vectors.shape[1])
        out = np.zeros(len(asked))
        sizes = self.start[asked + 1] - self.start[asked]
        for part in _parts(sizes):
            numbers = asked[part]
            rows = _ranges(self.start[numbers], sizes[part])
            out[part] = _segment_max(self.vectors[rows] @ checked.T, sizes[part]).sum(axis=1)
        return out

    def search_vectors(
        self,
        query: NDArray[np.floating],
        k: int = 10,
        *,
        allowed: NDArray[np.bool_] | None = None,
        n_candidates: int | None = None,
        n_probe: int = 8,
    ) -> tuple[Hit, ...]:
        """The best k. With n_candidates, only that many proposals of `candidates` are scored: approximate."""
        k = check_k(k, len(self.ids))
        numbers = (
            np.arange(len(self.ids))
            if n_candidates is None
            else self.candidates(query, n_candidates, n_probe)
        )
        if allowed is not None:
            numbers = numbers[allowed[numbers]]
        scores = self.scores(query, numbers)
        return ranked(((self.ids[n], s) for n, s in zip(numbers, scores, strict=True)), k)

    def compress(
        self, n_centroids: int | None = None, bits: int = 4, seed: int = 0, rounds: int = 8
    ) -> Codes:
        """Build the codes that `candidates` needs. Default: about 4 * sqrt(number of vectors) centroids."""
        if bits not in (1, 2, 4, 8):
            raise UsageError(f"bits must be 1, 2, 4 or 8, not {bits}.")
        n = len(self.vectors)
        wanted = max(1, min(n, n_centroids or int(4 * np.sqrt(n))))
        centroids = _k_means(self.vectors, wanted, seed, rounds)
        code = _nearest(self.vectors, centroids)
        residual = self.vectors - centroids[code]
        shares = np.linspace(0, 1, 2**bits + 1)
        cuts = np.quantile(residual, shares[1:-1]).astype(np.float32)
        values = np.quantile(residual, (shares[:-1] + shares[1:]) / 2).astype(np.float32)
        self.codes = Codes(centroids, code, np.searchsorted(cuts, residual).astype(np.uint8), cuts, values)
        return self.codes

    def candidates(self, query: NDArray[np.floating], n: int, n_probe: int = 8) -> NDArray[np.int64]:
        """Numbers of at most n documents: those near a query vector's best centroids, by decoded MaxSim."""
        codes = self.codes or self.compress()
        checked = check_vectors(query, self.vectors.shape[1])
        near = np.argsort(-(checked @ codes.centroids.T), axis=1, kind="stable")[:, :n_probe]
        rows = np.flatnonzero(np.isin(codes.code, near))
        touched = np.unique(np.searchsorted(self.start, rows, side="right") - 1)
        sizes = self.start[touched + 1] - self.start[touched]
        scores = np.zeros(len(touched))
        for part in _parts(sizes):
            decoded = codes.decode(_ranges(self.start[touched[part]], sizes[part]))
            scores[part] = _segment_max(decoded @ checked.T, sizes[part]).sum(axis=1)
        return np.sort(touched[np.argsort(-scores, kind="stable")[:n]])


def _parts(sizes: NDArray[np.int64]) -> list[slice]:
    """Consecutive documents in groups of about ROWS vectors."""
    parts, first, used = [], 0, 0
    for number, size in enumerate(sizes):
        if used and used + size > ROWS:
            parts.append(slice(first, number))
            first, used = number, 0
        used += int(size)
    return [*parts, slice(first, len(sizes))] if len(sizes) else []


def _ranges(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """start, start+1, ..., for each pair of start and size, on end."""
    ends = np.cumsum(sizes)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(starts - (ends - sizes), sizes)


def _segment_max(products: NDArray[np.floating], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Maximum over each document's rows; documents without rows get 0."""
    out = np.zeros((len(sizes), products.shape[1]))
    filled = sizes > 0
    if filled.any():
        starts = np.concatenate([[0], np.cumsum(sizes[filled])[:-1]])
        out[filled] = np.maximum.reduceat(products, starts, axis=0)
    return out


def _nearest(vectors: Vectors, centroids: Vectors) -> NDArray[np.int32]:
    """Number of the centroid with the smallest Euclidean distance, blocked."""
    half = (centroids**2).sum(axis=1) / 2
    found = [
        np.argmax(vectors[start : start + ROWS] @ centroids.T - half, axis=1)
        for start in range(0, len(vectors), ROWS)
    ]
    return np.concatenate(found).astype(np.int32) if found else np.zeros(0, np.int32)


def _k_means(vectors: Vectors, k: int, seed: int, rounds: int) -> Vectors:
    """Lloyd's rounds on a seeded sample of 64 vectors per centroid; empty clusters keep their place."""
    rng = np.random.default_rng(seed)
    sample = vectors[rng.permutation(len(vectors))[: 64 * k]]
    centroids = sample[:k].copy()
    for _ in range(rounds):
        code = _nearest(sample, centroids)
        sums = np.zeros_like(centroids)
        np.add.at(sums, code, sample)
        counts = np.bincount(code, minlength=k)[:, None]
        centroids = np.where(counts > 0, sums / np.maximum(counts, 1), centroids).astype(np.float32)
    return centroids
