"""Term frequencies and running sums as a segment keeps them (frequencies.py, sums.py), read by compiled code."""

from __future__ import annotations

import numpy as np
from numba import njit

from leadline.retrieval.lexical.bare import BARE
from leadline.retrieval.lexical.frequencies import HIGH
from leadline.retrieval.lexical.sums import STEP

ROOM = 1024
"""Frequencies that are unpacked together; the array for them has two more places."""


@njit(**BARE)
def frequency(tfs, high_at, high_tf, i):  # type: ignore[no-untyped-def]
    """The term frequency of posting i (frequencies.py), float32."""
    tf = (tfs[i >> 1] >> ((i & 1) << 2)) & HIGH
    return np.float32(tf) if tf < HIGH else high_frequency(high_at, high_tf, i)


@njit(**BARE)
def high_frequency(high_at, high_tf, i):  # type: ignore[no-untyped-def]
    at, size = 0, len(high_at)
    while size > 1:
        half = size >> 1
        at += half if high_at[at + half] <= i else 0
        size -= half
    return np.float32(high_tf[at])


@njit(**BARE)
def unpack(tfs, high_at, high_tf, low, high, room):  # type: ignore[no-untyped-def]
    """Put the frequencies of postings [low, high), at most ROOM, into `room`: vector code, unlike one by one."""
    odd = low & 1
    if odd:
        room[0] = np.float32(tfs[low >> 1] >> 4)
    pairs = tfs[(low + odd) >> 1 : (high + 1) >> 1]
    for i in range(len(pairs)):
        room[odd + 2 * i] = np.float32(pairs[i] & HIGH)
        room[odd + 2 * i + 1] = np.float32(pairs[i] >> 4)
    at, size = 0, len(high_at)
    while size > 0:  # the first that has a high one
        half = size >> 1
        if high_at[at + half] < low:
            at += half + 1
            size -= half + 1
        else:
            size = half
    while at < len(high_at) and high_at[at] < high:
        room[high_at[at] - low] = np.float32(high_tf[at])
        at += 1


@njit(**BARE)
def total_before(counts, at, j):  # type: ignore[no-untyped-def]
    """The sum of counts[:j], of which at[] holds every STEP-th."""
    total = np.int64(at[j // STEP])
    for n in counts[j - j % STEP : j]:
        total += n
    return total
