"""Scores to chances."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


def softmax(scores: Array, tau: float = 1.0) -> Array:
    """[A] chances that sum to 1, from scores [A] at temperature tau > 0.

    >>> softmax(np.log([1.0, 3.0])).round(4).tolist()
    [0.25, 0.75]
    """
    e = np.exp((scores - scores.max()) / tau)
    return np.asarray(e / e.sum())
