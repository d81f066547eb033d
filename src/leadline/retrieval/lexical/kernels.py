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

WIDTH = 4096
SLACK = 1.0 - 1e-5
LOW = np.uint64(0xFFFFFFFF)


@njit(cache=True)
def rank(lists, terms, extras, allowed, n_docs, floor, out):  # type: ignore[no-untyped-def]
    """Fill out[q] with the k best keys of each query, in no order; 0 where there are fewer.

    floor[q] is a key that results must exceed; allowed is empty or says per document whether it may be found.
    """
    k = out.shape[1]
    buffer = np.empty(k + max(k, 64), np.uint64)
    acc = np.zeros(WIDTH + 1, np.float32)
    n_most = 1
    for q in range(len(out)):
        n_most = max(n_most, terms.at[q + 1] - terms.at[q])
    state = np.zeros((3, n_most), np.int64)  # per term: block, and postings [from, to) of the window
    tops = np.zeros(n_most, np.float64)
    for q in range(len(out)):
        _rank_one(lists, terms, extras, allowed, n_docs, q, floor[q], out[q], buffer, acc, state, tops)


@njit(cache=True)
def _rank_one(lists, terms, extras, allowed, n_docs, q, least, out, buffer, acc, state, tops):  # type: ignore[no-untyped-def]
    k = len(out)
    t0 = terms.at[q]
    n_terms = terms.at[q + 1] - t0
    first, end, weight = terms.first[t0 : t0 + n_terms], terms.end[t0 : t0 + n_terms], terms.weight[t0:]
    for t in range(n_terms):
        state[0, t] = first[t]
        state[2, t] = lists.block_start[first[t]]
    x, x_end = extras.at[q], extras.at[q + 1]
    x_top = 0.0
    for i in range(x, x_end):
        x_top = max(x_top, float(extras.part[i]))
    bits = acc.view(np.uint32)
    count = 0
    bits[WIDTH] = np.uint32(least >> np.uint64(32))
    bar = float(acc[WIDTH]) * SLACK
    lo = 0
    while lo < n_docs:
        hi = min(lo + WIDTH, n_docs)
        x_from = x
        while x < x_end and extras.doc[x] < hi:
            x += 1
        upper = _window_bounds(lists, end, weight, lo, hi, n_terms, state, tops)
        has_extra = x > x_from
        if upper + (x_top if has_extra else 0.0) < bar or (upper == 0.0 and not has_extra):
            lo = _next_window(lists, end, n_terms, state, hi, extras.doc[x] if x < x_end else n_docs, n_docs)
            continue
        # The tail of terms that cannot win alone.
        n_essential, rest = n_terms, 0.0
        if not has_extra:
            while n_essential > 0 and rest + tops[n_essential - 1] < bar:
                n_essential -= 1
                rest += tops[n_essential]
        else:
            while n_essential > 0 and x_top + rest + tops[n_essential - 1] < bar:
                n_essential -= 1
                rest += tops[n_essential]
        touched = x - x_from
        for i in range(x_from, x):
            acc[extras.doc[i] - lo] += extras.part[i]
        for t in range(n_essential):
            touched += _accumulate(lists, end[t], weight[t], lo, hi, t, state, acc)
        # Who could win: all of the window if much of it was touched, else the touched documents again.
        t, i, stop = -1, 0, hi - lo
        dense = touched * 3 > hi - lo
        low = lo & 0xFFFF
        if not dense:
            i, stop = x_from, x
        while True:
            if i >= stop:
                if dense or t + 1 >= n_essential:
                    break
                t += 1
                i, stop = state[1, t], state[2, t]
                continue
            if dense:
                d = np.int64(i)
            elif t < 0:
                d = np.int64(extras.doc[i]) - lo
            else:
                d = np.int64(lists.docs[i]) - low
            i += 1
            score = acc[d]
            if score == 0:
                continue
            acc[d] = 0
            if score + rest < bar or (len(allowed) > 0 and not allowed[lo + d]):
                continue
            score = _complete(lists, end, weight, lo + d, score, rest, bar, n_essential, n_terms, state, tops)
            acc[WIDTH] = score
            key = (np.uint64(bits[WIDTH]) << np.uint64(32)) | (LOW - np.uint64(lo + d))
            if key > least:
                buffer[count] = key
                count += 1
                if count == len(buffer):
                    _select(buffer, count, k)
                    count = k
                    least = buffer[:k].min()
                    bits[WIDTH] = np.uint32(least >> np.uint64(32))
                    bar = float(acc[WIDTH]) * SLACK
        lo = hi
    if count > k:
        _select(buffer, count, k)
        count = k
    out[:count] = buffer[:count]
    out[count:] = 0


