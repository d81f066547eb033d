"""Compiled search: MaxScore over windows of documents, with block bounds. Needs numba; exhaustive.py does not.

The document numbers are cut into windows. In each window every term has a bound: the largest block bound that
reaches into it. Terms are kept in one order everywhere (largest weight first), so the terms whose bounds together
cannot lift a document over the k-th score so far, the non-essential ones (Turtle and Flood, "Query evaluation:
strategies and optimizations", 1995), are a tail of that order. Essential terms are added up in a small
accumulator; only documents that could still win are looked up in the others. Windows nobody can win in are
skipped unread.

Exact: a sum is always taken in the order of the terms, in float32, so the scores are those of exhaustive.py to
the bit; bounds are loosened by SLACK for rounding. A result is one integer key, score bits above, complement
of the document number below: larger is better, and equal scores go to the smaller number (the smaller id).

Importing this module takes over a second: see engine.py for when.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from leadline.retrieval.lexical.dense import GROUP, RANGE, rank_dense, select
from leadline.retrieval.lexical.exhaustive import Extras, Lists, Terms
from leadline.retrieval.lexical.postings import BLOCK
from leadline.retrieval.lexical.segment import Array

WIDTH = 4096
LOOKUP = 16
"""Looking a document up in a list costs about as much as adding up so many postings of it."""
DENSE = 1 << 17
"""Documents of a segment up to which every posting is scored: faster than skipping at 86,000, for k 10 to 1000."""
SMALLEST = np.float32(1e-38)
SLACK = 1.0 - 1e-5
LOW = np.uint64(0xFFFFFFFF)


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
    over = 1 is exact; above, windows and terms must promise so many times the k-th score to be read.
    """
    # Plain arrays: numba counts references of tuples each time, and its cache would name our classes.
    _rank(*lists, *terms, *extras, allowed, n_docs, floor, out, over)


