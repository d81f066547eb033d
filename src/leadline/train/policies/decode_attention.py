"""Attention of one new token per row over its prompt and what it said so far (numba, float32).

R rows, B of them at a time, C channels, H heads, D head size, L layers, U prompts of P tokens at most, N new tokens.
Keys are cached transposed: a query meets sixteen in one operation, and rows that share a prompt meet it in one product.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from leadline.train.policies.arrays import Array
from leadline.train.policies.compiled import COMPILED
from leadline.train.policies.tiles import TALLEST, WIDTH, address, blocked
from leadline.train.policies.vectors import (
    LANES,
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
    [L, U, P, C], of what is said in a line [L, B, C, N as whole vectors] and [L, B, N, C].

    Behind the values lie some more numbers.
    """

    owner: Array
    length: Array
    prompt_keys: Array
    prompt_values: Array
    keys: Array
    values: Array


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
def softmax(x: int, n: int, shrink: float) -> None:
    """Of the n numbers at address x, times shrink, in place; 0 up to the end of the last vector."""
    zero, unseen, factor = spread(np.float32(0)), spread(np.float32(-1e30)), spread(shrink)
    most, sums, last = unseen, zero, (n - 1) // LANES * LANES
    for at in range(0, n, LANES):
        some = load(x + 4 * at)
        most = larger(some if at < last else from_lane(unseen, n - last, some), most)
    top = spread(largest(most))
    for at in range(0, n, LANES):
        share = exponential((load(x + 4 * at) - top) * factor)
        share = share if at < last else from_lane(zero, n - last, share)
        store(share, x + 4 * at)
        sums = sums + share
    inverse = spread(np.float32(1) / total(sums))
    for at in range(0, n, LANES):
        store(load(x + 4 * at) * inverse, x + 4 * at)


@njit(**COMPILED)
def put(x: Array, first: int, n: int, at: int, size: int, out: Array) -> None:
    """Columns at .. at + D of n tokens from `first` on = x [n, D]."""
    for i in range(n):
        row, to = x[i], out[first + i]
        for d in range(size):
            to[at + d] = row[d]


@njit(**COMPILED)
def keep(qkv: Array, cache: Cache, layer: int, line: Array, slot: Array) -> None:
    """Keys and values of this token, number slot[i] of line[i] of the cache, from qkv [B, 3C]."""
    channels = cache.values.shape[3]
    for i in range(len(line)):
        key, value, mine = cache.keys[layer, line[i]], cache.values[layer, line[i], slot[i]], qkv[i]
        for j in range(channels):
            key[j, slot[i]] = mine[channels + j]
        for j in range(channels):
            value[j] = mine[2 * channels + j]


@njit(**COMPILED)
def attend(qkv: Array, cache: Cache, layer: int, row: Array, line: Array, slot: Array, out: Array) -> None:
    """Keep this token's keys and values, and attend to the row's prompt and own tokens.

    Rotated qkv [B, 3C] and out [B, C] of row[i], whose own tokens are in line[i] of the cache, this one at slot[i].
    Neighbours with one prompt read it once.
    """
    keep(qkv, cache, layer, line, slot)
    heads, size, longest = cache.prompt_keys.shape[2], cache.prompt_keys.shape[3], cache.prompt_keys.shape[4]
    channels, wide = heads * size, (size + LANES - 1) // LANES * LANES
    shrink, most = np.float32(1.0 / math.sqrt(size)), cache.keys.shape[3]
    score = np.empty((TALLEST, longest + most), np.float32)
    seen, scores, per_score, low = np.empty((TALLEST, wide), np.float32), address(score), score.shape[1], 0
    while low < len(row):
        u, high = cache.owner[row[low]], low + 1
        while high < len(row) and high - low < TALLEST and cache.owner[row[high]] == u:
            high += 1
        n, some = cache.length[row[low]], (cache.length[row[low]] + LANES - 1) // LANES * LANES
        old_values = address(cache.prompt_values[layer, u])
        for h in range(heads):
            at = h * size
            old_keys, query = address(cache.prompt_keys[layer, u, h]), address(qkv[low, at:])
            blocked(
                False,
                query,
                3 * channels,
                1,
                old_keys,
                longest,
                WIDTH,
                scores,
                per_score,
                high - low,
                some,
                size,
            )
            for i in range(low, high):
                mine, own_keys, count = (
                    scores + 4 * (i - low) * per_score,
                    cache.keys[layer, line[i], at:],
                    slot[i] + 1,
                )
                own, columns = address(qkv[i, at:]), (count + LANES - 1) // LANES * LANES
                blocked(False, own, 0, 1, address(own_keys), most, WIDTH, mine + 4 * n, 0, 1, columns, size)
                softmax(mine, n + count, shrink)
            blocked(
                False, scores, per_score, 1, old_values + 4 * at, channels, WIDTH, address(seen), wide,
                high - low, wide, n,
            )  # fmt: skip
            for i in range(low, high):
                own_values = address(cache.values[layer, line[i]]) + 4 * at
                blocked(
                    True, address(score[i - low, n:]), 0, 1, own_values, channels, WIDTH, address(seen[i - low]), 0,
                    1, wide, slot[i] + 1,
                )  # fmt: skip
            put(seen, low, high - low, at, size, out)
        low = high