@njit(cache=True)
def _window_bounds(lists, end, weight, lo, hi, n_terms, state, tops):  # type: ignore[no-untyped-def]
    """Move every term to its first block for the window and bound what it can add. Returns the sum."""
    total = 0.0
    for t in range(n_terms):
        j, stop = state[0, t], end[t]
        while j + 1 < stop and lists.block_first[j + 1] <= lo:
            j += 1
        state[0, t] = j
        top = np.float32(0)
        while j < stop and lists.block_first[j] < hi:
            top = max(top, lists.bounds[j])
            j += 1
        tops[t] = weight[t] * top
        total += tops[t]
    return total


@njit(cache=True)
def _next_window(lists, end, n_terms, state, hi, x_doc, n_docs):  # type: ignore[no-untyped-def]
    """The start of the next window in which any term or extra has something."""
    nearest = min(np.int64(x_doc), np.int64(n_docs))
    for t in range(n_terms):
        j = state[0, t]
        if j < end[t]:
            if j + 1 < end[t] and lists.block_first[j] < hi:
                # Blocks of this window are bounded together: the next window starts right after it.
                return hi
            if lists.block_first[j] >= hi:
                nearest = min(nearest, np.int64(lists.block_first[j]))
            elif lists.docs[lists.block_start[j + 1] - 1] + (np.int64(lists.block_first[j]) & ~0xFFFF) >= hi:
                return hi
            else:
                state[0, t] = end[t]
    return max(hi, nearest // WIDTH * WIDTH)


@njit(cache=True)
def _accumulate(lists, stop, weight, lo, hi, t, state, acc):  # type: ignore[no-untyped-def]
    """Add a term's parts to the accumulators of the window; its postings go to state[1:, t]."""
    low = lo & 0xFFFF
    high = low + (hi - lo)
    base = lo - low
    j, i = state[0, t], state[2, t]
    began = np.int64(-1)
    while j < stop and lists.block_first[j] < hi:
        if (np.int64(lists.block_first[j]) >> 16) == (lo >> 16):
            i = max(i, np.int64(lists.block_start[j]))
            until = np.int64(lists.block_start[j + 1])
            while i < until and lists.docs[i] < low:
                i += 1
            if began < 0:
                began = i
            while i < until:
                d = np.int64(lists.docs[i])
                if d >= high:
                    break
                acc[d - low] += _part(lists, weight, i, base + d)
                i += 1
        j += 1
    state[1, t] = i if began < 0 else began
    state[2, t] = i
    return i - state[1, t]


@njit(cache=True)
def _part(lists, weight, i, doc):  # type: ignore[no-untyped-def]
    tf = np.float32(lists.tfs[i])
    if lists.linear:
        return weight * tf
    return weight * (tf / (tf + lists.norm[doc]))


@njit(cache=True)
def _complete(lists, end, weight, doc, score, rest, bar, n_essential, n_terms, state, tops):  # type: ignore[no-untyped-def]
    """Add the non-essential terms' parts, giving up (with 0) as soon as the document cannot win."""
    for t in range(n_essential, n_terms):
        if score + rest < bar:
            return np.float32(0)
        rest -= tops[t]
        if tops[t] == 0.0:
            continue
        j, stop = state[0, t], end[t]
        while j + 1 < stop and lists.block_first[j + 1] <= doc:
            j += 1
        if (np.int64(lists.block_first[j]) >> 16) != (doc >> 16):
            continue
        wanted = doc & 0xFFFF
        low, high = np.int64(lists.block_start[j]), np.int64(lists.block_start[j + 1])
        while high - low > 1:
            middle = (low + high) >> 1
            if lists.docs[middle] <= wanted:
                low = middle
            else:
                high = middle
        if lists.docs[low] == wanted:
            score += _part(lists, weight[t], low, doc)
    return score


@njit(cache=True)
def _select(keys, n, k):  # type: ignore[no-untyped-def]
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
