"""Hybrid search by numbers: what `searcher.Lists.best` makes of ids, without a name for each of two hundred candidates.

For a process that answers many questions; the rankings are the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from leadline.retrieval.base import Filter, Hit, Hits
from leadline.retrieval.dense import Candidates
from leadline.retrieval.fusion import WEIGHTS, reciprocal
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.rows import Numbers, Rows

if TYPE_CHECKING:
    from leadline.retrieval.searcher import Plan

Find = Callable[[Sequence[str], int, Filter | None], list[Candidates]]


class RowFusion:
    """Reciprocal rank fusion of a lexical index and the vectors of the same passages. `find`: candidates by vectors."""

    def __init__(self, rows: Rows, lexical: LexicalIndex, find: Find) -> None:
        self.rows, self.lexical, self.find = rows, lexical, find

    def search(self, queries: Sequence[str], plan: Plan, filter: Filter | None) -> list[Hits]:
        """One ranking per query, with the notes of its syntax; the caller names index and parameters."""
        if not queries:
            return []
        ranking, notes = self.lexical.rank_noted(queries, plan.pool, filter, k1=plan.k1, b=plan.b)
        vectors = self.find(queries, plan.pool, filter)
        best = [
            _best(self._row[numbers[numbers >= 0]].tolist(), self._ordered(found, plan.pool), plan.k)
            for numbers, found in zip(ranking.numbers, vectors, strict=True)
        ]
        wanted = np.unique(np.fromiter((row for scores in best for row in scores), np.int64))
        places = dict(zip(wanted.tolist(), self.rows.places(wanted), strict=True))
        return [
            Hits(query, _hits(scores, places, plan.k), "", notes=noted)
            for query, scores, noted in zip(queries, best, notes, strict=True)
        ]

    @cached_property
    def _row(self) -> Numbers:
        """The row of every document of the lexical index."""
        return self.rows.of(self.lexical.ids_of(np.arange(self.lexical.n_numbers)))

    def _ordered(self, found: Candidates, k: int) -> list[int]:
        """The best k rows: falling scores, equal scores by id."""
        order = np.argsort(-found.scores, kind="stable")
        scores = found.scores[order]
        if (scores[1:] == scores[:-1]).any():
            ids, values = self.rows.ids(found.rows), found.scores.tolist()
            order = np.array(sorted(range(len(ids)), key=lambda i: (-values[i], ids[i])), np.int64)
        ordered: list[int] = found.rows[order[:k]].tolist()
        return ordered


def _best(words: list[int], vectors: list[int], k: int) -> dict[int, float]:
    """Row -> fused score of the best k, and of those that equal the last."""
    fused = dict(zip(words, reciprocal(WEIGHTS[0], len(words)), strict=True))
    known = fused.get
    for row, share in zip(vectors, reciprocal(WEIGHTS[1], len(vectors)), strict=True):
        fused[row] = known(row, 0.0) + share
    if len(fused) <= k:
        return fused
    least = sorted(fused.values())[-k]
    return {row: score for row, score in fused.items() if score >= least}


def _hits(scores: dict[int, float], places: dict[int, tuple[str, str, int, int]], k: int) -> tuple[Hit, ...]:
    ordered = sorted((-score, places[row]) for row, score in scores.items())
    return tuple(
        Hit(id, -score, rank, document, start, end)
        for rank, (score, (id, document, start, end)) in enumerate(ordered[:k], 1)
    )
