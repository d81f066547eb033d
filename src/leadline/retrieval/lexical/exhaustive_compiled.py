"""Compiled exhaustive scoring: every posting is added up, the best are picked. Needs numba.

For small collections, and for long or common queries over larger ones, this beats looking for what can be skipped.
Documents go in ranges of 65,536, whose accumulators stay in the processor's cache; inside a range the postings of
a term lie together.
"""

from __future__ import annotations

import numpy as np
from numba import njit

RANGE = 1 << 16
GROUP = 64
"""Accumulators that are looked at together: only groups whose best can still win are looked into."""
CHUNK = 256
LOW = np.uint64(0xFFFFFFFF)
_UP = np.uint64(32)


@njit(cache=True)
def rank_dense(  # type: ignore[no-untyped-def]
    docs, tfs, block_first, block_start, norm, ready, linear, first, end, weight,
    x_doc, x_part, allowed, n_docs, least, out, block, acc, buffer,
):  # fmt: skip
    """As `kernels.rank` for one query. acc is all zero before and after; block is room for a number per term."""
    k, count, x = len(out), 0, 0
    least = max(least, LOW)  # a score of 0 is no result
    tops = np.empty(-(-min(n_docs, RANGE) // GROUP), np.uint64)
    for t in range(len(first)):
        block[t] = first[t]
    for lo in range(0, n_docs, RANGE):
        n = min(n_docs - lo, RANGE)
        while x < len(x_doc) and x_doc[x] < lo + n:
            acc[np.int64(x_doc[x]) - lo] += x_part[x]
            x += 1
        for t in range(len(first)):
            j = block[t]
            while j < end[t] and block_first[j] < lo + n:
                j += 1
            low, high = np.int64(block_start[block[t]]), np.int64(block_start[j])
            block[t] = j
            _add(docs, tfs, norm, ready, linear, weight[t], lo, low, high, acc)
        if len(allowed) > 0:
            for d in range(n):
                if not allowed[lo + d]:
                    acc[d] = 0
        n_groups = _tops(acc, n, tops)
        if lo == 0 and k < n_groups:
            # k groups have a document at least as good as the k-th best top.
            best = tops[:n_groups].copy()
            select(best, n_groups, k)
            least = max(least, best[:k].min())
        count, least = _pick(acc, lo, n, tops, least, buffer, count, k)
        acc[:n] = 0
    if count > k:
        select(buffer, count, k)
        count = k
    out[:count] = buffer[:count]
    out[count:] = 0


@njit(cache=True)
def _add(docs, tfs, norm, ready, linear, weight, lo, low, high, acc):  # type: ignore[no-untyped-def]
    if len(ready) > 0:
        for i in range(low, high):
            acc[docs[i]] += weight * ready[i]
    elif linear:
        for i in range(low, high):
            acc[docs[i]] += weight * np.float32(tfs[i])
    else:
        some = np.empty(CHUNK, np.float32)
        for at in range(low, high, CHUNK):
            n = min(CHUNK, high - at)
            for i in range(n):  # apart from the adding up, so that it runs as vector code
                tf = np.float32(tfs[at + i])
                some[i] = weight * (tf / (tf + norm[lo + np.int64(docs[at + i])]))
            for i in range(n):
                acc[docs[at + i]] += some[i]


@njit(cache=True)
def _tops(acc, n, tops):  # type: ignore[no-untyped-def]
    """The best score of each group of accumulators, as the upper half of a key. Returns how many groups."""
    bits = acc.view(np.uint32)  # ordered as the scores are, these being positive
    n_groups = (n + GROUP - 1) // GROUP
    for g in range(n_groups):
        top = np.uint32(0)
        for score in bits[g * GROUP : (g + 1) * GROUP]:
            top = max(top, score)
        tops[g] = np.uint64(top) << _UP
    return n_groups


@njit(cache=True)
def _pick(acc, lo, n, tops, least, buffer, count, k):  # type: ignore[no-untyped-def]
    """Put the keys above `least` into the buffer; whenever it is full, all but the k best leave it."""
    bits = acc.view(np.uint32)
    for g in range((n + GROUP - 1) // GROUP):
        if tops[g] | LOW <= least:
            continue
        for d in range(g * GROUP, min(n, (g + 1) * GROUP)):
            key = (np.uint64(bits[d]) << _UP) | (LOW - np.uint64(lo + d))
            if key > least:
                buffer[count] = key
                count += 1
                if count == len(buffer):
                    select(buffer, count, k)
                    count = k
                    least = buffer[:k].min()
    return count, least


@njit(cache=True)
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
