"""One question over one segment, compiled: everything between its terms and its results in one call. For single.py."""

from __future__ import annotations

import numpy as np
from numba import njit

from leadline.retrieval.lexical.exhaustive import LOW, Extras, Lists, Terms
from leadline.retrieval.lexical.kernels import rank_all
from leadline.retrieval.lexical.segment import Array


def rank_one(
    lists: Lists, numbers: Array, boosts: Array, spans: Array, idf: Array, allowed: Array, n_docs: int, k: int
) -> tuple[Array, Array]:
    """One BM25 query over one segment: document numbers (int64) and scores (float32), best first, at most k.

    Term numbers[i] has idf[numbers[i]] and the blocks spans[numbers[i]]; boosts is empty (all 1) or has one each.
    """
    # Plain arrays: to look into a tuple takes numba longer than the search does.
    found: tuple[Array, Array] = _rank_single(*lists, numbers, boosts, spans, idf, allowed, n_docs, k)
    return found


@njit(cache=True, error_model="numpy")
def _rank_single(  # type: ignore[no-untyped-def]
    docs, tfs, high_at, high_tf, block_range, block_first, block_n, block_at, large_at, pair_n, pair_at, pair_tf,
    pair_len, bounds, norm, ready, flat, slope, linear,
    numbers, boosts, spans, idf, allowed, n_docs, k,
):  # fmt: skip
    n = len(numbers)
    blocks, weights = np.empty((n, 2), np.int64), np.empty(n, np.float32)
    for i in range(n):
        blocks[i, 0], blocks[i, 1] = spans[numbers[i], 0], spans[numbers[i], 1]
        weights[i] = np.float32(idf[numbers[i]] * boosts[i] if len(boosts) > 0 else idf[numbers[i]])
    at, none, floor = np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros(1, np.uint64)
    at[1] = n
    keys = np.empty((1, k), np.uint64)
    lists = Lists(
        docs, tfs, high_at, high_tf, block_range, block_first, block_n, block_at, large_at, pair_n, pair_at, pair_tf,
        pair_len, bounds, norm, ready, flat, slope, linear,
    )  # fmt: skip
    extras = Extras(none, np.empty(0, np.uint32), np.empty(0, np.float32))
    rank_all(lists, Terms(at, blocks, weights), extras, allowed, n_docs, floor, keys, 1.0)
    keys[0].sort()
    count = 0
    while count < k and keys[0, k - 1 - count] > 0:
        count += 1
    found, score_bits = np.empty(count, np.int64), np.empty(count, np.int32)
    for i in range(count):
        key = keys[0, k - 1 - i]
        found[i] = np.int64(LOW - (key & LOW))
        score_bits[i] = np.int32(key >> np.uint64(32))
    return found, score_bits.view(np.float32)
