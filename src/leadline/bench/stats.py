"""Honest statistics: intervals beside means, paired differences, one verdict for everything that claims.

Every function takes plain sequences of one value per seed, query or case. Randomness comes from an explicit seed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

Verdict = Literal["holds", "does not hold", "inconclusive"]


class Interval(NamedTuple):
    """A mean and its 95 % interval (low, high); n values."""

    mean: float
    low: float
    high: float
    n: int


# Two-sided 97.5 % quantiles of Student's t for 1..30 degrees of freedom; beyond, the normal's 1.96 with
# two Cornish-Fisher terms is within 1e-4. A table keeps scipy out of the core.
_T975 = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
    2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
    2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
)  # fmt: skip


def t975(df: int) -> float:
    """97.5 % quantile of Student's t with `df` >= 1 degrees of freedom.

    >>> round(t975(4), 4), round(t975(1000), 3)
    (2.7764, 1.962)
    """
    z = 1.959964
    return (
        _T975[df - 1]
        if df <= len(_T975)
        else z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
    )


def mean_interval(values: Sequence[float]) -> Interval:
    """Mean with Student's 95 % interval. One value: an infinite interval; equal values: width 0.

    >>> [round(x, 3) for x in mean_interval([1.0, 2.0, 3.0])]
    [2.0, -0.484, 4.484, 3]
    """
    x = np.asarray(values, dtype=float)
    if x.size == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(x.mean())
    if x.size == 1:
        return Interval(mean, -math.inf, math.inf, 1)
    half = t975(x.size - 1) * float(x.std(ddof=1)) / math.sqrt(x.size)
    return Interval(mean, mean - half, mean + half, x.size)


def paired_interval(method: Sequence[float], baseline: Sequence[float]) -> Interval:
    """95 % interval of the mean paired difference method - baseline."""
    if len(method) != len(baseline):
        raise ValueError(f"paired values differ in number: {len(method)} and {len(baseline)}")
    return mean_interval([m - b for m, b in zip(method, baseline, strict=True)])


def verdict(difference: Interval, direction: Literal["higher", "lower"] = "higher") -> Verdict:
    """holds: the whole interval lies on the claimed side of zero; does not hold: on the other side or a
    difference of exactly zero; inconclusive: it contains zero.

    >>> verdict(Interval(0.2, 0.1, 0.3, 5)), verdict(Interval(0.2, -0.1, 0.5, 5))
    ('holds', 'inconclusive')
    """
    low, high = (
        (difference.low, difference.high) if direction == "higher" else (-difference.high, -difference.low)
    )
    if low > 0:
        return "holds"
    return "does not hold" if high <= 0 else "inconclusive"


def bootstrap_interval(
    method: Sequence[float], baseline: Sequence[float], *, resamples: int = 10_000, seed: int = 0
) -> Interval:
    """Percentile 95 % interval of the mean paired difference method - baseline over resampled cases.

    >>> bootstrap_interval([2.0, 2.0], [1.0, 1.0])
    Interval(mean=1.0, low=1.0, high=1.0, n=2)
    """
    x = _differences(method, baseline)
    rng = np.random.default_rng(seed)
    means = np.concatenate(
        [x[rng.integers(x.size, size=(rows, x.size))].mean(axis=1) for rows in _chunks(resamples, x.size)]
    )
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(x.mean()), float(low), float(high), x.size)


def randomization_p(
    method: Sequence[float], baseline: Sequence[float], *, resamples: int = 10_000, seed: int = 0
) -> float:
    """Two-sided p of Fisher's paired randomisation test: signs of the differences are drawn at random.

    (1 + draws at least as far from zero) / (1 + draws), so that it is never 0 (Smucker, Allan, Carterette 2007).

    >>> randomization_p([1.0, 2.0], [1.0, 2.0])
    1.0
    """
    x = _differences(method, baseline)
    rng = np.random.default_rng(seed)
    observed = abs(x.mean()) - 1e-12
    beyond = sum(
        int((np.abs((rng.integers(2, size=(rows, x.size)) * 2 - 1) @ x / x.size) >= observed).sum())
        for rows in _chunks(resamples, x.size)
    )
    return (1 + beyond) / (1 + resamples)


def _differences(
    method: Sequence[float], baseline: Sequence[float]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if len(method) != len(baseline) or not len(method):
        raise ValueError(f"paired values differ in number or are none: {len(method)} and {len(baseline)}")
    x: np.ndarray[tuple[int], np.dtype[np.float64]] = np.subtract(method, baseline, dtype=np.float64)
    return x


def _chunks(rows: int, width: int) -> list[int]:
    """Rows in groups of about 4 million cells, so that memory stays small."""
    size = max(1, 4_000_000 // max(1, width))
    return [min(size, rows - start) for start in range(0, rows, size)]
