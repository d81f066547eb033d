"""Exact dense search: a blocked matrix product picks candidates, float64 dot products order them.

The product of a block depends in its last bits on how many queries are searched together; scoring the few
candidates again, one by one, makes rankings independent of batch size and threads. Equal scores go by id.

A process that answers many questions picks the candidates by codes of the rows (dense_codes.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from operator import itemgetter
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.errors import UsageError
from leadline.models.embed import Vectors
from leadline.retrieval.base import Hit
from leadline.retrieval.dense_codes import Codes, coded_products

BLOCK = 16_384
"""Rows whose products with all queries are in memory at once."""
SLICE = 256
"""Rows of one product with several queries: they stay in the processor's cache, which is two to four times as fast."""
SLACK = 1e-4
"""Candidates within this of the k-th float32 score, times the lengths of query and longest row, are scored again: far
above the product's error."""

GROUP = 64
"""Scores that are looked at together when the k-th best is sought among many."""

Precision = Literal["float32", "float16", "int8"]


class Block(NamedTuple):
    """Some rows of a collection; `allowed` is one flag per row, None for all."""

    vectors: NDArray[np.generic]
    scales: NDArray[np.float32] | None = None
    """Per row, where vectors are int8."""
    allowed: NDArray[np.bool_] | None = None
    length: float = 1.0
    """Of the longest row."""
    codes: Codes | None = None
    """The same rows, by which the candidates are picked; needs numba."""

    @property
    def slack(self) -> float:
        """Candidates so far below the k-th best may be among the best k, for a query of length 1."""
        return SLACK * self.length + (2 * self.codes.error if self.codes else 0.0)


class Candidates(NamedTuple):
    """Rows (numbered through all blocks, rising) with their scores; at least the best k."""

    rows: NDArray[np.int64]
    scores: NDArray[np.floating]


NOTHING = Candidates(np.zeros(0, np.int64), np.zeros(0))


def exact_top(blocks: Iterable[Block], queries: Vectors, k: int) -> list[Candidates]:
    """For each query every row that may be among its best k, scored in float64.

    queries: float32 (m, d). Cost: one product per block, memory m * BLOCK floats.
    """
    blocks = list(blocks)
    near: list[list[Candidates]] = [[] for _ in queries]
    slacks = np.linalg.norm(queries, axis=1) * max((block.slack for block in blocks), default=0.0)
    offset = 0
    for block in blocks:
        for start in range(0, len(block.vectors), BLOCK):
            part = slice(start, min(start + BLOCK, len(block.vectors)))
            products = (
                coded_products(block.codes, part, queries) if block.codes else _products(block, part, queries)
            )
            if block.allowed is not None:
                products[:, ~block.allowed[part]] = -np.inf
            for scores, slack, found in zip(products, slacks, near, strict=True):
                rows = _near_top(scores, k, slack)
                found.append(Candidates(rows + (offset + start), scores[rows]))
        offset += len(block.vectors)
    return [
        _rescored(blocks, _merge(found, k, slack), query)
        for query, found, slack in zip(queries, near, slacks, strict=True)
    ]


def _products(block: Block, part: slice, queries: Vectors) -> Vectors:
    """float32 (m, rows of the part): each query with each row."""
    products = np.empty((len(queries), part.stop - part.start), np.float32)
    columns = np.ascontiguousarray(queries.T)
    size = SLICE if len(queries) > 1 else BLOCK
    for start in range(part.start, part.stop, size):
        rows = slice(start, min(start + size, part.stop))
        products[:, rows.start - part.start : rows.stop - part.start] = (_float(block, rows) @ columns).T
    return products


def dots(rows: NDArray[np.floating], query: NDArray[np.floating]) -> NDArray[np.float64]:
    """float64 dot product of each row with the query; a row's value does not depend on the other rows.

    (BLAS would be faster and would round by the row's place in its block.)
    """
    products = rows.astype(np.float64)
    products *= query  # in place: a second array of this size costs more than the product
    return products.sum(axis=1)


def _float(block: Block, rows: slice | NDArray[np.int64]) -> Vectors:
    """Those rows as the index scores them."""
    found = block.vectors[rows].astype(np.float32, copy=False)
    return found if block.scales is None else found * block.scales[rows, None]


