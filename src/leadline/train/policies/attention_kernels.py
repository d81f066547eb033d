"""Attention of packed rows, forward and backward: the new tokens of a row see the path that leads to them (numba).

N tokens, C channels, H heads, D head size, T positions of the longest row, n new tokens of a row and m positions of its
path. Products are tiles on small copies of one head, so that everything stays in the first cache. float32.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from leadline.train.policies.arrays import Array
from leadline.train.policies.compiled import COMPILED, exponential
from leadline.train.policies.tiles import LANES, multiply


class Paths(NamedTuple):
    """Which tokens each row sees: path [R, T], and the positions begin [R] to end [R] that are its new tokens."""

    path: Array
    begin: Array
    end: Array


class Head(NamedTuple):
    """Copies of one head of one row, padded to whole vectors: [T, D], the transposed ones [D, T], scores [T, T]."""

    query: Array
    key: Array
    value: Array
    above: Array
    out: Array
    key_t: Array
    value_t: Array
    score: Array
    share: Array
    pull: Array


def head_shapes(longest: int, size: int) -> list[tuple[int, ...]]:
    """Shapes of the arrays of Head."""
    t, d = padded(longest), padded(size)
    return [*[(longest, d)] * 5, *[(size, t)] * 2, *[(longest, t)] * 3]


def padded(n: int) -> int:
    """n as whole vectors."""
    return -(-n // LANES) * LANES


@njit(**COMPILED)
def take(qkv: Array, path: Array, at: int, size: int, out: Array) -> None:
    """out [m, D] = columns at .. at + D of the tokens on the path."""
    for s in range(len(path)):
        row, to = qkv[path[s]], out[s]
        for d in range(size):
            to[d] = row[at + d]


@njit(**COMPILED)
def take_transposed(qkv: Array, path: Array, at: int, size: int, out: Array) -> None:
    """out [D, m], the same."""
    for s in range(len(path)):
        row = qkv[path[s]]
        for d in range(size):
            out[d, s] = row[at + d]


@njit(cache=True, nogil=True, fastmath=True)
def highest(x: Array) -> float:
    """The largest of x; any of them where some are NaN (only so does the loop become vectors)."""
    top = x[0]
    for i in range(len(x)):
        top = max(top, x[i])
    return top


@njit(**COMPILED)
def exponentials(x: Array, shift: float, factor: float) -> None:
    """x = exp(x * factor - shift) in place. Whole vectors only: a loop's remainder would cost more than the loop."""
    for low in range(0, len(x), LANES):
        some = x[low : low + LANES]
        for s in range(LANES):
            some[s] = exponential(some[s] * factor - shift)


@njit(**COMPILED)
def fill(x: Array, begin: int, value: float) -> None:
    """x from `begin` on = value."""
    for s in range(begin, len(x)):
        x[s] = value


@njit(**COMPILED)
def softmax(score: Array, seen: int, shrink: float) -> float:
    """In place over the first `seen` of score, times shrink; 0 behind. Returns the logarithm of the sum."""
    some = score[: (seen + LANES - 1) // LANES * LANES]
    fill(some, seen, score[0])
    top = highest(some) * shrink
    exponentials(some, top, shrink)
    fill(score, seen, np.float32(0))
    total = np.float32(0)
    for s in range(len(some)):
        total += some[s]
    inverse = np.float32(1) / total
    for s in range(len(some)):
        some[s] *= inverse
    return top + np.float32(math.log(total))


@njit(**COMPILED)
def attend(qkv: Array, paths: Paths, heads: int, head: Head, out: Array, log_sum: Array) -> None:
    """out [N, C] from rotated queries and keys, and values, qkv [N, 3C]; log_sum [N, H] of the softmax."""
    channels = out.shape[1]
    size = channels // heads
    shrink = np.float32(1.0 / math.sqrt(size))
    for r in range(len(paths.end)):
        begin, end = paths.begin[r], paths.end[r]
        if end <= begin:
            continue
        path, n, wide = paths.path[r, :end], end - begin, (end + LANES - 1) // LANES * LANES
        first = path[begin]
        for h in range(heads):
            at = h * size
            take_transposed(qkv, path, channels + at, size, head.key_t)
            take(qkv, path, 2 * channels + at, size, head.value)
            multiply(qkv[first : first + n, at : at + size], head.key_t, head.score[:n, :wide], False)
            for i in range(n):
                log_sum[first + i, h] = softmax(head.score[i, :wide], begin + i + 1, shrink)
            multiply(head.score[:n, :end], head.value, head.out[:n], False)
            put(head.out, first, n, at, size, out)


@njit(**COMPILED)
def softmax_backward(
    score: Array, seen: int, shrink: float, log_sum: float, pull: Array, share: Array
) -> None:
    """From scores, and pull, the gradient for shares: the softmax again into share, its gradient into score."""
    for s in range(len(score)):
        share[s] = score[s]
    exponentials(share[: (seen + LANES - 1) // LANES * LANES], log_sum, shrink)
    fill(share, seen, np.float32(0))
    fill(pull, seen, np.float32(0))
    dot = np.float32(0)
    for s in range(len(score)):
        dot += share[s] * pull[s]
    for s in range(len(score)):
        score[s] = share[s] * (pull[s] - dot) * shrink


@njit(**COMPILED)
def attend_backward(
    g: Array, qkv: Array, paths: Paths, heads: int, head: Head, log_sum: Array, out: Array
) -> None:  # fmt: skip
    """Gradient [N, 3C] for qkv from g [N, C]."""
    channels = g.shape[1]
    size = channels // heads
    shrink = np.float32(1.0 / math.sqrt(size))
    out[:] = 0
    for r in range(len(paths.end)):
        begin, end = paths.begin[r], paths.end[r]
        if end <= begin:
            continue
        path, n, wide = paths.path[r, :end], end - begin, (end + LANES - 1) // LANES * LANES
        new, first = path[begin:], path[begin]
        for h in range(heads):
            at = h * size
            take(qkv, new, at, size, head.query)
            take(g, new, at, size, head.above)
            take(qkv, path, channels + at, size, head.key)
            take_transposed(qkv, path, channels + at, size, head.key_t)
            take_transposed(qkv, path, 2 * channels + at, size, head.value_t)
            multiply(head.query[:n, :size], head.key_t, head.score[:n, :wide], False)
            multiply(head.above[:n, :size], head.value_t, head.pull[:n, :wide], False)
            for i in range(n):
                score, pull, share = head.score[i, :wide], head.pull[i, :wide], head.share[i, :wide]
                softmax_backward(score, begin + i + 1, shrink, log_sum[first + i, h], pull, share)
            multiply(head.score[:n, :end], head.key, head.out[:n], False)
            put(head.out, first, n, at, size, out)
            multiply(head.score[:n, :end].T, head.query, head.out[:end], False)
            give(head.out, path, channels + at, size, out)
            multiply(head.share[:n, :end].T, head.above, head.out[:end], False)
            give(head.out, path, 2 * channels + at, size, out)


@njit(**COMPILED)
def put(x: Array, first: int, n: int, at: int, size: int, out: Array) -> None:
    """Columns at .. at + D of n tokens from `first` on = x [n, D]."""
    for i in range(n):
        row, to = x[i], out[first + i]
        for d in range(size):
            to[at + d] = row[d]


@njit(**COMPILED)
def give(x: Array, path: Array, at: int, size: int, out: Array) -> None:
    """Add x [m, D] to columns at .. at + D of the tokens on the path."""
    for s in range(len(path)):
        row, to = x[s], out[path[s]]
        for d in range(size):
            to[at + d] += row[d]
