"""Attention of one new token per row over its prompt and what it said so far (numba, float32).

R rows, B of them at a time, C channels, H heads, D head size, L layers, U prompts of P tokens at most, N new tokens.
Keys of prompts are cached transposed: rows that share one meet it in one product. What a row said itself lies as it
came, and meets its query a vector of tokens at a time.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from leadline.train.policies.arrays import Array
from leadline.train.policies.compiled import COMPILED
from leadline.train.policies.emit import LANES
from leadline.train.policies.tiles import TALLEST, WIDTH, address, blocked, meet, number_stride
from leadline.train.policies.vectors import (
    exponential,
    from_lane,
    larger,
    largest,
    load,
    spread,
    store,
    total,
)


class Cache(NamedTuple):
    """Each row's prompt and its length [R]; keys and values, of prompts [L, U, H, D, P as whole vectors] and
    [L, U, P, C], of what is said in a line [L, B, N, C] each. Behind the values lie some more numbers."""

    owner: Array
    length: Array
    prompt_keys: Array
    prompt_values: Array
    keys: Array
    values: Array


def score_width(longest: int, new: int) -> int:
    """Numbers that the scores of one row need: of a prompt, and of what is said."""
    return 2 * LANES + longest + new


@njit(**COMPILED)
def remember(
    qkv: Array, first: Array, length: Array, heads: int, keys: Array, values: Array, low: int
) -> None:
    """Keep one layer's keys [U, H, D, P], 0 behind a prompt's end, and values [U, P, C] of prompts low, low + 1, ...:
    length[i] tokens of qkv [n, 3C] from first[i] on."""
    channels = values.shape[2]
    size = channels // heads
    keys[low : low + len(first)] = 0
    for i in range(len(first)):
        for s in range(length[i]):
            row, value = qkv[first[i] + s], values[low + i, s]
            for h in range(heads):
                key = keys[low + i, h]
                for d in range(size):
                    key[d, s] = row[channels + h * size + d]
            value[:] = row[2 * channels :]


@njit(**COMPILED)
def softmax(x: int, n: int, begin: int, more: int, shrink: float) -> None:
    """Of the n numbers at address x and the `more` from `begin` on, times shrink, in place; 0 between and behind.

    `begin` is a whole number of vectors, and so is what is written.
    """
    zero, unseen, factor, end = spread(np.float32(0)), spread(np.float32(-1e30)), spread(shrink), begin + more
    most, sums = unseen, zero
    for at in range(0, end, LANES):
        stop, some = n if at < begin else end, load(x + 4 * at)
        most = larger(some if at + LANES <= stop else from_lane(unseen, stop - at, some), most)
    top = spread(largest(most))
    for at in range(0, end, LANES):
        stop, share = n if at < begin else end, exponential((load(x + 4 * at) - top) * factor)
        share = share if at + LANES <= stop else from_lane(zero, stop - at, share)
        store(share, x + 4 * at)
        sums = sums + share
    inverse = spread(np.float32(1) / total(sums))
    for at in range(0, end, LANES):
        store(load(x + 4 * at) * inverse, x + 4 * at)


@njit(**COMPILED)
def keep(qkv: Array, cache: Cache, layer: int, line: Array, slot: Array) -> None:
    """Keys and values of this token, number slot[i] of line[i] of the cache, from qkv [B, 3C]."""
    channels = cache.keys.shape[3]
    for i in range(len(line)):
        key, value, mine = cache.keys[layer, line[i], slot[i]], cache.values[layer, line[i], slot[i]], qkv[i]
        for j in range(channels):
            key[j], value[j] = mine[channels + j], mine[2 * channels + j]


@njit(**COMPILED)
def meet_keys(query: Array, keys: Array, out: Array) -> None:
    """Inner products of a query [D] with keys [n, D]; out has room for whole vectors."""
    n, size = keys.shape
    for low in range(0, n, LANES):
        if size >= LANES:
            last, there = min(LANES, n - low) - 1, address(out) + 4 * low
            meet(address(query), size, address(keys[low:]), number_stride(keys, 0), last, there)
        else:
            for i in range(low, min(n, low + LANES)):
                out[i] = 0
                for d in range(size):
                    out[i] += query[d] * keys[i, d]


@njit(**COMPILED)
def attend(
    qkv: Array, cache: Cache, layer: int, row: Array, line: Array, slot: Array, score: Array, out: Array
) -> None:  # fmt: skip
    """Keep this token's keys and values, and attend to the row's prompt and own tokens.

    Rotated qkv [B, 3C] and out [B, C], with a vector of room behind each, of row[i], whose own tokens are in line[i] of
    the cache, this one at slot[i]; `score` as `score_width` says, [B, ...], is overwritten. Neighbours with one prompt
    read it once.
    """
    keep(qkv, cache, layer, line, slot)
    heads, size, longest = cache.prompt_keys.shape[2], cache.prompt_keys.shape[3], cache.prompt_keys.shape[4]
    channels, wide, to = heads * size, (size + LANES - 1) // LANES * LANES, number_stride(out, 0)
    shrink, scores, per_score, low = np.float32(1.0 / math.sqrt(size)), address(score), score.shape[1], 0
    while low < len(row):
        u, high = cache.owner[row[low]], low + 1
        while high < len(row) and high - low < TALLEST and cache.owner[row[high]] == u:
            high += 1
        n, rows = cache.length[row[low]], high - low
        begin = (n + LANES - 1) // LANES * LANES
        old_keys, old_values = address(cache.prompt_keys[layer, u]), address(cache.prompt_values[layer, u])
        for h in range(heads):
            at = 4 * h * size
            query, seen = address(qkv) + 12 * low * channels + at, address(out) + 4 * low * to + at
            keys = old_keys + at * longest
            blocked(False, query, 3 * channels, 1, keys, longest, WIDTH, scores, per_score, rows, begin, size)
            for i in range(low, high):
                mine, here = scores + 4 * (i - low) * per_score, slice(h * size, h * size + size)
                meet_keys(
                    qkv[i, here], cache.keys[layer, line[i], : slot[i] + 1, here], score[i - low, begin:]
                )
                softmax(mine, n, begin, slot[i] + 1, shrink)
            blocked(False, scores, per_score, 1, old_values + at, channels, WIDTH, seen, to, rows, wide, n)
            for i in range(low, high):
                mine, own = scores + 4 * (i - low) * per_score, address(cache.values[layer, line[i]]) + at
                blocked(
                    True, mine + 4 * begin, 0, 1, own, channels, WIDTH, seen + 4 * (i - low) * to, 0, 1, wide,
                    slot[i] + 1,
                )  # fmt: skip
        low = high
