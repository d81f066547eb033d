"""MaxScore inside ranges of documents, compiled: one query over one segment. For kernels.py.

Terms are kept in one order everywhere, largest weight first. In each range of 65,536 documents they are added up
in that order, the postings of a term one after the other, into accumulators that stay in the processor's cache. As
soon as the remaining terms together cannot lift a document over the k-th score, they are non-essential (Turtle and
Flood, "Query evaluation: strategies and optimizations", 1995): only documents that could still win are completed
with them. Ranges nobody can win in are skipped unread, and so are single blocks of postings.

Exact: a sum is always taken in the order of the terms, in float32, so the scores are those of exhaustive.py to
the bit; bounds are loosened by SLACK for rounding.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from leadline.retrieval.lexical.bare import BARE
from leadline.retrieval.lexical.best import GROUP, above, best, copy, kth_top, n_groups_above, top_of_groups
from leadline.retrieval.lexical.exhaustive import LOW
from leadline.retrieval.lexical.frequency_kernels import total_before
from leadline.retrieval.lexical.ranges import add, keep, locate, look_through, look_up, touched_above
from leadline.retrieval.lexical.segment import RANGE_BITS, Array

RANGE = 1 << RANGE_BITS
LOOKUP = 128
"""Looking a document up in a term costs about as much as going through so many of its postings."""
WORTH = 1 << 14
"""Postings that must be left in a range before it pays to look how high the bar is."""
THIN = 16
"""A range is thinly filled while fewer than one in so many of its documents were added to."""
SMALLEST = np.float32(1e-38)
"""A score has to be above zero to be a result; this is about the smallest float32 that is."""
SLACK = 1.0 - 1e-5
"""Bounds are compared with a bar lowered by this: 1e-5 is the size of some eighty float32 roundings."""


class Query(NamedTuple):
    """Its T terms: blocks [first, end), weight, and what a bound of 1 adds (scale), [T] each; parts of scores that are
    known already, by ascending document; and per document whether it may be found, or nothing."""

    first: Array
    end: Array
    weight: Array
    scale: Array
    doc: Array
    part: Array
    allowed: Array


class Room(NamedTuple):
    """Where the search of a query works; used again for the next one.

    Of the range it is in: `span` [4, T], for every term its blocks [span[0], span[1]) and postings [span[2], span[3]);
    `rest` [T + 1], what the terms from t on can add to a document at most; `acc`, a sum for every document, 0 before
    and after; `tops`, the best of each group of them (best.py), and room to sort these; the candidates `found`, their
    `score`, and `where` they are looked for; frequencies `unpacked`; one score as number and as bits; and the keys of
    results so far, whose best k are kept when `buffer` is full.
    """

    span: Array
    rest: Array
    acc: Array
    tops: Array
    found: Array
    score: Array
    where: Array
    unpacked: Array
    cell: Array
    cell_bits: Array
    buffer: Array


class Range(NamedTuple):
    """Documents [low, low + n): their norms, the query's known parts [begin, end) for them, and whether the bar still
    rises while they are added up, because there are not k results yet."""

    low: int
    n: int
    norm: Array
    begin: int
    end: int
    rising: bool


@njit(**BARE)
def search(lists, query, n_docs, least, room, out):  # type: ignore[no-untyped-def]
    """The best keys above `least`, in no order, at most as many as there is room for in out; 0 behind them."""
    k, span, rest = len(out), room.span, room.rest
    first, block_n, block_at, doc, part = query.first, lists.block_n, lists.block_at, query.doc, query.part
    for t in range(len(first)):
        span[1, t], span[3, t] = first[t], total_before(block_n, block_at, first[t])
    bar, count, end = bar_of(least, room), 0, 0
    for low in range(0, n_docs, RANGE):
        n, begin, ahead = min(n_docs - low, RANGE), end, np.float32(0)
        while end < len(doc) and doc[end] < low + n:
            ahead = max(ahead, part[end])
            end += 1
        locate(lists, query, low // RANGE, room)
        most = rest[0] + ahead
        if most == 0.0 or most < bar:
            continue
        here = Range(low, n, lists.norm[low : low + n], begin, end, count < k and k * GROUP <= n)
        begin_with_parts(query, here, room.acc)
        t, touched, bar = add_essential(lists, query, here, most, bar, k, room)
        if not here.rising and touched * THIN < n:
            cut = max(np.float32((bar - rest[t]) * SLACK), SMALLEST)
            m = touched_above(lists, query, here, t, cut, room)
        else:
            t, m, bar = candidates(lists, query, here, t, bar, k, room)
            room.acc[:n] = 0
        m = complete(lists, query, here, t, m, bar, room)
        count, least, bar = collect(query, here, m, count, least, bar, k, room)
    copy(room.buffer, count, out)
    out[count:] = 0


@njit(**BARE)
def begin_with_parts(query, here, acc):  # type: ignore[no-untyped-def]
    """With fewer than k results, the bar is raised by what the accumulators hold: so they hold nothing forbidden."""
    allowed, doc, part, low = query.allowed, query.doc, query.part, here.low
    if here.rising and len(allowed) > 0:
        for d in range(here.n):
            if not allowed[low + d]:
                acc[d] = -np.inf
    for i in range(here.begin, here.end):
        acc[np.int64(doc[i]) - low] += part[i]


@njit(**BARE)
def add_essential(lists, query, here, most, bar, k, room):  # type: ignore[no-untyped-def]
    """Add up the terms that could lift a document over the bar by themselves.

    Returns how many they are, how many postings were gone through at most, and the bar.
    """
    span, rest, n_terms = room.span, room.rest, len(query.first)
    t, touched, left = 0, here.end - here.begin, np.int64(0)
    for i in range(n_terms):
        left += span[3, i] - span[2, i]
    while t < n_terms and not rest[t] < bar:
        add(lists, query, here.norm, t, bar - (most - (rest[t] - rest[t + 1])), room)
        touched += span[3, t] - span[2, t]
        left -= span[3, t] - span[2, t]
        t += 1
        longer = t < n_terms and span[3, t] - span[2, t] > k * LOOKUP
        if here.rising and longer and left > WORTH and rest[t] * 2 < rest[0] and k * GROUP * 4 < here.n:
            bar = max(bar, kth_bar(here.n, k, room))
    return t, touched, bar


@njit(**BARE)
def candidates(lists, query, here, t, bar, k, room):  # type: ignore[no-untyped-def]
    """Find the documents that could still win, after as many more terms as it pays to add up before.

    Returns how many terms were added up, how many candidates there are, and the bar.
    """
    span, rest, tops = room.span, room.rest, room.tops
    while True:
        n_next = (span[3, t] - span[2, t]) if t < len(query.first) else np.int64(1 << 62)
        # At least k remain, so that looking them up cannot pay yet.
        if not (here.rising and n_next <= k * LOOKUP):
            if here.rising:
                bar = max(bar, kth_bar(here.n, k, room))
            else:
                top_of_groups(room.acc.view(np.int32), here.n, tops[0])
            room.cell[0] = cut = max(np.float32((bar - rest[t]) * SLACK), SMALLEST)
            hits = n_groups_above(tops[0], here.n, room.cell_bits[0])
            if hits * LOOKUP < n_next:
                m = above(room.acc, tops[0], here.n, cut, room.cell_bits[0], hits, room.found, room.score)
                if m * LOOKUP < n_next:
                    return t, m, bar
        add(lists, query, here.norm, t, 0.0, room)
        t += 1


@njit(**BARE)
def complete(lists, query, here, t, m, bar, room):  # type: ignore[no-untyped-def]
    """Complete the m candidates with the terms from t on, and let go of those that cannot win any more."""
    span, rest, found, score = room.span, room.rest, room.found, room.score
    for u in range(t, len(query.first)):
        m = keep(found, score, m, np.float32((bar - rest[u]) * SLACK))
        if m * LOOKUP < (span[3, u] - span[2, u]):
            m = look_up(lists, query, here.norm, u, (bar - rest[u + 1]) * SLACK, m, room)
        elif m > 0:
            look_through(lists, query, here.norm, u, m, room)
    return m


@njit(**BARE)
def collect(query, here, m, count, least, bar, k, room):  # type: ignore[no-untyped-def]
    """Take those of the m candidates that win into the buffer. Returns how many it holds, the least key, the bar."""
    found, score, buffer, allowed, low = room.found, room.score, room.buffer, query.allowed, here.low
    score_bits = score.view(np.uint32)
    for i in range(m):
        doc = low + np.int64(found[i])
        if score[i] < bar or (len(allowed) > 0 and not allowed[doc]):
            continue
        key = (np.uint64(score_bits[i]) << np.uint64(32)) | (LOW - np.uint64(doc))
        if key > least:
            buffer[count] = key
            count += 1
            if count == len(buffer):
                least = max(least, best(buffer, count, k))
                count, bar = k, max(bar, bar_of(least, room))
    if count >= k:
        least = max(least, best(buffer, count, k))
        count, bar = k, max(bar, bar_of(least, room))
    return count, least, bar


@njit(**BARE)
def bar_of(key, room):  # type: ignore[no-untyped-def]
    """The score of a key, lowered by SLACK."""
    room.cell_bits[0] = np.int32(key >> np.uint64(32))
    return float(room.cell[0]) * SLACK


@njit(**BARE)
def kth_bar(n, k, room):  # type: ignore[no-untyped-def]
    """A score that at least k of the n documents of the range will reach, lowered by SLACK."""
    top_of_groups(room.acc.view(np.int32), n, room.tops[0])
    room.cell_bits[0] = kth_top(room.tops[0], (n + GROUP - 1) // GROUP, k, room.tops[1])
    return float(room.cell[0]) * SLACK