@njit(cache=True)
def _rank(  # type: ignore[no-untyped-def]
    docs, tfs, block_first, block_start, bounds, norm, ready, linear, at, blocks, weights,
    x_at, x_doc, x_part, allowed, n_docs, floor, out, over,
):  # fmt: skip
    firsts, ends = blocks[:, 0].copy(), blocks[:, 1].copy()
    k = out.shape[1]
    n_most = 1
    for q in range(len(out)):
        n_most = max(n_most, at[q + 1] - at[q])
    # per term: block, postings [from, to) of the window, at most so many
    state = np.zeros((4, n_most), np.int64)
    tops = np.zeros(n_most, np.float64)
    acc = np.zeros(max(WIDTH, -(-min(n_docs, RANGE) // GROUP) * GROUP), np.float32)
    found = np.empty(WIDTH, np.int64)
    score = np.empty(WIDTH + 1, np.float32)  # the last place turns keys into scores and back
    buffer = np.empty(k + max(k, 64), np.uint64)
    for q in range(len(out)):
        mine = slice(at[q], at[q + 1])
        extra = slice(x_at[q], x_at[q + 1])
        if over == 1.0 and n_docs <= DENSE:
            rank_dense(
                docs, tfs, block_first, block_start, norm, ready, linear, firsts[mine], ends[mine], weights[mine],
                x_doc[extra], x_part[extra], allowed, n_docs, floor[q], out[q], state[0], acc, buffer,
            )  # fmt: skip
            continue
        _rank_one(
            docs, tfs, block_first, block_start, bounds, norm, ready, linear, firsts[mine], ends[mine], weights[mine],
            x_doc[extra], x_part[extra], allowed, n_docs, floor[q], over, out[q],
            state, tops, acc, found, score, buffer,
        )  # fmt: skip


@njit(cache=True)
def _rank_one(  # type: ignore[no-untyped-def]
    docs, tfs, block_first, block_start, bounds, norm, ready, linear, first, end, weight,
    x_doc, x_part, allowed, n_docs, least, over, out, state, tops, acc, found, score, buffer,
):  # fmt: skip
    k, n_terms, n_extra = len(out), len(first), len(x_doc)
    for t in range(n_terms):
        state[0, t] = first[t]
        state[2, t] = block_start[first[t]]
    most_extra = 0.0
    for i in range(n_extra):
        most_extra = max(most_extra, float(x_part[i]))
    bits = score.view(np.uint32)
    bits[WIDTH] = np.uint32(least >> np.uint64(32))
    bar = float(score[WIDTH]) * SLACK
    count, lo, x = 0, 0, 0
    while lo < n_docs:
        hi = min(lo + WIDTH, n_docs)
        x_from = x
        while x < n_extra and x_doc[x] < hi:
            x += 1
        upper = _window_bounds(block_first, bounds, end, weight, lo, hi, n_terms, state, tops)
        ahead = most_extra if x > x_from else 0.0
        if upper + ahead < bar * over or upper + ahead == 0.0:
            nearest = np.int64(x_doc[x]) if x < n_extra else np.int64(n_docs)
            lo = _next_window(docs, block_first, block_start, end, n_terms, state, hi, nearest)
            continue
        # The tail of terms that cannot win alone.
        n_essential, rest = n_terms, 0.0
        while n_essential > 0 and ahead + rest + tops[n_essential - 1] < bar * over:
            n_essential -= 1
            rest += tops[n_essential]
        touched = x - x_from
        for i in range(x_from, x):
            acc[np.int64(x_doc[i]) - lo] += x_part[i]
        for t in range(n_essential):
            _accumulate(
                docs,
                tfs,
                block_first,
                block_start,
                norm,
                ready,
                linear,
                end[t],
                weight[t],
                lo,
                hi,
                t,
                state,
                acc,
            )
            touched += state[2, t] - state[1, t]
        cut = max(np.float32((bar - rest) * SLACK), SMALLEST)
        if touched * 4 > hi - lo:
            n_found = _gather_window(acc, hi - lo, cut, found, score)
        else:
            n_found = _gather_touched(acc, docs, x_doc, x_from, x, lo, n_essential, state, cut, found, score)
        for i in range(n_found):
            doc = lo + found[i]
            total = score[i]
            if total + rest < bar or (len(allowed) > 0 and not allowed[doc]):
                continue
            if n_essential < n_terms:
                total = _complete(
                    docs, tfs, block_first, block_start, norm, ready, linear, end, weight, doc, total, rest, bar,
                    n_essential, n_terms, state, tops,
                )  # fmt: skip
            score[WIDTH] = total
            key = (np.uint64(bits[WIDTH]) << np.uint64(32)) | (LOW - np.uint64(doc))
            if key > least:
                buffer[count] = key
                count += 1
                if count == len(buffer):
                    select(buffer, count, k)
                    count = k
                    least = buffer[:k].min()
                    bits[WIDTH] = np.uint32(least >> np.uint64(32))
                    bar = float(score[WIDTH]) * SLACK
        lo = hi
    if count > k:
        select(buffer, count, k)
        count = k
    out[:count] = buffer[:count]
    out[count:] = 0


@njit(cache=True)
def _gather_window(acc, n, cut, found, score):  # type: ignore[no-untyped-def]
    """The documents of a well-filled window with at least `cut`, and their scores. Empties the accumulators."""
    m = 0
    for d in range(n):
        found[m] = d
        score[m] = acc[d]
        m += acc[d] >= cut
    acc[:n] = 0
    return m


@njit(cache=True)
def _gather_touched(acc, docs, x_doc, x_from, x_to, lo, n_essential, state, cut, found, score):  # type: ignore[no-untyped-def]
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
def _window_bounds(block_first, bounds, end, weight, lo, hi, n_terms, state, tops):  # type: ignore[no-untyped-def]
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
        state[3, t] = (j - state[0, t]) * BLOCK
        tops[t] = weight[t] * top
        total += tops[t]
    return total


@njit(cache=True)
def _next_window(docs, block_first, block_start, end, n_terms, state, hi, nearest):  # type: ignore[no-untyped-def]
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
def _accumulate(  # type: ignore[no-untyped-def]
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
def _complete(  # type: ignore[no-untyped-def]
    docs,
    tfs,
    block_first,
    block_start,
    norm,
    ready,
    linear,
    end,
    weight,
    doc,
    score,
    rest,
    bar,
    n_essential,
    n_terms,
    state,
    tops,
):
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
