"""Four Gaussian modes in the plane, of which a condition prefers one: a generator that must learn to obey.

After the laptop-scale study of Dynamic-TreeRPO (arXiv:2509.23352): data obey the condition 40 % of the time, and by
chance otherwise; the reward of a sample falls with its distance from the preferred mode.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Index = np.ndarray[Any, np.dtype[np.int64]]

CENTRES: Array = np.array([(-2.0, -2.0), (-2.0, 2.0), (2.0, -2.0), (2.0, 2.0)])
SPREAD, OBEDIENCE = 0.35, 0.4


def data(rng: np.random.Generator, n: int) -> tuple[Array, Index]:
    """n points [n, 2] and the condition of each [n]: the preferred mode with probability .4 + .6 / 4."""
    condition = rng.integers(len(CENTRES), size=n)
    mode = np.where(rng.random(n) < OBEDIENCE, condition, rng.integers(len(CENTRES), size=n))
    return CENTRES[mode] + SPREAD * rng.standard_normal((n, 2)), condition


def reward(x: Array, condition: Index) -> Array:
    """[...] exp(-|x - preferred mode|^2 / 4) of points [..., 2].

    >>> reward(np.array([[2.0, 0.0], [2.0, 2.0]]), np.array([3, 3])).round(4).tolist()
    [0.3679, 1.0]
    """
    return np.asarray(np.exp(-((x - CENTRES[condition]) ** 2).sum(-1) / 4))
