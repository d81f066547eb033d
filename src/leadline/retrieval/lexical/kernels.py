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

from leadline.retrieval.lexical.exhaustive import Extras, Lists, Terms
from leadline.retrieval.lexical.exhaustive_compiled import GROUP, LOW, RANGE, rank_dense, select
from leadline.retrieval.lexical.segment import Array
from leadline.retrieval.lexical.windows import (
    WIDTH,
    accumulate,
    complete,
    gather_touched,
    gather_window,
    next_window,
    window_bounds,
)

DENSE = 1 << 17
"""Documents of a segment up to which every posting is scored: faster than skipping at 86,000, for k 10 to 1000."""
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
    state = np.zeros((3, n_most), np.int64)  # see windows.py
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
        upper = window_bounds(block_first, bounds, end, weight, lo, hi, n_terms, state, tops)
        ahead = most_extra if x > x_from else 0.0
        if upper + ahead < bar * over or upper + ahead == 0.0:
            nearest = np.int64(x_doc[x]) if x < n_extra else np.int64(n_docs)
            lo = next_window(docs, block_first, block_start, end, n_terms, state, hi, nearest)
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
            accumulate(
                docs, tfs, block_first, block_start, norm, ready, linear, end[t], weight[t], lo, hi, t, state, acc
            )  # fmt: skip
            touched += state[2, t] - state[1, t]
        cut = max(np.float32((bar - rest) * SLACK), SMALLEST)
        if touched * 4 > hi - lo:
            n_found = gather_window(acc, hi - lo, cut, found, score)
        else:
            n_found = gather_touched(acc, docs, x_doc, x_from, x, lo, n_essential, state, cut, found, score)
        for i in range(n_found):
            doc = lo + found[i]
            total = score[i]
            if total + rest < bar or (len(allowed) > 0 and not allowed[doc]):
                continue
            if n_essential < n_terms:
                total = complete(
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
