"""Campaigns over a categorical space: who proposes, what was found, how widely it looked (arXiv:2509.00103).

A proposer sees the history and names the next setting. Invalid and repeated proposals are spent and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, log
from typing import Any, NamedTuple, Protocol

import numpy as np

from leadline.environments.reactions import ReactionSpace, Setting
from leadline.errors import need

Array = np.ndarray[Any, Any]


class Trial(NamedTuple):
    setting: Setting
    value: float
    """NaN when the setting was never measured."""


class Proposer(Protocol):
    """The next setting, given everything that was tried, in order."""

    name: str

    def propose(self, history: Sequence[Trial]) -> Setting: ...


class Campaign(NamedTuple):
    """All T experiments of a run, in order."""

    trials: tuple[Trial, ...]

    @property
    def best_so_far(self) -> Array:
        """Running maximum; NaN until something valid was found. [T]"""
        values = np.array([t.value for t in self.trials])
        return np.fmax.accumulate(values) if len(values) else values

    @property
    def best(self) -> float:
        """Of at least one trial; NaN when all were invalid."""
        return float(self.best_so_far[-1])

    @property
    def duplicates(self) -> int:
        return len(self.trials) - len({t.setting for t in self.trials})

    @property
    def invalid(self) -> int:
        return int(sum(np.isnan(t.value) for t in self.trials))

    def entropy(self, shape: Sequence[int], n: int | None = None) -> float:
        """How widely it looked: `cumulative_entropy` of the settings (of the first n)."""
        return cumulative_entropy([t.setting for t in self.trials[:n]], shape)


def campaign(space: ReactionSpace, proposer: Proposer, n: int = 20) -> Campaign:
    """Run n experiments, batch size 1, as in the paper. A proposal outside the space counts as invalid."""
    history: list[Trial] = []
    for _ in range(n):
        history.append(measure(space, proposer.propose(history)))
    return Campaign(tuple(history))


def measure(space: ReactionSpace, setting: Setting) -> Trial:
    """Look one setting up."""
    setting = tuple(setting)
    inside = len(setting) == len(space.shape) and all(
        0 <= k < size for k, size in zip(setting, space.shape, strict=True)
    )
    return Trial(setting, float(space.values[setting]) if inside else float("nan"))


def cumulative_entropy(settings: Sequence[Setting], shape: Sequence[int]) -> float:
    """Mean over parameters of the entropy of the chosen levels, in units of log(levels): 0 always the same, 1 even.
    Compare only at equal numbers of proposals: T proposals cannot fill more than T levels.

    >>> round(cumulative_entropy([(k,) for k in range(20)], [24]), 4)
    0.9426
    """
    chosen = np.array([s for s in settings if len(s) == len(shape)])
    parts = []
    for column, levels in zip(chosen.T, shape, strict=True):
        counts = np.unique(column, return_counts=True)[1] / len(column)
        parts.append(float(-(counts * np.log(counts)).sum() / log(levels)) if levels > 1 else 0.0)
    return float(np.mean(parts))


def cliffs_delta(x: Sequence[float], y: Sequence[float]) -> float:
    """(#x > y - #x < y) / (n m).

    >>> cliffs_delta([3, 4], [1, 3])
    0.75
    """
    return float(np.sign(np.subtract.outer(np.asarray(x, float), np.asarray(y, float))).mean())


def size_of(delta: float) -> str:
    """Label of a Cliff's delta.

    >>> size_of(0.2), size_of(-0.5)
    ('small', 'large')
    """
    bounds = ((0.147, "negligible"), (0.33, "small"), (0.474, "medium"))
    return next((word for bound, word in bounds if abs(delta) < bound), "large")


def random_best_of(values: Sequence[float], k: int) -> tuple[float, float]:
    """Exact mean and median of the best of k draws without replacement: P(the i-th smallest is the best) =
    C(i - 1, k - 1) / C(n, k)."""
    ordered = np.sort(np.asarray(values, float))
    total = comb(len(ordered), k)
    p = np.array([comb(i, k - 1) / total for i in range(len(ordered))])
    return float(p @ ordered), float(ordered[np.searchsorted(p.cumsum(), 0.5)])


def bootstrap_median(
    values: Sequence[float], *, resamples: int = 1000, seed: int = 42
) -> tuple[float, float, float]:
    """Median with its percentile bootstrap 95 % interval, as in the authors' figures."""
    x = np.asarray(values, float)
    draws = np.random.default_rng(seed).choice(x, (resamples, len(x)))
    low, high = np.percentile(np.median(draws, axis=1), [2.5, 97.5])
    return float(np.median(x)), float(low), float(high)


class Complexity(NamedTuple):
    """How hard a space is: settings, parameters, mean options, skew of the objective, scarcity of good settings."""

    settings: int
    parameters: int
    mean_options: float
    skew: float
    scarcity: float
    """1 - share of settings with at least .95 of the maximum."""


def complexity(space: ReactionSpace) -> Complexity:
    y = space.measured()
    spread = y - y.mean()
    skew = float((spread**3).mean() / (spread**2).mean() ** 1.5)
    scarcity = 1 - float((y >= 0.95 * y.max()).mean())
    return Complexity(len(y), len(space.shape), float(np.mean(space.shape)), skew, scarcity)


class Balance(NamedTuple):
    """Whether all parameters matter alike: 1 - standard deviation of their importances, and the same between its
    lowest possible value (0) and 1."""

    value: float
    normalised: float


def importance_balance(space: ReactionSpace, seed: int = 0) -> Balance:
    """The paper's PIB: importances of a random forest (100 trees, one-hot), summed per parameter."""
    ensemble = need("sklearn.ensemble", "lab", "The balance of importances")
    known = ~np.isnan(space.values.ravel())
    settings = space.settings[known]
    one_hot = np.concatenate([np.eye(n)[settings[:, k]] for k, n in enumerate(space.shape)], axis=1)
    forest = ensemble.RandomForestRegressor(100, random_state=seed).fit(one_hot, space.measured())
    parts = np.split(forest.feature_importances_, np.cumsum(space.shape)[:-1])
    return balance([float(part.sum()) for part in parts])


def balance(importances: Sequence[float]) -> Balance:
    """Balance of n importances: 1 - std; its lowest value is 1 - sqrt(n - 1) / n, when one parameter is everything.

    >>> balance([1, 0, 0, 0]).normalised, balance([.25] * 4)
    (0.0, Balance(value=1.0, normalised=1.0))
    """
    share = np.asarray(importances, float) / np.sum(importances)
    lowest = 1 - np.sqrt(len(share) - 1) / len(share)
    value = 1 - float(share.std())
    return Balance(value, float((value - lowest) / (1 - lowest)) if lowest < 1 else 1.0)


def radar_area(values: Sequence[float], largest: Sequence[float]) -> float:
    """Area of the paper's radar of n axes, each value divided by the largest of all spaces: sum .5 r_i r_(i+1)
    sin(2 pi / n). Its ratio to the smallest area of all spaces is the space's complexity score.

    >>> round(radar_area([1] * 6, [1] * 6), 6)
    2.598076
    """
    r = np.asarray(values, float) / np.asarray(largest, float)
    return float(0.5 * np.sin(2 * np.pi / len(r)) * (r * np.roll(r, -1)).sum())
