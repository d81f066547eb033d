"""Attention of packed rows, forward and backward: the new tokens of a row see the path that leads to them (numba).

N tokens, C channels, H heads, D head size, T positions of the longest row, n new tokens of a row and m positions of its
path. Scores lie with a column for each new token, [m, n]: a softmax down the columns is plain arithmetic on vectors,
without sums across them. Products are tiles on copies of one row, which stay in the first caches. float32.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from leadline.train.policies.arrays import Array
from leadline.train.policies.compiled import COMPILED
from leadline.train.policies.emit import LANES
from leadline.train.policies.tiles import WIDTH, address, blocked, number_stride
from leadline.train.policies.vectors import (
    exponential,
    from_lane,
    fused,
    larger,
    load,
    spread,
    store,
    transpose,
)


class Paths(NamedTuple):
    """Which tokens each row sees: path [R, T], and the positions begin [R] to end [R] that are its new tokens."""

    path: Array
    begin: Array
    end: Array


class Row(NamedTuple):
    """What belongs to one row; W is T as whole vectors. A vector behind C channels takes what a tile writes too far.

    Queries, keys and values of the path [T, 3C + LANES]; of the new tokens, queries and the gradient for the result,
    transposed [C, W], and that gradient as it is [T, C + LANES]; what comes out [T, 3 (C + LANES)]; of one head,
    scores, shares and the gradient for shares [T, W], and of each of their columns, the largest and the sum [W].
    """

    qkv: Array
    query_t: Array
    above_t: Array
    above: Array
    out: Array
    score: Array
    share: Array
    pull: Array
    top: Array
    total: Array


def row_shapes(longest: int, channels: int) -> list[tuple[int, ...]]:
    """Shapes of the arrays of Row."""
    t, c, w = longest, channels, padded(longest)
    return [
        (t, 3 * c + LANES),
        (c, w),
        (c, w),
        (t, c + LANES),
        (t, 3 * (c + LANES)),
        *[(t, w)] * 3,
        (w,),
        (w,),
    ]


def padded(n: int) -> int:
    """n as whole vectors."""
    return -(-n // LANES) * LANES


@njit(**COMPILED)
def gather(x: Array, path: Array, out: Array) -> None:
    """The lines of x on the path, in out, which has longer lines."""
    for s in range(len(path)):
        line, there = x[path[s]], out[s]
        for j in range(len(line)):
            there[j] = line[j]


@njit(**COMPILED)
def gather_transposed(x: Array, first: int, n: int, out: Array) -> None:
    """out[c, i] = x[first + i, c] for all c of out, in blocks: behind column n stands anything."""
    channels = len(out)
    if channels < LANES:
        for i in range(n):
            for c in range(channels):
                out[c, i] = x[first + i, c]
        return
    apart, lines = number_stride(x, 0), number_stride(out, 0)
    for i in range(0, n, LANES):
        for begin in range(0, channels, LANES):
            c = min(begin, channels - LANES)
            source, target = address(x) + 4 * ((first + i) * apart + c), address(out) + 4 * (c * lines + i)
            transpose(source, apart, min(LANES, n - i) - 1, target, lines)


@njit(**COMPILED)
def put(x: Array, first: int, n: int, at: int, wide: int, to: int, out: Array) -> None:
    """out[first + i, to : to + wide] = x[i, at : at + wide] for n lines."""
    for i in range(n):
        line, there = x[i], out[first + i]
        for j in range(wide):
            there[to + j] = line[at + j]


@njit(**COMPILED)
def give(x: Array, path: Array, at: int, wide: int, to: int, out: Array) -> None:
    """out[path[s], to : to + wide] += x[s, at : at + wide]."""
    for s in range(len(path)):
        line, there = x[s], out[path[s]]
        for j in range(wide):
            there[to + j] += line[at + j]


@njit(**COMPILED)
def softmax(
    score: int, t: int, begin: int, m: int, columns: int, shrink: float, top: int, total: int
) -> None:
    """Down each column of score [m, columns], whose lines are t apart, times shrink, in place; addresses.

    Column i sees lines 0 .. begin + i; its shares of the others are 0. The logarithm of column i's sum is then
    top[i] * shrink + log(total[i]).
    """
    zero, unseen, factor = spread(np.float32(0)), spread(np.float32(-1e30)), spread(shrink)
    for low in range(0, columns, LANES):
        here, whole = score + 4 * low, begin + low + 1
        some = min(m, begin + low + LANES)
        most = load(here)
        for s in range(1, some):
            line = load(here + 4 * s * t)
            most = larger(most, line if s < whole else from_lane(line, s - whole + 1, unseen))
        sums = zero
        for s in range(some):
            share = exponential((load(here + 4 * s * t) - most) * factor)
            share = share if s < whole else from_lane(share, s - whole + 1, zero)
            store(share, here + 4 * s * t)
            sums = sums + share
        inverse = spread(np.float32(1)) / sums
        for s in range(some):
            store(load(here + 4 * s * t) * inverse, here + 4 * s * t)
        for s in range(some, m):
            store(zero, here + 4 * s * t)
        store(most, top + 4 * low)
        store(sums, total + 4 * low)


@njit(**COMPILED)
def attend(qkv: Array, paths: Paths, heads: int, row: Row, out: Array, log_sum: Array) -> None:
    """out [N, C] from rotated queries and keys, and values, qkv [N, 3C]; log_sum [N, H] of the softmax."""
    c, t = out.shape[1], row.score.shape[1]
    size, each, many = c // heads, row.qkv.shape[1], row.out.shape[1]
    shrink, wide = np.float32(1.0 / math.sqrt(size)), (size + LANES - 1) // LANES * LANES
    for r in range(len(paths.end)):
        begin, end = paths.begin[r], paths.end[r]
        if end <= begin:
            continue
        path, n = paths.path[r, :end], end - begin
        first, columns = path[begin], (n + LANES - 1) // LANES * LANES
        gather(qkv, path, row.qkv)
        gather_transposed(qkv, first, n, row.query_t)
        scores, outs = address(row.score), address(row.out)
        for h in range(heads):
            at = 4 * h * size
            keys, values = address(row.qkv) + 4 * c + at, address(row.qkv) + 8 * c + at
            query = address(row.query_t) + h * size * 4 * t
            blocked(False, keys, each, 1, query, t, WIDTH, scores, t, end, columns, size)
            softmax(scores, t, begin, end, columns, shrink, address(row.top), address(row.total))
            for i in range(n):
                log_sum[first + i, h] = row.top[i] * shrink + np.float32(math.log(row.total[i]))
            blocked(False, scores, 1, t, values, each, WIDTH, outs + at, many, n, wide, end)
        put(row.out, first, n, 0, c, 0, out)


@njit(**COMPILED)
def softmax_backward(
    score: int, share: int, pull: int, t: int, begin: int, m: int, columns: int, shrink: float, log_sum: int
) -> None:
    """From scores and pull, the gradient for shares: the shares again, and in place of the scores their gradient.

    Layout as in `softmax`; log_sum [columns].
    """
    zero, factor = spread(np.float32(0)), spread(shrink)
    for low in range(0, columns, LANES):
        whole, some = begin + low + 1, min(m, begin + low + LANES)
        logs, dots = load(log_sum + 4 * low), zero
        for s in range(some):
            at = 4 * (low + s * t)
            made = exponential(fused(load(score + at), factor, zero - logs))
            made = made if s < whole else from_lane(made, s - whole + 1, zero)
            store(made, share + at)
            dots = fused(made, load(pull + at), dots)
        for s in range(some):
            at = 4 * (low + s * t)
            store(load(share + at) * (load(pull + at) - dots) * factor, score + at)
        for s in range(some, m):
            at = 4 * (low + s * t)
            store(zero, score + at)
            store(zero, share + at)


@njit(**COMPILED)
def attend_backward(
    g: Array, qkv: Array, paths: Paths, heads: int, row: Row, log_sum: Array, out: Array
) -> None:  # fmt: skip
    """Gradient [N, 3C] for qkv from g [N, C]; what `attend` was given, and the log_sum it gave."""
    c, t = g.shape[1], row.score.shape[1]
    size, each, many, gap = c // heads, row.qkv.shape[1], row.out.shape[1], c + LANES
    shrink, wide = np.float32(1.0 / math.sqrt(size)), (size + LANES - 1) // LANES * LANES
    for r in range(len(paths.end)):
        begin, end = paths.begin[r], paths.end[r]
        if end <= begin:
            continue
        path, n = paths.path[r, :end], end - begin
        first, columns = path[begin], (n + LANES - 1) // LANES * LANES
        gather(qkv, path, row.qkv)
        gather(g, path[begin:], row.above)
        gather_transposed(qkv, first, n, row.query_t)
        gather_transposed(g, first, n, row.above_t)
        scores, shares, pulls = address(row.score), address(row.share), address(row.pull)
        for h in range(heads):
            at, turned = 4 * h * size, h * size * 4 * t
            keys, values, above = (
                address(row.qkv) + 4 * c + at,
                address(row.qkv) + 8 * c + at,
                address(row.above) + at,
            )
            queries, outs = address(row.qkv) + 4 * begin * each + at, address(row.out) + at
            blocked(
                False, keys, each, 1, address(row.query_t) + turned, t, WIDTH, scores, t, end, columns, size
            )
            blocked(
                False, values, each, 1, address(row.above_t) + turned, t, WIDTH, pulls, t, end, columns, size
            )
            for i in range(n):
                row.top[i] = log_sum[first + i, h]
            logs = address(row.top)
            softmax_backward(scores, shares, pulls, t, begin, end, columns, shrink, logs)
            blocked(False, scores, 1, t, keys, each, WIDTH, outs, many, n, wide, end)
            blocked(False, scores, t, 1, queries, each, WIDTH, outs + 4 * gap, many, end, wide, n)
            blocked(False, shares, t, 1, above, row.above.shape[1], WIDTH, outs + 8 * gap, many, end, wide, n)
        put(row.out, first, n, 0, c, 0, out)
        put(row.out[begin:], first, n, gap, c, c, out)
        put(row.out[begin:], first, n, 2 * gap, c, 2 * c, out)
        give(row.out, path[:begin], gap, c, c, out)
        give(row.out, path[:begin], 2 * gap, c, 2 * c, out)
