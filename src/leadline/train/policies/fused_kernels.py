"""Forward and backward of what stands between a layer's matrix products, each in one pass over memory (numba, float32).

N tokens, C channels, I inner channels, H heads, D head size. `low` and `high` bound the tokens of one thread.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from leadline.train.policies.arrays import Array
from leadline.train.policies.compiled import COMPILED
from leadline.train.policies.emit import LANES
from leadline.train.policies.tiles import address, number_stride
from leadline.train.policies.vectors import exponential, fused, load, spread, store


@njit(**COMPILED)
def norm(x: Array, weight: Array, eps: float, out: Array, scale: Array, low: int, high: int) -> None:
    """RMSNorm [N, C]; scale [N] is 1 / root mean square."""
    c = x.shape[1]
    for i in range(low, high):
        row, made, square = x[i], out[i], np.float32(0)
        for j in range(c):
            square += row[j] * row[j]
        s = np.float32(1.0 / math.sqrt(square / c + eps))
        scale[i] = s
        for j in range(c):
            made[j] = row[j] * s * weight[j]


@njit(**COMPILED)
def norm_backward(
    g: Array, x: Array, weight: Array, scale: Array, to_x: Array, to_weight: Array, low: int, high: int
) -> None:
    """to_x = s (g w - x s^2 mean(g w x)); to_weight [C], of these tokens, += g x s."""
    c = x.shape[1]
    for i in range(low, high):
        row, back, made, s, dot = x[i], g[i], to_x[i], scale[i], np.float32(0)
        for j in range(c):
            dot += back[j] * weight[j] * row[j]
        pull = dot * s * s / np.float32(c)
        for j in range(c):
            made[j] = s * (back[j] * weight[j] - row[j] * pull)
            to_weight[j] += back[j] * row[j] * s


@njit(**COMPILED)
def swiglu(feed: Array, out: Array, low: int, high: int) -> None:
    """[N, 2I] -> [N, I]: silu(first half) * second half."""
    inner, one = out.shape[1], spread(np.float32(1))
    if inner < LANES:
        swiglu_narrow(feed, out, low, high)
        return
    for i in range(low, high):
        gate, made = (
            address(feed) + 4 * i * number_stride(feed, 0),
            address(out) + 4 * i * number_stride(out, 0),
        )
        for first in range(0, inner, LANES):
            at = 4 * min(first, inner - LANES)
            x = load(gate + at)
            store(x * load(gate + 4 * inner + at) / (one + exponential(spread(np.float32(0)) - x)), made + at)


@njit(**COMPILED)
def swiglu_narrow(feed: Array, out: Array, low: int, high: int) -> None:
    """The same for fewer channels than a vector has lanes."""
    inner = out.shape[1]
    for i in range(low, high):
        for j in range(inner):
            out[i, j] = feed[i, j] * feed[i, inner + j] / (np.float32(1) + np.float32(math.exp(-feed[i, j])))


@njit(**COMPILED)
def swiglu_backward(g: Array, feed: Array, out: Array, low: int, high: int) -> None:
    """Gradient [N, 2I] from g [N, I]."""
    inner, one = g.shape[1], spread(np.float32(1))
    if inner < LANES:
        swiglu_backward_narrow(g, feed, out, low, high)
        return
    for i in range(low, high):
        gate, back = address(feed) + 4 * i * number_stride(feed, 0), address(g) + 4 * i * number_stride(g, 0)
        made = address(out) + 4 * i * number_stride(out, 0)
        for first in range(0, inner, LANES):
            at = 4 * min(first, inner - LANES)
            x, above = load(gate + at), load(back + at)
            share = one / (one + exponential(spread(np.float32(0)) - x))
            to_gate = above * load(gate + 4 * inner + at) * share * fused(x, one - share, one)
            store(to_gate, made + at)
            store(above * x * share, made + 4 * inner + at)


@njit(**COMPILED)
def swiglu_backward_narrow(g: Array, feed: Array, out: Array, low: int, high: int) -> None:
    """The same for fewer channels than a vector has lanes."""
    inner = g.shape[1]
    for i in range(low, high):
        for j in range(inner):
            x, share = feed[i, j], np.float32(1) / (np.float32(1) + np.float32(math.exp(-feed[i, j])))
            out[i, j] = g[i, j] * feed[i, inner + j] * share * (np.float32(1) + x * (np.float32(1) - share))
            out[i, inner + j] = g[i, j] * x * share


@njit(**COMPILED)
def rotate(x: Array, cos: Array, sin: Array, sign: float, out: Array, low: int, high: int) -> None:
    """RoPE of the first 2H of 3H heads [N, 3H, D], the values copied; cos and sin [N, D]; sign -1 turns back.

    Both halves of cos and sin are equal, as RoPE has them.
    """
    heads, half = x.shape[1] // 3 * 2, x.shape[2] // 2
    for i in range(low, high):
        c, s = cos[i], sin[i]
        for h in range(heads):
            row, made = x[i, h], out[i, h]
            for j in range(half):
                a, b = row[j], row[half + j]
                made[j] = a * c[j] - b * s[j] * sign
                made[half + j] = b * c[j] + a * s[j] * sign
        out[i, heads:] = x[i, heads:]
