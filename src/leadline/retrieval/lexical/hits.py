"""A ranking of document numbers -> hits with ids."""

from __future__ import annotations

import numpy as np

from leadline.retrieval.base import Hit
from leadline.retrieval.lexical.search import Ranking
from leadline.retrieval.lexical.segment import Array
from leadline.retrieval.lexical.snapshot import Snapshot


def as_hits(snapshot: Snapshot, ranking: Ranking) -> list[tuple[Hit, ...]]:
    """The hits of each query, best first."""
    found = []
    for numbers, scores in zip(ranking.numbers, ranking.scores.tolist(), strict=True):
        ids = document_ids(snapshot, numbers if len(numbers) and numbers[-1] >= 0 else numbers[numbers >= 0])
        found.append(tuple(map(Hit, ids, scores, range(1, len(ids) + 1))))
    return found


def document_ids(snapshot: Snapshot, numbers: Array) -> list[str]:
    """The ids of document numbers, in the same order."""
    if len(snapshot.parts) == 1:
        return snapshot.parts[0].segment.ids_of(numbers.tolist())
    part = np.searchsorted(snapshot.offsets, numbers, side="right") - 1
    found = np.empty(len(numbers), object)
    for i in np.unique(part).tolist():
        mine = part == i
        found[mine] = snapshot.parts[i].segment.ids_of((numbers[mine] - snapshot.offsets[i]).tolist())
    return list(found.tolist())
