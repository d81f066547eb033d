"""Counts of many small things, with their running sum at every 64th: a byte or two each, where an offset takes four."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from leadline.retrieval.lexical.segment import Array

STEP = 64


def sampled(counts: Array) -> Array:
    """The sum before every STEP-th count, uint32 (int64 if it does not fit).

    >>> sampled(np.full(200, 2)).tolist()
    [0, 128, 256, 384]
    """
    sums = np.cumsum(counts, dtype=np.int64)[STEP - 1 :: STEP]
    every = np.concatenate([np.zeros(1, np.int64), sums])
    return every if every[-1] >> 32 else every.astype(np.uint32)


def before(counts: Array, every: Array, i: int) -> int:
    """The sum of counts[:i].

    >>> before(np.full(200, 2), sampled(np.full(200, 2)), 130)
    260
    """
    return int(every[i // STEP]) + int(counts[i - i % STEP : i].sum())
