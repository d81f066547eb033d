"""The steps of MaxScore inside one range of 65,536 documents, compiled: bounds, adding up, looking up. For kernels.py.

Inside a range the postings of a term lie together. `span` holds the blocks [from, to) of every term there, `rest[t]`
what the terms from t on can add to a document of the range at most.

Numba's cache does not see that a function it inlined changed in another file: after an edit here, touch kernels.py.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def prepare(  # type: ignore[no-untyped-def]
    docs, tfs, block_first, block_start, pair_at, pair_tf, pair_len, bounds, norm, ready, flat, slope, linear,
    first, end,
):  # fmt: skip
    """What k1 and b make of a term's blocks and, where those are kept, of its postings: computed at its first use."""
    if end <= first or bounds[first] > 0:
        return
    for j in range(first, end):
        top = np.float32(0)
        for p in range(pair_at[j], pair_at[j + 1]):
            tf = np.float32(pair_tf[p])
            top = max(top, tf if linear else tf / (tf + np.float32(flat + slope * np.float64(pair_len[p]))))
        bounds[j] = top
    if len(ready) > 0:
        for j in range(first, end):
            base = np.int64(block_first[j]) & ~0xFFFF
            for i in range(block_start[j], block_start[j + 1]):
                tf = np.float32(tfs[i])
                ready[i] = tf / (tf + norm[base + np.int64(docs[i])])


@njit(cache=True, error_model="numpy")
def locate(block_first, bounds, end, weight, hi, n_terms, span, rest, cell, cell_bits):  # type: ignore[no-untyped-def]
    """Move every term to its blocks before document hi, and bound what it can add."""
    rest[n_terms] = 0.0
    for t in range(n_terms - 1, -1, -1):
        j = span[1, t]
        low, high = j, end[t]
        while low < high:
            middle = (low + high) >> 1
            if block_first[middle] < hi:
                low = middle + 1
            else:
                high = middle
        span[0, t], span[1, t] = j, low
        bits = bounds[j:low].view(np.int32)  # ordered as the bounds are, these being positive
        top = np.int32(0)
        for i in range(len(bits)):
            if bits[i] > top:
                top = bits[i]
        cell_bits[0] = top
        rest[t] = rest[t + 1] + weight[t] * cell[0]


@njit(cache=True, error_model="numpy")
def add(  # type: ignore[no-untyped-def]
    docs, tfs, block_start, bounds, norm, ready, linear, weight, first, end, enough, acc
):  # fmt: skip
    """Add a term's parts to the accumulators of the range, but those of blocks that cannot add `enough`."""
    j = first
    while j < end:
        while j < end and weight * bounds[j] < enough:
            j += 1
        at = j
        while j < end and weight * bounds[j] >= enough:
            j += 1
        low, high = np.int64(block_start[at]), np.int64(block_start[j])
        d = docs[low:high]
        if len(ready) > 0:
            part = ready[low:high]
            for i in range(len(d)):
                acc[d[i]] += weight * part[i]
        elif linear:
            tf = tfs[low:high]
            for i in range(len(d)):
                acc[d[i]] += weight * np.float32(tf[i])
        else:
            tf = tfs[low:high]
            for i in range(len(d)):
                x = np.float32(tf[i])
                acc[d[i]] += weight * (x / (x + norm[d[i]]))


@njit(cache=True, error_model="numpy")
def touched_above(acc, docs, block_start, x_doc, x_from, x_to, lo, n_added, span, cut, found, score):  # type: ignore[no-untyped-def]
    """The documents of a thinly filled range with at least `cut`, and their scores. Empties the accumulators."""
    m = 0
    for i in range(x_from, x_to):
        d = np.int64(x_doc[i]) - lo
        found[m] = d
        score[m] = acc[d]
        m += acc[d] >= cut
        acc[d] = 0
    for t in range(n_added):
        for d in docs[np.int64(block_start[span[0, t]]) : np.int64(block_start[span[1, t]])]:
            found[m] = d
            score[m] = acc[d]
            m += acc[d] >= cut
            acc[d] = 0
    return m


@njit(cache=True, error_model="numpy")
def keep(found, score, m, cut):  # type: ignore[no-untyped-def]
    """Leave the candidates with at least `cut`. Returns how many."""
    kept = 0
    for i in range(m):
        found[kept], score[kept] = found[i], score[i]
        kept += score[i] >= cut
    return kept


@njit(cache=True, error_model="numpy")
def look_up(  # type: ignore[no-untyped-def]
    docs, tfs, block_first, block_start, bounds, norm, ready, linear, weight,
    first, end, lo, enough, found, score, m, where,
):  # fmt: skip
    """Add a term's parts to the candidates by looking for each. Returns how many could still win when their blocks
    were found. Without unpredictable branches, so that the processor waits for many places in memory at once."""
    kept = 0
    for i in range(m):
        doc = lo + found[i]
        j, size = first, end - first
        while size > 1:  # the last block that begins with the document or before
            half = size >> 1
            j += half if block_first[j + half] <= doc else 0
            size -= half
        found[kept], score[kept], where[kept] = found[i], score[i], j
        kept += score[i] + weight * bounds[j] >= enough
    for i in range(kept):
        j = where[i]
        at = np.int64(block_start[j])
        size = np.int64(block_start[j + 1]) - at
        while size > 1:
            half = size >> 1
            at += half if docs[at + half] <= found[i] else 0
            size -= half
        if docs[at] == found[i]:
            if len(ready) > 0:
                score[i] += weight * ready[at]
            else:
                tf = np.float32(tfs[at])
                score[i] += weight * (tf if linear else tf / (tf + norm[found[i]]))
    return kept


@njit(cache=True, error_model="numpy")
def look_through(  # type: ignore[no-untyped-def]
    docs, tfs, block_start, norm, ready, linear, weight, first, end, acc, found, score, m
):  # fmt: skip
    """The same by going through the postings, for many candidates. acc is all zero before and after."""
    for i in range(m):
        acc[found[i]] = score[i]
    low, high = np.int64(block_start[first]), np.int64(block_start[end])
    for i in range(low, high):
        d = docs[i]
        if acc[d] > 0:
            if len(ready) > 0:
                acc[d] += weight * ready[i]
            else:
                tf = np.float32(tfs[i])
                acc[d] += weight * (tf if linear else tf / (tf + norm[d]))
    for i in range(m):
        score[i] = acc[found[i]]
        acc[found[i]] = 0
