"""Rankings into one: reciprocal ranks, and averages of normalised scores.

Each function takes one ranking per retriever, as {id: score} with falling scores, and optional weights, and
returns {id: fused score}. `fuse` orders the result: equal scores go by id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from statistics import fmean, pstdev

from leadline.errors import NotFound, UsageError
from leadline.retrieval.base import Hit
from leadline.retrieval.dense import ranked

Scores = Mapping[str, float]
WEIGHTS = (1.0, 0.5)
"""BM25 and dense in a collection's hybrid search: with a static embedder this beat equal weights on Cranfield, SciFact
and CACM."""


def _weights(rankings: Sequence[object], weights: Sequence[float] | None) -> Sequence[float]:
    if weights is None:
        return [1.0] * len(rankings)
    if len(weights) != len(rankings):
        raise UsageError(f"{len(weights)} weights for {len(rankings)} rankings.")
    return weights


def rrf(
    rankings: Sequence[Scores], weights: Sequence[float] | None = None, k: float = 60
) -> dict[str, float]:
    """Reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009): sum of weight / (k + rank).

    Ranks follow falling score, then id.

    >>> rrf([{"a": 3, "b": 2}, {"b": 9}])["b"] == 1 / 62 + 1 / 61
    True
    """
    ordered = [sorted(scores, key=lambda id: (-scores[id], id)) for scores in rankings]
    return rrf_of_ids(ordered, weights, k)


def rrf_of_ids(
    rankings: Sequence[Sequence[str]], weights: Sequence[float] | None = None, k: float = 60
) -> dict[str, float]:
    """The same for ids that are in order already.

    >>> rrf_of_ids([["a", "b"], ["b"]])["b"] == 1 / 62 + 1 / 61
    True
    """
    fused: dict[str, float] = {}
    known = fused.get
    for weight, ids in zip(_weights(rankings, weights), rankings, strict=True):
        for id, share in zip(ids, reciprocal(weight, len(ids), k), strict=True):
            fused[id] = known(id, 0.0) + share
    return fused


@lru_cache(256)
def reciprocal(weight: float, n: int, k: float = 60) -> tuple[float, ...]:
    """What the first n places of a ranking are worth: weight / (k + rank)."""
    return tuple(weight / (k + rank) for rank in range(1, n + 1))


def min_max(scores: Scores) -> dict[str, float]:
    """Scores moved to [0, 1]; all equal: all 1.

    >>> min_max({"a": 4.0, "b": 2.0, "c": 3.0})
    {'a': 1.0, 'b': 0.0, 'c': 0.5}
    """
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    return {id: (score - low) / (high - low) if high > low else 1.0 for id, score in scores.items()}


def z_score(scores: Scores) -> dict[str, float]:
    """Scores minus their mean, divided by their (population) standard deviation; all equal: all 0."""
    if not scores:
        return {}
    mean, spread = fmean(scores.values()), pstdev(scores.values())
    return {id: (score - mean) / spread if spread > 0 else 0.0 for id, score in scores.items()}


def average(
    rankings: Sequence[Scores],
    weights: Sequence[float] | None = None,
    normalise: Callable[[Scores], Mapping[str, float]] = min_max,
) -> dict[str, float]:
    """Weighted mean of normalised scores. An id that a ranking lacks gets that ranking's lowest value.

    >>> average([{"a": 2.0, "b": 1.0}, {"b": 5.0, "c": 1.0}], weights=[3, 1])
    {'a': 0.75, 'b': 0.25, 'c': 0.0}
    """
    shares = _weights(rankings, weights)
    if not rankings:
        return {}
    total = sum(shares)
    if total <= 0:
        raise UsageError("The weights must have a positive sum.")
    normal = [normalise(scores) for scores in rankings]
    floors = [min(scores.values(), default=0.0) for scores in normal]
    ids = dict.fromkeys(id for scores in normal for id in scores)
    return {
        id: sum(w * s.get(id, low) for w, s, low in zip(shares, normal, floors, strict=True)) / total
        for id in ids
    }


FUSIONS: dict[str, Callable[[Sequence[Scores], Sequence[float] | None], dict[str, float]]] = {
    "rrf": rrf,
    "min-max": average,
    "z-score": lambda rankings, weights: average(rankings, weights, z_score),
}


def fuse(
    rankings: Sequence[Scores], k: int, *, method: str = "rrf", weights: Sequence[float] | None = None
) -> tuple[Hit, ...]:
    """The best k after fusion by name."""
    if method not in FUSIONS:
        raise NotFound("fusion", method, FUSIONS)
    return ranked(FUSIONS[method](rankings, weights).items(), k)
