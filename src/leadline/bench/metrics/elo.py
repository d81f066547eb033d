"""Elo ranking from soft pairwise judgements (DeepResearch Arena, arXiv:2509.01396, RankEval)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

Judge = Callable[[int, int], float]
"""(a, b) -> score of a in [0, 1]: C when a wins with confidence C, 1 - C when b does."""


class Ratings(NamedTuple):
    a: float
    b: float


def elo_update(a: float, b: float, score_a: float, *, step: float = 32.0) -> Ratings:
    """New ratings after a game in which a scored `score_a` in [0, 1].

    A winner whose confidence is below his expected score loses points: that is Elo, not a mistake.

    >>> elo_update(1200, 1200, 0.8)
    Ratings(a=1209.6, b=1190.4)
    """
    expected = 1 / (1 + 10 ** ((b - a) / 400))
    change = step * (score_a - expected)
    return Ratings(a + change, b - change)


def elo_rank(n: int, judge: Judge, *, rounds: int, seed: int, start: float = 1200.0) -> list[float]:
    """Ratings of items 0..n-1 after `rounds` rounds of random disjoint pairs; with odd n one item rests."""
    rng = np.random.default_rng(seed)
    ratings = [start] * n
    for _ in range(rounds):
        order: Sequence[int] = rng.permutation(n).tolist()
        for a, b in zip(order[::2], order[1::2], strict=False):
            score = min(1.0, max(0.0, judge(a, b)))
            ratings[a], ratings[b] = elo_update(ratings[a], ratings[b], score)
    return ratings
