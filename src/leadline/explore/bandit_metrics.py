"""How well a bandit was explored: regret and its fit, MinFrac, OptFrac, SuffFail, win rates (arXiv:2410.06238)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from leadline.errors import need

Array = np.ndarray[Any, Any]


def pulls(arms: Array, k: int, t: int) -> Array:
    """How often each arm was chosen in the first t steps: [S, K] from arms [S, T]."""
    return np.stack([(arms[:, :t] == a).sum(1) for a in range(k)], axis=1)


def min_frac(arms: Array, k: int, t: int) -> float:
    """K min_a N_a(t) / t, mean over runs: 1 is uniform choice, 0 an arm never tried.

    >>> min_frac(np.array([[0, 1, 0, 0]]), 2, 4)
    0.5
    """
    return float((k * pulls(arms, k, t).min(1) / t).mean())


def opt_frac(arms: Array, best: Array, t: int) -> float:
    """Share of the first t choices that were the best arm."""
    return float((arms[:, :t] == best[:, None]).mean())


def suff_fail(arms: Array, best: Array, t: int) -> float:
    """Share of runs in which the best arm is never chosen again after step t.

    >>> suff_fail(np.array([[1, 0, 0, 0], [0, 0, 0, 1]]), np.array([1, 1]), 2)
    0.5
    """
    return float((~(arms[:, t:] == best[:, None]).any(1)).mean())


class RegretFit(NamedTuple):
    """lam1 (ln T)^a / gap + b T + lam2. b about 0: sublinear; a small: efficient. Weakly identified: report b first."""

    lam1: float
    a: float
    b: float
    lam2: float


def regret_model(t: Array, fit: Sequence[float], gap: float) -> Array:
    lam1, a, b, lam2 = fit
    return np.asarray(lam1 * np.log(t) ** a / gap + b * t + lam2)


def fit_regret(regret: Array, gap: float, *, a_max: float = 3.0) -> RegretFit:
    """Bounded least squares on T = 2.. from four starts of a (lam1, a, b >= 0; a <= 3); `regret` [T] is a mean."""
    optimise = need("scipy.optimize", "lab", "Fitting a regret curve")
    t = np.arange(2, len(regret) + 1, dtype=float)
    y = np.asarray(regret, float)[1:]
    fits = [
        optimise.least_squares(
            lambda p: regret_model(t, p, gap) - y, (0.1, start, 0.001, 0.0),
            bounds=([0, 0, 0, -np.inf], [np.inf, a_max, np.inf, np.inf]), x_scale=(0.1, 1, 0.01, 1), max_nfev=400,
        )
        for start in (0.5, 1.0, 2.0, min(3.0, a_max) - 1e-6)
    ]  # fmt: skip
    return RegretFit(*min(fits, key=lambda f: f.cost).x.tolist())


def win_rates(rewards: Mapping[str, Sequence[Sequence[float]]], p: float = 0.05) -> dict[str, float]:
    """rewards[agent][configuration] = one mean reward per run. A win: significantly higher by a two-sample t-test.
    The rate is wins over all comparisons with the other agents on all configurations; ties count 0."""
    stats = need("scipy.stats", "lab", "Win rates by t-tests")
    rates = {}
    for agent, mine in rewards.items():
        wins, total = 0, 0
        for other, theirs in rewards.items():
            if other == agent:
                continue
            for x, y in zip(mine, theirs, strict=True):
                total += 1
                if np.std(x) == np.std(y) == 0:
                    wins += np.mean(x) > np.mean(y)
                else:
                    wins += np.mean(x) > np.mean(y) and stats.ttest_ind(x, y).pvalue < p
        rates[agent] = wins / total if total else 0.0
    return rates
