"""Keeping the k best, compiled. For maxscore.py.

A result is one integer key: the bits of its score above, the complement of its document's number below. Larger is
better, and equal scores go to the smaller number, which is the smaller id. Scores are positive, so that their bits
are ordered as they are.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from leadline.retrieval.lexical.bare import BARE

GROUP = 64
"""Accumulators that are looked at together: only groups whose best can still win are looked into."""


@njit(**BARE)
def top_of_groups(bits, n, tops):  # type: ignore[no-untyped-def]
    """The bits of the best score of every group of the first n accumulators."""
    for g in range((n + GROUP - 1) // GROUP):
        row = bits[g * GROUP : (g + 1) * GROUP]
        top = np.int32(0)
        for i in range(len(row)):  # not range(GROUP): unrolled, it would not run as vector code
            if row[i] > top:
                top = row[i]
        tops[g] = top


@njit(**BARE)
def kth_top(tops, n_groups, k, room):  # type: ignore[no-untyped-def]
    """Bits that at least k documents reach: the k-th best top. k is at most n_groups."""
    copy(tops, n_groups, room)
    select(room, n_groups, k)
    return np.int64(least(room, k))


@njit(**BARE)
def n_groups_above(tops, n, cut_bits):  # type: ignore[no-untyped-def]
    hits = 0
    for top in tops[: (n + GROUP - 1) // GROUP]:
        hits += top >= cut_bits
    return hits


@njit(**BARE)
def above(acc, tops, n, cut, cut_bits, hits, found, score):  # type: ignore[no-untyped-def]
    """The documents of a range with at least `cut`, ascending, and their scores. Returns how many."""
    m = 0
    n_groups = (n + GROUP - 1) // GROUP
    few = hits < n_groups  # then under a tenth of the documents, and branches are well predicted
    for g in range(n_groups):
        if tops[g] < cut_bits:
            continue
        row = acc[g * GROUP : min(n, (g + 1) * GROUP)]
        if few:
            for i in range(len(row)):
                if row[i] >= cut:
                    found[m] = g * GROUP + i
                    score[m] = row[i]
                    m += 1
        else:
            for i in range(len(row)):
                found[m] = g * GROUP + i
                score[m] = row[i]
                m += row[i] >= cut
    return m


@njit(**BARE)
def best(keys, n, k):  # type: ignore[no-untyped-def]
    """Bring the k best of n keys to the front, and return the least of them."""
    if n > k:
        select(keys, n, k)
    return least(keys, k)


@njit(**BARE)
def copy(keys, n, out):  # type: ignore[no-untyped-def]
    """The first n."""
    for i in range(n):
        out[i] = keys[i]


@njit(**BARE)
def least(keys, n):  # type: ignore[no-untyped-def]
    """Of the first n."""
    low = keys[0]
    for i in range(1, n):
        low = min(low, keys[i])
    return low


@njit(**BARE)
def select(keys, n, k):  # type: ignore[no-untyped-def]
    """Bring the k largest of keys[:n] to the front, in no order (Hoare's quickselect)."""
    left, right = 0, n - 1
    while left < right:
        pivot = keys[(left + right) >> 1]
        i, j = left, right
        while i <= j:
            while keys[i] > pivot:
                i += 1
            while keys[j] < pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                i += 1
                j -= 1
        if k - 1 <= j:
            right = j
        elif k - 1 >= i:
            left = i
        else:
            return
