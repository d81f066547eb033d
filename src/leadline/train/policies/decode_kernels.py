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
from leadline.train.policies.compiled import COMPILED
from leadline.train.policies.decode_attention import Cache, attend
from leadline.train.policies.emit import LANES
from leadline.train.policies.fused_kernels import swiglu
from leadline.train.policies.tiles import address, multiply_panels
from leadline.train.policies.trunk_kernels import BLOCK, Weights, copy_rows, turn
from leadline.train.policies.vectors import (
    exponential,
    from_lane,
    fused,
    larger,
    largest,
    load,
    spread,
    store,
    total,
)

TOGETHER = 1024
"""Numbers of a long vocabulary that are added up in float32."""


class Ends(NamedTuple):
    """What stands before and behind the layers: the first one's projection of every id [V, 3C], or nothing; the head as
    panels of [C, V as whole vectors]."""

    table: Array
    head: Array


class Scratch(NamedTuple):
    """Rows [B, width] that a step writes and nobody keeps, seen with a vector of room behind each and score for
    attention, and its result, logits [B, V as whole vectors]."""

    x: Array
    change: Array
    normed: Array
    seen: Array
    qkv: Array
    feed: Array
    gated: Array
    logits: Array
    score: Array
    position: Array


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
def step(
    weights: Weights, ends: Ends, cache: Cache, scratch: Scratch, token: Array, row: Array, line: Array, slot: Array,
    eps: float, low: int, high: int,
) -> None:  # fmt: skip
    """Logits of entries low..high-1 after token[i], number slot[i] of row[i], whose cache is line[i].

    Threads may share the entries.
    """
    token, row, line, slot = token[low:high], row[low:high], line[low:high], slot[low:high]
    heads = cache.prompt_keys.shape[2]
    x, change, normed = scratch.x[low:high], scratch.change[low:high], scratch.normed[low:high]
    seen, qkv, position = scratch.seen[low:high], scratch.qkv[low:high], scratch.position[low:high]
    copy_rows(weights.embedding, token, x)
    for i in range(len(row)):
        position[i] = cache.length[row[i]] + slot[i]
    change[:] = 0
    for layer in range(len(weights.norm_attention)):
        if layer == 0 and len(ends.table):
            copy_rows(ends.table, token, qkv)
        else:
            for a in range(0, len(row), BLOCK):
                b = min(len(row), a + BLOCK)
                add_norm(x[a:b], change[a:b], weights.norm_attention[layer], eps, normed[a:b])
                multiply_panels(normed[a:b], weights.qkv_panels[layer], qkv[a:b], False)
        turn(qkv, position, weights.cos, weights.sin, heads, 1.0)
        attend(qkv, cache, layer, row, line, slot, scratch.score[low:high], seen)
        for a in range(0, len(row), BLOCK):
            b = min(len(row), a + BLOCK)
            feed, gated = scratch.feed[low + a : low + b], scratch.gated[low + a : low + b]
            multiply_panels(seen[a:b, : x.shape[1]], weights.out_panels[layer], change[a:b], False)
            add_norm(x[a:b], change[a:b], weights.norm_feed[layer], eps, normed[a:b])
            multiply_panels(normed[a:b], weights.gate_up_panels[layer], feed, False)
            swiglu(feed, gated, 0, b - a)
            multiply_panels(gated, weights.down_panels[layer], change[a:b], False)
    add_norm(x, change, weights.norm, eps, normed)
    multiply_panels(normed, ends.head, scratch.logits[low:high], False)


@njit(**COMPILED)
def masses(logits: Array, factor: float, out: Array) -> tuple[float, float, float]:
    """out [V] = exp(factor * (logits - largest)); their sum, that of each times its exponent, and the largest logit.

    Few are added in float32, these sums in float64.
    """
    v, zero = len(logits), spread(np.float32(0))
    if v < LANES:
        top = logits.max()
        for j in range(v):
            out[j] = math.exp((logits[j] - top) * factor)
        return out[:v].sum(), (out[:v] * (logits - top)).sum() * factor, top
    x, to, most = address(logits), address(out), load(address(logits))
    for begin in range(0, v, LANES):
        most = larger(load(x + 4 * min(begin, v - LANES)), most)
    top, sums, moments = largest(most), 0.0, 0.0
    for low in range(0, v, TOGETHER):
        part, moment = zero, zero
        for begin in range(low, min(v, low + TOGETHER), LANES):
            at = min(begin, v - LANES)
            above = (load(x + 4 * at) - spread(top)) * spread(np.float32(factor))
            mass = exponential(above)
            store(mass, to + 4 * at)
            mass = from_lane(mass, begin - at, zero)  # what the vector before this one had is counted
            part, moment = part + mass, fused(mass, above, moment)
        sums += total(part)
        moments += total(moment)
    return sums, moments, top


@njit(**COMPILED)
def pick(
    logits: Array, tau: Array, draws: Array, greedy: bool, row: Array, t: Array,
    ids: Array, logp: Array, taus: Array, entropy: Array, mask: Array,
) -> None:  # fmt: skip
    """Draw token t[i] of row[i] at temperature tau [B] by inverting the cumulative distribution at draws[row[i], t[i]].

    logits [B, V]; draws in [0, 1) and the results are [rows, N]: ids, their log probabilities at that temperature,
    the temperature, the entropy at temperature 1, and 1 in mask.
    """
    v = logits.shape[1]
    mass = np.empty(v, np.float32)
    for i in range(len(row)):
        r, n = row[i], t[i]
        whole, moment, top = masses(logits[i], 1.0, mass)
        entropy[r, n] = math.log(whole) - moment / whole
        if tau[i] != 1.0:
            whole, moment, top = masses(logits[i], 1.0 / tau[i], mass)
        chosen = 0
        if greedy:
            while chosen + 1 < v and logits[i, chosen] != top:
                chosen += 1
        else:
            target, cumulative = draws[r, n] * whole, float(mass[0])
            while cumulative <= target and chosen + 1 < v:
                chosen += 1
                cumulative += mass[chosen]
        ids[r, n], taus[r, n], mask[r, n] = chosen, tau[i], 1
        logp[r, n] = float(logits[i, chosen] - top) / tau[i] - math.log(whole)
