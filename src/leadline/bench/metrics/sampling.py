"""What k of n samples are worth: pass@k, worst@k and maj@k."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import comb

import numpy as np

from leadline.explore.decoding import majority


def pass_at_k(n: int, c: int, k: int) -> float:
    """P(at least one of k samples without replacement is right), c of n right (Chen et al. 2021).

    Unbiased; n >= 4k to be useful.

    >>> [round(pass_at_k(16, 3, k), 6) for k in (1, 2, 4, 8, 16)]
    [0.1875, 0.35, 0.607143, 0.9, 1.0]
    """
    _check(n, c, k)
    return 1.0 - comb(n - c, k) / comb(n, k)


def worst_at_k(n: int, c: int, k: int) -> float:
    """P(all k samples are right) = C(c, k) / C(n, k).

    >>> [round(worst_at_k(16, 12, k), 6) for k in (1, 2, 4, 8)]
    [0.75, 0.55, 0.271978, 0.038462]
    """
    _check(n, c, k)
    return comb(c, k) / comb(n, k)


def maj_at_k(
    answers: Sequence[Hashable], gold: Hashable, k: int, *, draws: int = 1000, seed: int = 0
) -> float:
    """P(the most frequent of k answers drawn without replacement is gold), by `draws` seeded draws.

    Ties go to the answer that was seen first. k = len(answers) is exact with one draw.
    """
    _check(len(answers), 0, k)
    rng = np.random.default_rng(seed)
    if k == len(answers):
        return float(majority(answers) == gold)
    picks = (rng.permutation(len(answers))[:k] for _ in range(draws))
    return sum(majority([answers[i] for i in pick]) == gold for pick in picks) / draws


def _check(n: int, c: int, k: int) -> None:
    if not (0 <= c <= n and 1 <= k <= n):
        raise ValueError(f"need 0 <= c <= n and 1 <= k <= n, not n={n}, c={c}, k={k}")
