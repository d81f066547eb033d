"""Which prompts are worth training on: a pilot over independent prompts (Innovator-VL, arXiv:2601.19325).

Every prompt has a hidden solve rate, a logit of its own; GRPO moves it. P prompts. In numpy, seconds for all of it.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from leadline.errors import NotFound
from leadline.train.filters import reward_band, widest_gaps

Array = np.ndarray[Any, np.dtype[np.float64]]
Rule = Literal["random", "band", "gap"]


def solve_rates(n: int, rng: np.random.Generator, spread: float = 0.4) -> Array:
    """[P] hidden rates from Beta(spread, spread): many prompts are nearly always or nearly never solved."""
    return np.clip(rng.beta(spread, spread, n), 1e-6, 1 - 1e-6)


def chosen(rule: Rule, right: Array, n: int, keep: int, rng: np.random.Generator) -> Any:
    """[keep] prompts by their `right` of n probe rollouts; what a rule leaves free is filled at random."""
    order = rng.permutation(len(right))
    if rule == "random":
        return order[:keep]
    counts = {int(p): int(right[p]) for p in order}
    if rule == "band":
        picked = reward_band({p: c / n for p, c in counts.items()})[:keep]
    elif rule == "gap":
        picked = widest_gaps(counts, n, keep=keep)
    else:
        raise NotFound("rule of selection", rule, ("random", "band", "gap"))
    rest = [p for p in order if p not in set(picked)]
    return np.array([*picked, *rest[: keep - len(picked)]])


def trained(
    rate: Array, rng: np.random.Generator, *, updates: int = 6, group: int = 16, lr: float = 1.5
) -> Array:
    """[P] solve rates after GRPO on each prompt: A = (r - mean) / std, logit += lr mean(A (r - p))."""
    logit = np.log(rate / (1 - rate))
    for _ in range(updates):
        p = 1 / (1 + np.exp(-logit))
        reward = (rng.random((group, len(p))) < p).astype(float)
        std = reward.std(0)
        advantage = (reward - reward.mean(0)) / np.where(std > 0, std, 1)
        logit = logit + lr * (advantage * (reward - p)).mean(0)
    return np.asarray(1 / (1 + np.exp(-logit)))


def total_gain(
    rule: Rule, seed: int, *, prompts: int = 400, probes: int = 16, keep: int = 100, updates: int = 6
) -> float:
    """Sum of what the chosen prompts' solve rates gain."""
    rng = np.random.default_rng([seed, 61])
    rate = solve_rates(prompts, rng)
    right = rng.binomial(probes, rate).astype(float)
    picked = chosen(rule, right, probes, keep, rng)
    return float((trained(rate[picked], rng, updates=updates) - rate[picked]).sum())
