"""The steps of MaxScore inside one window of documents, compiled: bounds, adding up, gathering. For kernels.py.

`state` holds three numbers per term: its block, and its postings [from, to) in this window. `tops` holds what each
term can add to a document of the window at most.

Numba's cache does not see that a function it inlined changed in another file: after an edit here, touch kernels.py.
"""

from __future__ import annotations

import numpy as np
from numba import njit

WIDTH = 4096
"""Documents of a window: its accumulators (16 KiB) stay in the processor's first cache."""


@njit(cache=True)
def gather_window(acc, n, cut, found, score):  # type: ignore[no-untyped-def]
    """The documents of a well-filled window with at least `cut`, and their scores. Empties the accumulators."""
    m = 0
    for d in range(n):
        found[m] = d
        score[m] = acc[d]
        m += acc[d] >= cut
    acc[:n] = 0
    return m


@njit(cache=True)
def gather_touched(acc, docs, x_doc, x_from, x_to, lo, n_essential, state, cut, found, score):  # type: ignore[no-untyped-def]
    """The same for a thinly filled one: only documents that were added to are looked at."""
    m = 0
    for i in range(x_from, x_to):
        d = np.int64(x_doc[i]) - lo
        found[m] = d
        score[m] = acc[d]
        m += acc[d] >= cut
        acc[d] = 0
    low = lo & 0xFFFF
    for t in range(n_essential):
        for i in range(state[1, t], state[2, t]):
            d = np.int64(docs[i]) - low
            found[m] = d
            score[m] = acc[d]
            m += acc[d] >= cut
            acc[d] = 0
    return m


@njit(cache=True)
def window_bounds(block_first, bounds, end, weight, lo, hi, n_terms, state, tops):  # type: ignore[no-untyped-def]
    """Move every term to its first block for the window and bound what it can add. Returns the sum."""
    total = 0.0
    for t in range(n_terms):
        j, stop = state[0, t], end[t]
        while j + 1 < stop and block_first[j + 1] <= lo:
            j += 1
        state[0, t] = j
        top = np.float32(0)
        while j < stop and block_first[j] < hi:
            top = max(top, bounds[j])
            j += 1
        tops[t] = weight[t] * top
        total += tops[t]
    return total


@njit(cache=True)
def next_window(docs, block_first, block_start, end, n_terms, state, hi, nearest):  # type: ignore[no-untyped-def]
    """Where the next window with anything in it may begin; `nearest` is the next extra. Retires spent terms."""
    for t in range(n_terms):
        j = state[0, t]
        if j >= end[t]:
            continue
        following = np.int64(block_first[j])
        if following < hi and j + 1 < end[t]:
            return hi
        if following < hi:
            following = (following & ~0xFFFF) + np.int64(docs[block_start[j + 1] - 1])
            if following < hi:
                state[0, t] = end[t]
                continue
            following = hi
        nearest = min(nearest, following)
    return max(hi, nearest // WIDTH * WIDTH)


@njit(cache=True)
def accumulate(  # type: ignore[no-untyped-def]
    docs, tfs, block_first, block_start, norm, ready, linear, stop, weight, lo, hi, t, state, acc
):
    """Add a term's parts to the accumulators of the window; its postings go to state[1:, t]."""
    low = lo & 0xFFFF
    high = low + (hi - lo)
    base = lo - low
    j, i = state[0, t], state[2, t]
    began = np.int64(-1)
    while j < stop and block_first[j] < hi:
        if (np.int64(block_first[j]) >> 16) == (lo >> 16):
            i = max(i, np.int64(block_start[j]))
            until = np.int64(block_start[j + 1])
            while i < until and docs[i] < low:
                i += 1
            if began < 0:
                began = i
            while i < until:
                d = np.int64(docs[i])
                if d >= high:
                    break
                acc[d - low] += _part(weight, i, tfs, norm, base + d, ready, linear)
                i += 1
        j += 1
    state[1, t] = i if began < 0 else began
    state[2, t] = i


@njit(cache=True)
def _part(weight, i, tfs, norm, doc, ready, linear):  # type: ignore[no-untyped-def]
    if len(ready) > 0:
        return weight * ready[i]
    tf = np.float32(tfs[i])
    if linear:
        return weight * tf
    return weight * (tf / (tf + norm[doc]))


@njit(cache=True)
def complete(  # type: ignore[no-untyped-def]
    docs, tfs, block_first, block_start, norm, ready, linear, end, weight, doc, score, rest, bar,
    n_essential, n_terms, state, tops,
):  # fmt: skip
    """Add the non-essential terms' parts, giving up (with 0) as soon as the document cannot win."""
    for t in range(n_essential, n_terms):
        if score + rest < bar:
            return np.float32(0)
        rest -= tops[t]
        if tops[t] == 0.0:
            continue
        j, stop = state[0, t], end[t]
        while j + 1 < stop and block_first[j + 1] <= doc:
            j += 1
        if (np.int64(block_first[j]) >> 16) != (doc >> 16):
            continue
        wanted = doc & 0xFFFF
        low, high = np.int64(block_start[j]), np.int64(block_start[j + 1])
        while high - low > 1:
            middle = (low + high) >> 1
            if docs[middle] <= wanted:
                low = middle
            else:
                high = middle
        if docs[low] == wanted:
            score += _part(weight[t], low, tfs, norm, doc, ready, linear)
    return score
