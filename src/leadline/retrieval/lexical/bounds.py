"""What the postings of a term can add to a score at most, compiled: computed when a term is first asked for."""

from __future__ import annotations

import numpy as np
from numba import njit

from leadline.retrieval.lexical.bare import BARE
from leadline.retrieval.lexical.frequency_kernels import frequency, total_before
from leadline.retrieval.lexical.segment import FEW, RANGE_BITS
from leadline.retrieval.lexical.sums import STEP

UNITS = 65_535
"""Bounds of BM25 are counted in parts of 1 / UNITS; those of impacts are impacts."""


@njit(**BARE)
def prepare(lists, first, end):  # type: ignore[no-untyped-def]
    """What k1 and b make of a term's blocks [first, end) and, where those are kept, of its postings."""
    bounds, block_n, pair_n = lists.bounds, lists.block_n, lists.pair_n
    if end <= first or bounds[first] > 0:
        return
    at = total_before(block_n, lists.block_at, first)
    large, pair = lists.large_at[first // STEP], np.int64(lists.pair_at[first // STEP])
    for j in range(first - first % STEP, first):
        if block_n[j] > FEW:
            pair += pair_n[large]
            large += 1
    for j in range(first, end):
        top, n = np.float32(0), block_n[j]
        if n > FEW:
            stop = pair + pair_n[large]
            top, pair, large = top_of_pairs(lists, pair, stop), stop, large + 1
        if n <= FEW or len(lists.ready) > 0:
            top = max(top, top_of_postings(lists, j, at, at + n))
        at += n
        bounds[j] = np.uint16(min(np.ceil(np.float64(top) * UNITS), UNITS))


@njit(**BARE)
def top_of_pairs(lists, begin, stop):  # type: ignore[no-untyped-def]
    """The largest part among pairs of a frequency and the shortest document that has it."""
    top, pair_tf, pair_len, flat, slope = (
        np.float32(0),
        lists.pair_tf,
        lists.pair_len,
        lists.flat,
        lists.slope,
    )
    for p in range(begin, stop):
        tf = np.float32(pair_tf[p])
        top = max(top, tf / (tf + np.float32(flat + slope * np.float64(pair_len[p]))))
    return top


@njit(**BARE)
def top_of_postings(lists, block, low, high):  # type: ignore[no-untyped-def]
    """The largest part among postings [low, high) of a block; all are kept where there is room."""
    top, base = np.float32(0), np.int64(lists.block_range[block]) << RANGE_BITS
    docs, norm, ready = lists.docs, lists.norm, lists.ready
    tfs, high_at, high_tf = lists.tfs, lists.high_at, lists.high_tf
    for i in range(low, high):
        tf = frequency(tfs, high_at, high_tf, i)
        part = tf / (tf + norm[base + np.int64(docs[i])])
        top = max(top, part)
        if len(ready) > 0:
            ready[i] = part
    return top
