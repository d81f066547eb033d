"""Choosing a diverse few by elliptical novelty: RepExp at test time (arXiv:2510.11686).

The novelty of h given a chosen set C is h' (lambda I + sum_C h h')^-1 h. Uses: which of many candidate answers
the verifier sees first, which queries to send, which cells of an archive are new. Pays only where what is wanted
is rare: if the right answer is the most common one, diversity finds it later than chance does.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class Chosen(NamedTuple):
    order: Array
    """Indices into the candidates, in the order in which they were chosen."""
    gains: Array
    """Novelty of each when it was chosen (of the first: against the empty set)."""


def elliptical_select(
    features: Array, k: int, *, lam: float = 1.0,
    first: int | Literal["random", "medoid"] = "random", rng: np.random.Generator | None = None,
) -> Chosen:  # fmt: skip
    """k of n candidates (features [n, d]), each the most novel given those before. O(n d) per choice: scores are
    updated by Sherman-Morrison, b(h_i) -= (h_i' P h)^2 / (1 + h' P h). Ties go to the lowest index.

    >>> elliptical_select(np.array([[1, 0], [1, .1], [0, 1], [-1, 0]]), 4, first=0).order.tolist()
    [0, 2, 1, 3]
    """
    h = np.asarray(features, float)
    n, d = h.shape
    k = min(k, n)
    p = np.eye(d) / lam
    scores = (h**2).sum(1) / lam
    if first == "random":
        pick = int((rng or np.random.default_rng(0)).integers(n))
    elif first == "medoid":
        pick = int(np.argmin(((h - h.mean(0)) ** 2).sum(1)))
    else:
        pick = int(first)
    order, gains, free = np.empty(k, int), np.empty(k), np.ones(n, bool)
    for step in range(k):
        order[step], gains[step] = pick, scores[pick]
        free[pick] = False
        ph = p @ h[pick]
        grow = 1 + h[pick] @ ph
        scores = scores - (h @ ph) ** 2 / grow
        p -= np.outer(ph, ph) / grow
        pick = int(np.argmax(np.where(free, scores, -np.inf)))
    return Chosen(order, gains)


def leverage(
    features: Array,
    *,
    lam: float | None = None,
    rho: float = 0.5,
    center: bool = True,
    leave_one_out: bool = False,
) -> Array:
    """Leverage h_i' (lambda I + sum h h')^-1 h_i of every row [n], computed from the n x n kernel.

    lam None: the scale-free ridge rho tr(K) / n. leave_one_out: l / (1 - l), novelty against the other rows.
    The sum is the effective dimension. With n - 1 <= d and a small lam all values saturate at (n - 1) / n.
    """
    h = np.asarray(features, float)
    if center:
        h = h - h.mean(0)
    kernel = h @ h.T
    n = len(h)
    ridge = rho * np.trace(kernel) / n if lam is None else lam
    if ridge == 0:
        return np.zeros(n)
    values = np.diag(np.linalg.solve(kernel + ridge * np.eye(n), kernel)).copy()
    return values / (1 - values) if leave_one_out else values


def samples_to_correct(order: Array, correct: Array) -> int:
    """1-based place of the first correct candidate in `order`; len(order) + 1 when none is."""
    hits = np.flatnonzero(np.asarray(correct)[order])
    return int(hits[0]) + 1 if len(hits) else len(order) + 1
