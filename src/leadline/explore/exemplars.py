"""Which exemplars, in which order, with which instruction: EASE (arXiv:2405.16122); exemplar_baselines.py has the
others.

An arm is an ordered tuple of pool indices and an instruction. `score(arm)` is the black box (accuracy on a
validation set); `embed(arms)` turns arms into rows; `cost(exemplars)` is the optimal-transport distance of a set to
the validation set, which filters candidates before the bandit looks at them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import lcm
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

from leadline.errors import UsageError, need
from leadline.explore.neural_ucb import NeuralUCB

Array = np.ndarray[Any, Any]


class Arm(NamedTuple):
    exemplars: tuple[int, ...]
    instruction: int = 0


class Selection(NamedTuple):
    best: Arm
    """The last arm whose score is at least as high as all before."""
    value: float
    tried: tuple[tuple[Arm, float], ...]


class EaseConfig(msgspec.Struct, frozen=True):
    """Defaults of the published commands."""

    budget: int = 165
    initial: int = 40
    samples: int = 2500
    """Random lists per batch, before the filter."""
    keep: int = 50
    batches: int = 20
    hidden: tuple[int, ...] = (100, 100, 100)
    steps: int = 1000
    lr: float = 1e-3
    lam: float = 0.1
    nu: float = 0.01
    style: Literal["ucb", "thompson"] = "ucb"
    """thompson: a value drawn from N(mean, sigma) for each candidate instead of the upper bound."""
    update_per_batch: bool = True
    """As released: U learns of each batch's winner, though only one arm is played. False: once per round."""


def transport_cost(cost: Array) -> float:
    """Exact earth mover's distance for uniform weights, cost [k, m]: rows and columns are repeated to lcm(k, m)
    points, which makes it an assignment.

    >>> round(transport_cost(np.array([[0, .4, 1], [1, .2, 0]])), 9)
    0.1
    """
    optimise = need("scipy.optimize", "lab", "Optimal transport")
    k, m = cost.shape
    n = lcm(k, m)
    square = np.repeat(np.repeat(cost, n // k, 0), n // m, 1)
    return float(square[optimise.linear_sum_assignment(square)].mean())


def cosine_cost(a: Array, b: Array) -> Array:
    """1 - cosine of rows [k, d] and [m, d]."""
    unit = [
        x / np.linalg.norm(x, axis=1, keepdims=True) for x in (np.asarray(a, float), np.asarray(b, float))
    ]
    return np.asarray(1 - unit[0] @ unit[1].T)


def random_arms(rng: np.random.Generator, n: int, pool: int, k: int, instructions: int = 1) -> list[Arm]:
    lists = rng.random((n, pool)).argsort(1)[:, :k]
    said = rng.integers(instructions, size=n)
    return [Arm(tuple(row), int(i)) for row, i in zip(lists.tolist(), said, strict=True)]


def ease(
    score: Callable[[Arm], float], embed: Callable[[Sequence[Arm]], Array], pool: int, k: int,
    config: EaseConfig, seed: int = 0,
    *, cost: Callable[[tuple[int, ...]], float] | None = None, instructions: int = 1,
) -> Selection:  # fmt: skip
    """Select by NeuralUCB. Without `cost` the filter is off. Stops at a perfect score."""
    rng = np.random.default_rng((seed, 52))
    first = random_arms(rng, min(config.initial, config.budget), pool, k, instructions)
    tried = [(arm, score(arm)) for arm in first]
    if not tried:
        raise UsageError("A budget of 0 evaluations selects nothing.")
    bandit: NeuralUCB | None = None
    while len(tried) < config.budget and tried[-1][1] < 1.0:
        h = embed([arm for arm, _ in tried])
        bandit = bandit or NeuralUCB(
            h.shape[1],
            config.hidden,
            lam=config.lam,
            nu=config.nu,
            steps=config.steps,
            lr=config.lr,
            seed=seed,
        )
        bandit.fit(h, np.array([value for _, value in tried]))
        arm = _next(bandit, embed, rng, pool, k, config, cost, instructions)
        tried.append((arm, score(arm)))
    return select(tried)


def _next(
    bandit: NeuralUCB, embed: Callable[[Sequence[Arm]], Array], rng: np.random.Generator, pool: int, k: int,
    config: EaseConfig, cost: Callable[[tuple[int, ...]], float] | None, instructions: int,
) -> Arm:  # fmt: skip
    """The best of each batch's filtered candidates, then the best of those."""
    winners: list[tuple[float, Arm, Array]] = []
    for _ in range(config.batches):
        arms = random_arms(rng, config.samples if cost else config.keep, pool, k, instructions)
        if cost is not None:
            arms = sorted(arms, key=lambda arm: cost(arm.exemplars))[: config.keep]
        h = embed(arms)
        scores = bandit.score(h)
        values = scores.ucb if config.style == "ucb" else rng.normal(scores.mean, scores.sigma)
        top = int(np.argmax(values))
        winners.append((float(values[top]), arms[top], h[top]))
        if config.update_per_batch:
            bandit.chose(h[top])
    _, arm, h = max(winners, key=lambda w: w[0])
    if not config.update_per_batch:
        bandit.chose(h)
    return arm


def select(tried: Sequence[tuple[Arm, float]]) -> Selection:
    """Last best wins."""
    best = max(range(len(tried)), key=lambda i: (tried[i][1], i))
    return Selection(*tried[best], tuple(tried))
