"""The steps of MaxScore inside one range of 65,536 documents, compiled: finding it, adding up, looking up.

For maxscore.py, whose `Query` and `Room` these take. Inside a range the postings of a term lie together, in blocks that
are full but for the last.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from leadline.retrieval.lexical.bare import BARE
from leadline.retrieval.lexical.frequency_kernels import ROOM, frequency, unpack
from leadline.retrieval.lexical.segment import BLOCK


@njit(**BARE)
def locate(lists, query, number, room):  # type: ignore[no-untyped-def]
    """Move every term to its blocks in that range, and bound what it can add."""
    span, rest, end, scale, n_terms = room.span, room.rest, query.end, query.scale, len(query.first)
    block_range, block_n, bounds = lists.block_range, lists.block_n, lists.bounds
    rest[n_terms] = 0.0
    for t in range(n_terms - 1, -1, -1):
        j = span[1, t]
        low, high = j, end[t]
        while low < high:
            middle = (low + high) >> 1
            if block_range[middle] <= number:
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


@njit(**BARE)
def add(lists, query, norm, t, enough, room):  # type: ignore[no-untyped-def]
    """Add a term's parts to the accumulators of the range, but those of blocks that cannot add `enough`."""
    span, bounds, scale = room.span, lists.bounds, query.scale[t]
    first, end = span[0, t], span[1, t]
    j = first
    while j < end:
        while j < end and scale * np.float32(bounds[j]) < enough:
            j += 1
        at = j
        while j < end and scale * np.float32(bounds[j]) >= enough:
            j += 1
        low, high = span[2, t] + (at - first) * BLOCK, min(span[2, t] + (j - first) * BLOCK, span[3, t])
        add_postings(lists, norm, query.weight[t], low, high, room.acc, room.unpacked)


@njit(**BARE)
def add_postings(lists, norm, weight, low, high, acc, unpacked):  # type: ignore[no-untyped-def]
    """Add the parts of postings [low, high)."""
    d, tfs, high_at, high_tf, ready = (
        lists.docs[low:high], lists.tfs, lists.high_at, lists.high_tf, lists.ready
    )  # fmt: skip
    if len(ready) > 0:
        part = ready[low:high]
        for i in range(len(d)):
            acc[d[i]] += weight * part[i]
    elif lists.linear:
        impacts = tfs[low:high]
        for i in range(len(d)):
            acc[d[i]] += weight * np.float32(impacts[i])
    else:
        for begin in range(0, len(d), ROOM):
            some = d[begin : begin + ROOM]
            unpack(tfs, high_at, high_tf, low + begin, low + begin + len(some), unpacked)
            for i in range(len(some)):
                acc[some[i]] += weight * (unpacked[i] / (unpacked[i] + norm[some[i]]))


@njit(**BARE)
def touched_above(lists, query, here, n_added, cut, room):  # type: ignore[no-untyped-def]
    """The documents of a thinly filled range with at least `cut`, and their scores. Empties the accumulators."""
    acc, found, score, span, m = room.acc, room.found, room.score, room.span, 0
    docs, extra, low = lists.docs, query.doc, here.low
    for i in range(here.begin, here.end):
        d = np.int64(extra[i]) - low
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


@njit(**BARE)
def keep(found, score, m, cut):  # type: ignore[no-untyped-def]
    """Leave the candidates with at least `cut`. Returns how many."""
    kept = 0
    for i in range(m):
        found[kept], score[kept] = found[i], score[i]
        kept += score[i] >= cut
    return kept


@njit(**BARE)
def look_up(lists, query, norm, t, enough, m, room):  # type: ignore[no-untyped-def]
    """Add a term's parts to the candidates by looking for each. Returns how many could still win when their blocks
    were found. Without unpredictable branches, so that the processor waits for many places in memory at once."""
    found, score, where, docs = room.found, room.score, room.where, lists.docs
    first, end, begin, stop = room.span[0, t], room.span[1, t], room.span[2, t], room.span[3, t]
    weight, scale, block_first, bounds = query.weight[t], query.scale[t], lists.block_first, lists.bounds
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
            score[i] += weight * part_of(lists, norm, at)
    return kept


@njit(**BARE)
def part_of(lists, norm, at):  # type: ignore[no-untyped-def]
    """What one posting adds under a weight of 1."""
    if len(lists.ready) > 0:
        return lists.ready[at]
    if lists.linear:
        return np.float32(lists.tfs[at])
    tf = frequency(lists.tfs, lists.high_at, lists.high_tf, at)
    return tf / (tf + norm[lists.docs[at]])


@njit(**BARE)
def look_through(lists, query, norm, t, m, room):  # type: ignore[no-untyped-def]
    """The same by going through the postings, for many candidates. The accumulators are 0 before and after."""
    acc, found, score, low, high = room.acc, room.found, room.score, room.span[2, t], room.span[3, t]
    for i in range(m):
        acc[found[i]] = score[i]
    add_postings(lists, norm, query.weight[t], low, high, acc, room.unpacked)
    for i in range(m):
        score[i] = acc[found[i]]
        acc[found[i]] = 0
    for d in lists.docs[low:high]:
        acc[d] = 0
