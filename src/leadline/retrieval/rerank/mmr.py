"""Maximal marginal relevance (Carbonell, Goldstein, SIGIR 1998): relevant, and unlike what was already chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leadline.errors import UsageError
from leadline.models.embed import Embedder


def mmr(relevance: NDArray[np.floating], similarity: NDArray[np.floating], share: float = 0.7) -> list[int]:
    """All positions, greedily by share * relevance - (1 - share) * largest similarity to those before.

    relevance (n,), similarity (n, n). share 1 is the order of relevance; equal values keep their order.

    >>> mmr(np.array([1.0, 0.9, 0.5]), np.array([[1, .99, 0], [.99, 1, 0], [0, 0, 1.0]]), 0.5)
    [0, 2, 1]
    """
    left = list(range(len(relevance)))
    chosen: list[int] = []
    nearest = np.zeros(len(relevance))
    while left:
        gains = [share * relevance[i] - (1 - share) * nearest[i] for i in left]
        best = left.pop(int(np.argmax(gains)))
        chosen.append(best)
        nearest = (
            similarity[best].astype(float) if len(chosen) == 1 else np.maximum(nearest, similarity[best])
        )
    return chosen


class MMRReranker:
    """Relevance and similarity are cosines of an embedder. Scores only order: n for the first text, then falling."""

    def __init__(self, embedder: Embedder, share: float = 0.7) -> None:
        if not 0 <= share <= 1:
            raise UsageError(f"share must lie in [0, 1], not {share}.")
        self.embedder, self.share = embedder, share
        self.name = f"mmr-{share:g}-{embedder.name}"

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        if not texts:
            return []
        vectors = self.embedder.encode(texts)
        relevance = vectors @ self.embedder.encode_queries([query])[0]
        scores = [0.0] * len(texts)
        for place, index in enumerate(mmr(relevance, vectors @ vectors.T, self.share)):
            scores[index] = float(len(texts) - place)
        return scores
