"""One decoding step, compiled by numba: embedding, layers, logits, sampling, with matrix products in registers (tiles).

B rows, C channels, H heads, D head size, I inner channels, V vocabulary, L layers, U prompts of P tokens at most, N new
tokens. Keys of prompts are cached transposed: rows that share one meet it in one product.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from leadline.train.policies.arrays import Array
from leadline.train.policies.attention_kernels import put, softmax
from leadline.train.policies.compiled import COMPILED
from leadline.train.policies.fused_kernels import swiglu
from leadline.train.policies.tiles import (
    LANES,
    TALLEST,
    WIDTH,
    address,
    blocked,
    inner_products,
    lay_over,
    multiply_panels,
)
from leadline.train.policies.trunk_kernels import BLOCK, Weights, copy_rows, turn


class Ends(NamedTuple):
    """What stands before and behind the layers: the first one's projection of every id [V, 3C], or nothing; the head as
    panels of [C, V as whole vectors]."""

    table: Array
    head: Array


class Cache(NamedTuple):
    """Each row's prompt and its length [B]; keys and values, of prompts [L, U, H, D, P as whole vectors] and
    [L, U, P, C], of rows [L, B, N, C]. Behind the values lie some more numbers."""

    owner: Array
    length: Array
    prompt_keys: Array
    prompt_values: Array
    keys: Array
    values: Array


class Scratch(NamedTuple):
    """Rows [B, width] that a step writes and nobody keeps, and its result, logits [B, V as whole vectors]."""

    x: Array
    change: Array
    normed: Array
    seen: Array
    qkv: Array
    feed: Array
    gated: Array
    logits: Array
    position: Array


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
def add_norm(x: Array, change: Array, weight: Array, eps: float, out: Array) -> None:
    """x += change, then out = RMSNorm(x), [B, C] each."""
    b, c = x.shape
    for i in range(b):
        row, more, made, square = x[i], change[i], out[i], np.float32(0)
        for j in range(c):
            row[j] += more[j]
            square += row[j] * row[j]
        scale = np.float32(1.0 / math.sqrt(square / c + eps))
        for j in range(c):
            made[j] = row[j] * scale * weight[j]


@njit(**COMPILED)
def attend(qkv: Array, cache: Cache, layer: int, row: Array, slot: int, out: Array) -> None:
    """Keep keys and values of this token, number `slot` of its row, and attend to the row's prompt and own tokens.

    Rotated qkv [B, 3C] and out [B, C]; line i belongs to row[i] of the cache. Neighbours with one prompt read it once.
    """
    heads, size, longest = cache.prompt_keys.shape[2], cache.prompt_keys.shape[3], cache.prompt_keys.shape[4]
    channels, shrink, wide = (
        heads * size,
        np.float32(1.0 / math.sqrt(size)),
        (size + LANES - 1) // LANES * LANES,
    )
    score = np.empty((TALLEST, longest + (slot + LANES) // LANES * LANES), np.float32)
    seen, laid = np.empty((TALLEST, wide), np.float32), np.empty(wide, np.float32)
    per_score, low = score.shape[1], 0
    while low < len(row):
        u, high = cache.owner[row[low]], low + 1
        while high < len(row) and high - low < TALLEST and cache.owner[row[high]] == u:
            high += 1
        n, total = cache.length[row[low]], cache.length[row[low]] + slot + 1
        old_values = address(cache.prompt_values[layer, u])
        for i in range(low, high):
            key, value, mine = cache.keys[layer, row[i], slot], cache.values[layer, row[i], slot], qkv[i]
            for j in range(channels):
                key[j], value[j] = mine[channels + j], mine[2 * channels + j]
        for h in range(heads):
            at = h * size
            old_keys, query = cache.prompt_keys[layer, u, h], address(qkv[low, at:])
            blocked(
                False, query, 3 * channels, 1, address(old_keys), longest, WIDTH, address(score), per_score,
                high - low, (n + LANES - 1) // LANES * LANES, size,
            )  # fmt: skip
            for i in range(low, high):
                mine, own = score[i - low], qkv[i, at : at + size]
                lay_over(own, laid)
                inner_products(own, laid, cache.keys[layer, row[i], : slot + 1, at : at + size], mine[n:])
                softmax(mine[: (total + LANES - 1) // LANES * LANES], total, shrink)
            blocked(
                False, address(score), per_score, 1, old_values + 4 * at, channels, WIDTH, address(seen),
                wide, high - low, wide, n,
            )  # fmt: skip
            for i in range(low, high):
                own = address(cache.values[layer, row[i]])
                blocked(
                    True, address(score[i - low, n:]), 0, 1, own + 4 * at, channels, WIDTH,
                    address(seen[i - low]), 0, 1, wide, slot + 1,
                )  # fmt: skip
            put(seen, low, high - low, at, size, out)
        low = high


@njit(**COMPILED)
def step(
    weights: Weights, ends: Ends, cache: Cache, scratch: Scratch, token: Array, row: Array, slot: int, eps: float,
    low: int, high: int,
) -> None:  # fmt: skip
    """Logits of lines low..high-1 after `token`, number `slot` of each `row`. Threads may share the lines."""
    token, row, heads = token[low:high], row[low:high], cache.prompt_keys.shape[2]
    x, change, normed = scratch.x[low:high], scratch.change[low:high], scratch.normed[low:high]
    seen, qkv, position = scratch.seen[low:high], scratch.qkv[low:high], scratch.position[low:high]
    copy_rows(weights.embedding, token, x)
    for i in range(len(row)):
        position[i] = cache.length[row[i]] + slot
    change[:] = 0
    for layer in range(len(weights.qkv)):
        if layer == 0 and len(ends.table):
            copy_rows(ends.table, token, qkv)
        else:
            for a in range(0, len(row), BLOCK):
                b = min(len(row), a + BLOCK)
                add_norm(x[a:b], change[a:b], weights.norm_attention[layer], eps, normed[a:b])
                multiply_panels(normed[a:b], weights.qkv_panels[layer], qkv[a:b], False)
        turn(qkv, position, weights.cos, weights.sin, heads, 1.0)
        attend(qkv, cache, layer, row, slot, seen)
        for a in range(0, len(row), BLOCK):
            b = min(len(row), a + BLOCK)
            feed, gated = scratch.feed[low + a : low + b], scratch.gated[low + a : low + b]
            multiply_panels(seen[a:b], weights.out_panels[layer], change[a:b], False)
            add_norm(x[a:b], change[a:b], weights.norm_feed[layer], eps, normed[a:b])
            multiply_panels(normed[a:b], weights.gate_up_panels[layer], feed, False)
            swiglu(feed, gated, 0, b - a)
            multiply_panels(gated, weights.down_panels[layer], change[a:b], False)
    add_norm(x, change, weights.norm, eps, normed)
    multiply_panels(normed, ends.head, scratch.logits[low:high], False)


@njit(cache=True, nogil=True)
def pick(
    logits: Array, tau: Array, draws: Array, greedy: bool, row: Array, t: int,
    ids: Array, logp: Array, taus: Array, entropy: Array, mask: Array,
) -> None:  # fmt: skip
    """Draw token t of each row at temperature tau [B] by inverting the cumulative distribution at draws[row, t].

    logits [B, V]; draws in [0, 1) and the results are [rows, N]: ids, their log probabilities at that temperature,
    the temperature, the entropy at temperature 1, and 1 in mask. Sums in float64.
    """
    b, v = logits.shape
    mass = np.empty(v)
    for i in range(b):
        r, top = row[i], logits[i].max()
        total, moment, best = 0.0, 0.0, 0
        for j in range(v):
            above = float(logits[i, j] - top)
            e = math.exp(above)
            total += e
            moment += e * above
            mass[j] = e
            if logits[i, j] > logits[i, best]:
                best = j
        entropy[r, t] = math.log(total) - moment / total
        if tau[i] != 1.0:
            total = 0.0
            for j in range(v):
                mass[j] = math.exp(float(logits[i, j] - top) / tau[i])
                total += mass[j]
        chosen = best
        if not greedy:
            target, cumulative, chosen = draws[r, t] * total, 0.0, v - 1
            for j in range(v):
                cumulative += mass[j]
                if cumulative > target:
                    chosen = j
                    break
        ids[r, t], taus[r, t], mask[r, t] = chosen, tau[i], 1
        logp[r, t] = float(logits[i, chosen] - top) / tau[i] - math.log(total)
