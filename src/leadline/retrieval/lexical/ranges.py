"""The steps of MaxScore inside one range of 65,536 documents, compiled: bounds, adding up, looking up. For kernels.py.

Inside a range the postings of a term lie together, in blocks that are full but for the last. `span` holds for every
term its blocks [span[0], span[1]) and postings [span[2], span[3]) there, `rest[t]` what the terms from t on can add to
a document of the range at most.

Numba's cache does not see that a function it inlined changed in another file: after an edit here, touch kernels.py.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from leadline.retrieval.lexical.frequency_kernels import ROOM, frequency, total_before, unpack
from leadline.retrieval.lexical.segment import BLOCK, FEW, RANGE_BITS
from leadline.retrieval.lexical.sums import STEP

UNITS = 65_535
"""Bounds of BM25 are counted in parts of 1 / UNITS; those of impacts are impacts."""


@njit(cache=True, error_model="numpy")
def prepare(  # type: ignore[no-untyped-def]
    docs, tfs, high_at, high_tf, block_range, block_n, block_at, large_at, pair_n, pair_at, pair_tf, pair_len, bounds,
    norm, ready, flat, slope, first, end,
):  # fmt: skip
    """What k1 and b make of a term's blocks and, where those are kept, of its postings: computed at its first use."""
    if end <= first or bounds[first] > 0:
        return
    at, large, p = (
        total_before(block_n, block_at, first),
        large_at[first // STEP],
        np.int64(pair_at[first // STEP]),
    )
    for j in range(first - first % STEP, first):
        if block_n[j] > FEW:
            p += pair_n[large]
            large += 1
    for j in range(first, end):
        top = np.float32(0)
        if block_n[j] > FEW:
            for _ in range(pair_n[large]):
                tf = np.float32(pair_tf[p])
                top = max(top, tf / (tf + np.float32(flat + slope * np.float64(pair_len[p]))))
                p += 1
            large += 1
        if block_n[j] <= FEW or len(ready) > 0:
            base = np.int64(block_range[j]) << RANGE_BITS
            for i in range(at, at + block_n[j]):
                tf = frequency(tfs, high_at, high_tf, i)
                part = tf / (tf + norm[base + np.int64(docs[i])])
                top = max(top, part)
                if len(ready) > 0:
                    ready[i] = part
        at += block_n[j]
        bounds[j] = np.uint16(min(np.ceil(np.float64(top) * UNITS), UNITS))


@njit(cache=True, error_model="numpy")
def locate(block_range, block_n, bounds, end, scale, r, n_terms, span, rest):  # type: ignore[no-untyped-def]
    """Move every term to its blocks in range r, and bound what it can add. scale[t]: weight of a bound of 1."""
    rest[n_terms] = 0.0
    for t in range(n_terms - 1, -1, -1):
        j = span[1, t]
        low, high = j, end[t]
        while low < high:
            middle = (low + high) >> 1
            if block_range[middle] <= r:
                low = middle + 1
            else:
                high = middle
        span[0, t], span[1, t], span[2, t] = j, low, span[3, t]
        if low > j:  # full blocks and a last one
            span[3, t] += (low - j - 1) * BLOCK + block_n[low - 1]
        mine = bounds[j:low]
        top = np.uint16(0)
        for i in range(len(mine)):
            if mine[i] > top:
                top = mine[i]
        rest[t] = rest[t + 1] + scale[t] * np.float32(top)


@njit(cache=True, error_model="numpy")
def add(  # type: ignore[no-untyped-def]
    docs, tfs, high_at, high_tf, bounds, norm, ready, linear, weight, scale, span, t, enough, acc, room
):  # fmt: skip
    """Add a term's parts to the accumulators of the range, but those of blocks that cannot add `enough`."""
    first, end = span[0, t], span[1, t]
    j = first
    while j < end:
        while j < end and scale * np.float32(bounds[j]) < enough:
            j += 1
        at = j
        while j < end and scale * np.float32(bounds[j]) >= enough:
            j += 1
        low, high = span[2, t] + (at - first) * BLOCK, min(span[2, t] + (j - first) * BLOCK, span[3, t])
        d = docs[low:high]
        if len(ready) > 0:
            part = ready[low:high]
            for i in range(len(d)):
                acc[d[i]] += weight * part[i]
        elif linear:
            impacts = tfs[low:high]
            for i in range(len(d)):
                acc[d[i]] += weight * np.float32(impacts[i])
        else:
            for begin in range(0, len(d), ROOM):
                some = d[begin : begin + ROOM]
                unpack(tfs, high_at, high_tf, low + begin, low + begin + len(some), room)
                for i in range(len(some)):
                    acc[some[i]] += weight * (room[i] / (room[i] + norm[some[i]]))


@njit(cache=True, error_model="numpy")
def touched_above(acc, docs, x_doc, x_from, x_to, lo, n_added, span, cut, found, score):  # type: ignore[no-untyped-def]
    """The documents of a thinly filled range with at least `cut`, and their scores. Empties the accumulators."""
    m = 0
    for i in range(x_from, x_to):
        d = np.int64(x_doc[i]) - lo
        found[m] = d
        score[m] = acc[d]
        m += acc[d] >= cut
        acc[d] = 0
    for t in range(n_added):
        for d in docs[span[2, t] : span[3, t]]:
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
    docs, tfs, high_at, high_tf, block_first, bounds, norm, ready, linear, weight, scale,
    span, t, enough, found, score, m, where,
):  # fmt: skip
    """Add a term's parts to the candidates by looking for each. Returns how many could still win when their blocks
    were found. Without unpredictable branches, so that the processor waits for many places in memory at once."""
    first, end, begin, stop = span[0, t], span[1, t], span[2, t], span[3, t]
    kept = 0
    for i in range(m):
        doc = found[i]
        j, size = first, end - first
        while size > 1:  # the last block that begins with the document or before
            half = size >> 1
            j += half if block_first[j + half] <= doc else 0
            size -= half
        found[kept], score[kept], where[kept] = found[i], score[i], j
        kept += score[i] + scale * np.float32(bounds[j]) >= enough
    for i in range(kept):
        doc = found[i]
        at = begin + (where[i] - first) * BLOCK
        size = min(BLOCK, stop - at)
        while size > 1:
            half = size >> 1
            at += half if docs[at + half] <= doc else 0
            size -= half
        if docs[at] == doc:
            if len(ready) > 0:
                score[i] += weight * ready[at]
            elif linear:
                score[i] += weight * np.float32(tfs[at])
            else:
                tf = frequency(tfs, high_at, high_tf, at)
                score[i] += weight * (tf / (tf + norm[found[i]]))
    return kept


@njit(cache=True, error_model="numpy")
def look_through(  # type: ignore[no-untyped-def]
    docs, tfs, high_at, high_tf, norm, ready, linear, weight, span, t, acc, found, score, m, room
):  # fmt: skip
    """The same by going through the postings, for many candidates. acc is all zero before and after."""
    for i in range(m):
        acc[found[i]] = score[i]
    low, high = span[2, t], span[3, t]
    for begin in range(low, high, ROOM):
        d = docs[begin : min(begin + ROOM, high)]
        if len(ready) == 0 and not linear:
            unpack(tfs, high_at, high_tf, begin, begin + len(d), room)
        for i in range(len(d)):
            if acc[d[i]] > 0:
                if len(ready) > 0:
                    acc[d[i]] += weight * ready[begin + i]
                elif linear:
                    acc[d[i]] += weight * np.float32(tfs[begin + i])
                else:
                    acc[d[i]] += weight * (room[i] / (room[i] + norm[d[i]]))
    for i in range(m):
        score[i] = acc[found[i]]
        acc[found[i]] = 0
