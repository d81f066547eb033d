"""What EASE is measured against: random lists, evolution, retrieval, influence, and subsets by a criterion
(arXiv:2405.16122, section 4 of its specification). All give a Selection; `n` counts evaluations of the black box.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from leadline.explore.exemplars import Arm, Selection, cosine_cost, random_arms, select

Array = np.ndarray[Any, Any]
Score = Callable[[Arm], float]
Criterion = Callable[[Array], float]
"""Rows of a subset [k, d] -> how bad it is; no evaluation is spent."""


def best_of_n(score: Score, pool: int, k: int, n: int, seed: int = 0, instructions: int = 1) -> Selection:
    """n random lists."""
    rng = np.random.default_rng((seed, 53))
    return select([(arm, score(arm)) for arm in random_arms(rng, n, pool, k, instructions)])


def evolve(score: Score, pool: int, k: int, n: int, initial: int, seed: int = 0) -> Selection:
    """Random lists, then one random position of the best list replaced. On a copy: the released code changes the
    best list itself and becomes a random walk."""
    rng = np.random.default_rng((seed, 54))
    tried = [(arm, score(arm)) for arm in random_arms(rng, min(initial, n), pool, k)]
    while len(tried) < n:
        mutant = list(select(tried).best.exemplars)
        free = [e for e in range(pool) if e not in mutant]
        mutant[int(rng.integers(k))] = int(rng.choice(free))
        arm = Arm(tuple(mutant))
        tried.append((arm, score(arm)))
    return select(tried)


def nearest(pool: Array, validation: Array, k: int) -> tuple[int, ...]:
    """The k exemplars with the highest summed cosine to the validation set, most similar last."""
    closeness = -cosine_cost(pool, validation).sum(1)
    return tuple(int(i) for i in np.argsort(closeness)[-k:])


def influences(tried: Sequence[tuple[Arm, float]], pool: int) -> Array:
    """Mean score of lists with an exemplar minus without it [pool]; 0 where one of the two is missing.

    >>> lists = [(Arm((0, 1)), .6), (Arm((0, 2)), .4), (Arm((1, 2)), .8)]
    >>> influences(lists, 3).round(9).tolist()
    [-0.3, 0.3, 0.0]
    """
    values = np.array([value for _, value in tried])
    holds = np.array([[e in arm.exemplars for e in range(pool)] for arm, _ in tried])
    n = holds.sum(0)
    inside = holds.T @ values / np.maximum(n, 1)
    outside = (~holds).T @ values / np.maximum(len(tried) - n, 1)
    return np.where((n == 0) | (n == len(tried)), 0.0, inside - outside)


def by_influence(score: Score, pool: int, k: int, n: int, seed: int = 0) -> Selection:
    """n - 1 random lists, then the k exemplars of highest influence, the strongest last."""
    tried = list(best_of_n(score, pool, k, n - 1, seed).tried)
    arm = Arm(tuple(int(i) for i in np.argsort(influences(tried, pool), kind="stable")[-k:]))
    value = score(arm)
    return Selection(arm, value, (*tried, (arm, value)))


def retrieve_then_sample(
    score: Score, pool: Array, validation: Array, k: int, n: int, seed: int = 0, *, shortlist: int = 10
) -> Selection:
    """The `shortlist` exemplars closest to the validation set (summed cosine), then n random ordered lists of them."""
    near = np.array(nearest(pool, validation, shortlist))
    rng = np.random.default_rng((seed, 56))
    arms = [Arm(tuple(near[list(arm.exemplars)].tolist())) for arm in random_arms(rng, n, shortlist, k)]
    return select([(arm, score(arm)) for arm in arms])


def best_subset(
    score: Score, pool: Array, k: int, criterion: Criterion, draws: int, seed: int = 0
) -> Selection:
    """The best of `draws` random subsets by a criterion; one evaluation at the end."""
    rng = np.random.default_rng((seed, 57))
    subsets = random_arms(rng, draws, len(pool), k)
    arm = min(subsets, key=lambda a: criterion(pool[list(a.exemplars)]))
    value = score(arm)
    return Selection(arm, value, ((arm, value),))


def mean_discrepancy(validation: Array) -> Criterion:
    """MMD with a linear kernel: distance between the mean of a subset and of the validation set.

    >>> round(mean_discrepancy(np.eye(2))(np.array([[1.0, 0.0]])), 6)
    0.707107
    """
    centre = validation.mean(0)
    return lambda rows: float(np.linalg.norm(rows.mean(0) - centre))


def determinantal(validation: Array, *, quality: float = 20.0, eps: float = 1e-6) -> Criterion:
    """DPP: minus (quality sum_i mean_v cos(e_i, v) + log det(K + eps I)), K the cosines within the subset: close to the
    validation set and unlike each other."""

    def cost(rows: Array) -> float:
        closeness = (1 - cosine_cost(rows, validation)).mean(1).sum()
        within = 1 - cosine_cost(rows, rows)
        return -float(quality * closeness + np.linalg.slogdet(within + eps * np.eye(len(rows)))[1])

    return cost