def _near_top(scores: NDArray[np.floating], k: int, slack: float) -> NDArray[np.int64]:
    """Positions within `slack` of the k-th best; rows that are not allowed (-inf) never count."""
    cut = -np.inf
    if len(scores) > k:
        tops = scores
        # Among many, the k-th best group's best: only a little below the k-th best, and found much sooner.
        if len(scores) >= 2 * k * GROUP:
            tops = scores[: len(scores) // GROUP * GROUP].reshape(GROUP, -1).max(axis=0)
        cut = np.partition(tops, len(tops) - k)[len(tops) - k] - slack
    return np.flatnonzero(np.isfinite(scores) if np.isneginf(cut) else scores >= cut)


def _merge(found: Sequence[Candidates], k: int, slack: float) -> NDArray[np.int64]:
    """The rows near the top of all parts."""
    if not found:
        return np.zeros(0, np.int64)
    rows = np.concatenate([c.rows for c in found])
    return rows[_near_top(np.concatenate([c.scores for c in found]), k, slack)]


def _rescored(blocks: Sequence[Block], rows: NDArray[np.int64], query: NDArray[np.float32]) -> Candidates:
    """The rows with their float64 scores."""
    ends = np.cumsum([len(block.vectors) for block in blocks])
    parts = np.split(rows, np.searchsorted(rows, ends[:-1]))
    scores = [
        dots(_float(block, part - (end - len(block.vectors))), query)
        for block, part, end in zip(blocks, parts, ends, strict=True)
    ]
    return Candidates(rows, np.concatenate(scores))


def ranked(pairs: Iterable[tuple[str, float]], k: int) -> tuple[Hit, ...]:
    """The best k of (id, score) as hits: falling scores, equal scores by id.

    >>> [hit.id for hit in ranked([("b", 1.0), ("a", 1.0), ("c", 2.0)], 2)]
    ['c', 'a']
    """
    best = sorted(sorted(pairs, key=itemgetter(0)), key=itemgetter(1), reverse=True)[:k]  # the sort is stable
    ids, scores = zip(*best, strict=True) if best else ((), ())
    return tuple(map(Hit, ids, map(float, scores), count(1)))


def check_vectors(vectors: NDArray[np.floating], dimension: int | None = None) -> Vectors:
    """The vectors as float32, or UsageError naming the first row that cannot be used."""
    if vectors.ndim != 2 or (dimension is not None and vectors.shape[1] != dimension):
        raise UsageError(
            f"Vectors have shape {vectors.shape}, not (n, {dimension if dimension is not None else 'd'}).",
            remedy="Use the embedder that the index was built with.",
        )
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise UsageError(
            f"Vector {bad[0]} is not finite.", remedy="Replace NaN and infinite values by zeros."
        )
    return np.ascontiguousarray(vectors, dtype=np.float32)


def check_k(k: int, n: int) -> int:
    """k cut to the number of things that can be found; UsageError below 1."""
    if k < 1:
        raise UsageError(f"k must be at least 1, not {k}.")
    return min(k, max(n, 1))


def quantize(vectors: Vectors, precision: Precision) -> Block:
    """Rows as float32, float16, or int8 with one scale per row (largest magnitude becomes 127)."""
    if precision == "int8":
        scales = np.abs(vectors).max(axis=1, initial=0.0) / np.float32(127)
        codes = np.rint(
            np.divide(vectors, scales[:, None], out=np.zeros_like(vectors), where=scales[:, None] > 0)
        )
        return Block(codes.astype(np.int8), scales.astype(np.float32))
    return Block(vectors.astype(np.dtype(precision)))


class DenseIndex:
    """Vectors in memory or memory-mapped, searched exactly at the stored precision.

    >>> index = DenseIndex(["a", "b"], np.eye(2, dtype=np.float32))
    >>> [hit.id for hit in index.search_vectors(np.array([[0.0, 1.0]], np.float32), 1)[0]]
    ['b']
    """

    def __init__(
        self, ids: Sequence[str], vectors: NDArray[np.floating], precision: Precision = "float32"
    ) -> None:
        if len(ids) != len(vectors):
            raise UsageError(f"{len(ids)} ids for {len(vectors)} vectors.")
        if len(set(ids)) != len(ids):
            raise UsageError("Ids must be unique; some occur twice.")
        checked = check_vectors(vectors)
        self.ids, self.dimension, self.precision = list(ids), checked.shape[1], precision
        length = float(np.linalg.norm(checked, axis=1).max(initial=0.0))
        self.block = quantize(checked, precision)._replace(length=length)

    def rows(self, places: NDArray[np.int64]) -> Vectors:
        """Stored vectors as float32, as the index scores them."""
        return _float(self.block, places)

    def search_vectors(
        self, queries: NDArray[np.floating], k: int = 10, allowed: NDArray[np.bool_] | None = None
    ) -> list[tuple[Hit, ...]]:
        """The best k per query; `allowed` is one flag per row."""
        k = check_k(k, len(self.ids))
        checked = check_vectors(queries, self.dimension)
        found = exact_top([self.block._replace(allowed=allowed)], checked, k)
        return [ranked(((self.ids[r], s) for r, s in zip(c.rows, c.scores, strict=True)), k) for c in found]
