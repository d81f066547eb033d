"""Compiled search: MaxScore over ranges of documents. Needs numba; exhaustive.py does not.

Terms are kept in one order everywhere, largest weight first. In each range of 65,536 documents they are added up
in that order, the postings of a term one after the other, into accumulators that stay in the processor's cache. As
soon as the remaining terms together cannot lift a document over the k-th score, they are non-essential (Turtle and
Flood, "Query evaluation: strategies and optimizations", 1995): only documents that could still win are completed
with them. Ranges nobody can win in are skipped unread, and so are single blocks of postings.

Exact: a sum is always taken in the order of the terms, in float32, so the scores are those of exhaustive.py to
the bit; bounds are loosened by SLACK for rounding.

Importing this module takes over a second: see engine.py for when.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from leadline.retrieval.lexical.best import GROUP, above, best, kth_top, n_groups_above, top_of_groups
from leadline.retrieval.lexical.exhaustive import Extras, Lists, Terms
from leadline.retrieval.lexical.frequency_kernels import ROOM, total_before
from leadline.retrieval.lexical.ranges import (
    UNITS,
    add,
    keep,
    locate,
    look_through,
    look_up,
    prepare,
    touched_above,
)
from leadline.retrieval.lexical.segment import RANGE_BITS, Array

RANGE = 1 << RANGE_BITS
LOW = np.uint64(0xFFFFFFFF)
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


def rank(
    lists: Lists,
    terms: Terms,
    extras: Extras,
    allowed: Array,
    n_docs: int,
    floor: Array,
    out: Array,
    over: float = 1.0,
) -> None:
    """Fill out[q] with the k best keys of each query, in no order; 0 where there are fewer.

    floor[q] is a key that results must exceed; allowed is empty or says per document whether it may be found.
    over = 1 is exact; above, bounds are taken for so many times less: what no document comes near is not read.
    """
    # Plain arrays: numba counts references of tuples each time, and its cache would name our classes.
    rank_arrays(*lists, *terms, *extras, allowed, n_docs, floor, out, over)


@njit(cache=True, error_model="numpy")
def rank_arrays(  # type: ignore[no-untyped-def]
    docs, tfs, high_at, high_tf, block_range, block_first, block_n, block_at, large_at, pair_n, pair_at, pair_tf,
    pair_len, bounds, norm, ready, flat, slope, linear,
    at, blocks, weights, x_at, x_doc, x_part, allowed, n_docs, floor, out, over,
):  # fmt: skip
    firsts, ends = blocks[:, 0].copy(), blocks[:, 1].copy()
    scales = weights / np.float32(over if linear else over * UNITS)
    n_most = 1
    for q in range(len(out)):
        n_most = max(n_most, at[q + 1] - at[q])
        for t in range(at[q], at[q + 1]):
            prepare(
                docs, tfs, high_at, high_tf, block_range, block_n, block_at, large_at, pair_n, pair_at, pair_tf,
                pair_len, bounds, norm, ready, flat, slope, firsts[t], ends[t],
            )  # fmt: skip
    k = out.shape[1]
    width = -(-min(n_docs, RANGE) // GROUP) * GROUP
    span = np.empty((4, n_most), np.int64)
    rest = np.empty(n_most + 1, np.float64)
    acc = np.zeros(width, np.float32)
    tops = np.empty((2, width // GROUP), np.int32)
    found = np.empty(width + 1, np.int32)
    score = np.empty(width + 1, np.float32)
    where = np.empty(width + 1, np.int32)
    room = np.empty(ROOM + 2, np.float32)
    cell = np.empty(1, np.float32)
    buffer = np.empty(k + max(k, 64), np.uint64)
    for q in range(len(out)):
        mine = slice(at[q], at[q + 1])
        extra = slice(x_at[q], x_at[q + 1])
        _rank_one(
            docs, tfs, high_at, high_tf, block_range, block_first, block_n, block_at, bounds, norm, ready, linear,
            firsts[mine], ends[mine], weights[mine], scales[mine],
            x_doc[extra], x_part[extra], allowed, n_docs, floor[q], out[q],
            span, rest, acc, tops, found, score, where, room, cell, buffer,
        )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _rank_one(  # type: ignore[no-untyped-def]
    docs, tfs, high_at, high_tf, block_range, block_first, block_n, block_at, bounds, norm, ready, linear, first, end,
    weight, scale, x_doc, x_part, allowed, n_docs, least, out,
    span, rest, acc, tops, found, score, where, room, cell, buffer,
):  # fmt: skip
    k, n_terms, n_extra = len(out), len(first), len(x_doc)
    cell_bits = cell.view(np.int32)  # turns scores into the bits of keys, and back
    for t in range(n_terms):
        span[1, t], span[3, t] = first[t], total_before(block_n, block_at, first[t])
    bar = _bar(least, cell, cell_bits)
    count, x = 0, 0
    for lo in range(0, n_docs, RANGE):
        n = min(n_docs - lo, RANGE)
        x_from, ahead = x, np.float32(0)
        while x < n_extra and x_doc[x] < lo + n:
            ahead = max(ahead, x_part[x])
            x += 1
        locate(block_range, block_n, bounds, end, scale, lo // RANGE, n_terms, span, rest)
        most = rest[0] + ahead
        if most == 0.0 or most < bar:
            continue
        # With fewer than k results, the bar is raised by what the accumulators hold: so they hold nothing forbidden.
        rising = count < k and k * GROUP <= n
        if rising and len(allowed) > 0:
            for d in range(n):
                if not allowed[lo + d]:
                    acc[d] = -np.inf
        for i in range(x_from, x):
            acc[np.int64(x_doc[i]) - lo] += x_part[i]
        in_range = norm[lo : lo + n]
        t, touched, left = 0, x - x_from, np.int64(0)
        for i in range(n_terms):
            left += span[3, i] - span[2, i]
        while t < n_terms and not rest[t] < bar:
            enough = bar - (most - (rest[t] - rest[t + 1]))
            add(
                docs, tfs, high_at, high_tf, bounds, in_range, ready, linear, weight[t], scale[t], span, t,
                enough, acc, room,
            )  # fmt: skip
            touched += span[3, t] - span[2, t]
            left -= span[3, t] - span[2, t]
            t += 1
            longer = t < n_terms and span[3, t] - span[2, t] > k * LOOKUP
            if rising and longer and left > WORTH and rest[t] * 2 < rest[0] and k * GROUP * 4 < n:
                bar = max(bar, _kth(acc, n, tops, k, cell, cell_bits))
        if not rising and touched * THIN < n:
            cut = max(np.float32((bar - rest[t]) * SLACK), SMALLEST)
            m = touched_above(acc, docs, x_doc, x_from, x, lo, t, span, cut, found, score)
        else:
            while True:
                n_next = (span[3, t] - span[2, t]) if t < n_terms else np.int64(1 << 62)
                if (
                    rising and n_next <= k * LOOKUP
                ):  # at least k remain, so that looking them up cannot pay yet
                    add(
                        docs, tfs, high_at, high_tf, bounds, in_range, ready, linear, weight[t], scale[t], span, t,
                        0.0, acc, room,
                    )  # fmt: skip
                    t += 1
                    continue
                if rising:
                    bar = max(bar, _kth(acc, n, tops, k, cell, cell_bits))
                else:
                    top_of_groups(acc.view(np.int32), n, tops[0])
                cell[0] = cut = max(np.float32((bar - rest[t]) * SLACK), SMALLEST)
                hits = n_groups_above(tops[0], n, cell_bits[0])
                if hits * LOOKUP < n_next:
                    m = above(acc, tops[0], n, cut, cell_bits[0], hits, found, score)
                    if m * LOOKUP < n_next:
                        break
                add(
                    docs, tfs, high_at, high_tf, bounds, in_range, ready, linear, weight[t], scale[t], span, t,
                    0.0, acc, room,
                )  # fmt: skip
                t += 1
            acc[:n] = 0
        for u in range(t, n_terms):
            m = keep(found, score, m, np.float32((bar - rest[u]) * SLACK))
            if m * LOOKUP < (span[3, u] - span[2, u]):
                enough = (bar - rest[u + 1]) * SLACK
                m = look_up(
                    docs, tfs, high_at, high_tf, block_first, bounds, in_range, ready, linear,
                    weight[u], scale[u], span, u, enough, found, score, m, where,
                )  # fmt: skip
            elif m > 0:
                look_through(
                    docs, tfs, high_at, high_tf, in_range, ready, linear, weight[u], span, u,
                    acc, found, score, m, room,
                )  # fmt: skip
        for i in range(m):
            doc = lo + np.int64(found[i])
            if score[i] < bar or (len(allowed) > 0 and not allowed[doc]):
                continue
            cell[0] = score[i]
            key = (np.uint64(np.uint32(cell_bits[0])) << np.uint64(32)) | (LOW - np.uint64(doc))
            if key > least:
                buffer[count] = key
                count += 1
                if count == len(buffer):
                    least = max(least, best(buffer, count, k))
                    count, bar = k, max(bar, _bar(least, cell, cell_bits))
        if count >= k:
            least = max(least, best(buffer, count, k))
            count, bar = k, max(bar, _bar(least, cell, cell_bits))
    out[:count] = buffer[:count]
    out[count:] = 0


@njit(cache=True, error_model="numpy")
def _bar(key, cell, cell_bits):  # type: ignore[no-untyped-def]
    """The score of a key, lowered by SLACK."""
    cell_bits[0] = np.int32(key >> np.uint64(32))
    return float(cell[0]) * SLACK


@njit(cache=True, error_model="numpy")
def _kth(acc, n, tops, k, cell, cell_bits):  # type: ignore[no-untyped-def]
    """A score that at least k documents of the range will reach, lowered by SLACK."""
    top_of_groups(acc.view(np.int32), n, tops[0])
    cell_bits[0] = kth_top(tops[0], (n + GROUP - 1) // GROUP, k, tops[1])
    return float(cell[0]) * SLACK
