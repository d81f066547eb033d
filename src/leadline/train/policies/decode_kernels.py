"""One decoding step, compiled by numba: embedding, layers, logits, sampling. Matrix products are BLAS's (np.dot).

B rows, C channels, H heads, D head size, I inner channels, V vocabulary, L layers, U prompts of P slots, N slots of new
tokens. Inner loops run over whole rows of contiguous memory, four at a time where sums allow it, so that they become
vectors.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from leadline.retrieval.lexical.segment import Array
from leadline.train.policies.compiled import COMPILED, exponential


class Weights(NamedTuple):
    """Of all layers: norms [L, C], matrices [L, in, out]; embedding [V, C], head [C, V], cos and sin [context, D]."""

    embedding: Array
    norm_attention: Array
    qkv: Array
    out: Array
    norm_feed: Array
    gate_up: Array
    down: Array
    norm: Array
    head: Array
    cos: Array
    sin: Array


class Cache(NamedTuple):
    """Each row's prompt and its length [B]; keys and values, of prompts [L, U, H, P, D], of rows [L, B, H, N, D]."""

    owner: Array
    length: Array
    prompt_keys: Array
    prompt_values: Array
    keys: Array
    values: Array


class Scratch(NamedTuple):
    """Rows [B, width] that a step writes and nobody keeps, and its result, logits [B, V]."""

    x: Array
    change: Array
    normed: Array
    seen: Array
    qkv: Array
    feed: Array
    gated: Array
    logits: Array


@njit(**COMPILED)
def add_norm(x: Array, change: Array, weight: Array, eps: float, out: Array) -> None:
    """x += change, then out = RMSNorm(x), [B, C] each."""
    b, c = x.shape
    for i in range(b):
        square = np.float32(0)
        for j in range(c):
            x[i, j] += change[i, j]
            square += x[i, j] * x[i, j]
        scale = np.float32(1.0 / math.sqrt(square / c + eps))
        for j in range(c):
            out[i, j] = x[i, j] * scale * weight[j]


@njit(**COMPILED)
def gate(feed: Array, out: Array) -> None:
    """SwiGLU: out [B, I] = silu(first half of feed) * second half."""
    b, inner = out.shape
    for i in range(b):
        gates, ups, made = feed[i, :inner], feed[i, inner:], out[i]
        for j in range(inner):
            made[j] = gates[j] * ups[j] / (np.float32(1) + exponential(-gates[j]))


@njit(**COMPILED)
def rotated(x: Array, cos: Array, sin: Array, scale: float, out: Array) -> None:
    """RoPE of one head in the half-split form, [D], times scale."""
    half = len(x) // 2
    for j in range(half):
        a, b = x[j] * scale, x[j + half] * scale
        out[j] = a * cos[j] - b * sin[j]
        out[j + half] = b * cos[j + half] + a * sin[j + half]


@njit(**COMPILED)
def dots(query: Array, keys: Array, out: Array) -> None:
    """out[s] = query . keys[s]."""
    n, four = len(keys), len(keys) // 4 * 4
    for s in range(0, four, 4):
        k0, k1, k2, k3 = keys[s], keys[s + 1], keys[s + 2], keys[s + 3]
        t0, t1, t2, t3 = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        for d in range(len(query)):
            t0 += query[d] * k0[d]
            t1 += query[d] * k1[d]
            t2 += query[d] * k2[d]
            t3 += query[d] * k3[d]
        out[s], out[s + 1], out[s + 2], out[s + 3] = t0, t1, t2, t3
    for s in range(four, n):
        key, total = keys[s], np.float32(0)
        for d in range(len(query)):
            total += query[d] * key[d]
        out[s] = total


@njit(**COMPILED)
def gather(weight: Array, values: Array, out: Array) -> None:
    """out += the sum of weight[s] * values[s]."""
    n, four = len(values), len(values) // 4 * 4
    for s in range(0, four, 4):
        w0, w1, w2, w3 = weight[s], weight[s + 1], weight[s + 2], weight[s + 3]
        v0, v1, v2, v3 = values[s], values[s + 1], values[s + 2], values[s + 3]
        for d in range(len(out)):
            out[d] += w0 * v0[d] + w1 * v1[d] + w2 * v2[d] + w3 * v3[d]
    for s in range(four, n):
        value, factor = values[s], weight[s]
        for d in range(len(out)):
            out[d] += factor * value[d]


@njit(**COMPILED)
def softmax(weight: Array) -> None:
    """In place, [n]."""
    top, total = weight[0], np.float32(0)
    for s in range(len(weight)):
        top = max(top, weight[s])
    for s in range(len(weight)):
        weight[s] = exponential(weight[s] - top)
    for s in range(len(weight)):
        total += weight[s]
    inverse = np.float32(1) / total
    for s in range(len(weight)):
        weight[s] *= inverse


@njit(**COMPILED)
def attend(qkv: Array, weights: Weights, cache: Cache, layer: int, row: Array, slot: int, out: Array) -> None:
    """Keep keys and values of this token, number `slot` of its row, and attend to the row's prompt and own tokens.

    qkv [B, 3C] and out [B, C]; line i belongs to row[i] of the cache.
    """
    heads, size = cache.keys.shape[2], cache.keys.shape[4]
    channels, shrink = heads * size, np.float32(1.0 / math.sqrt(size))
    query = np.empty(size, np.float32)
    room = np.empty(cache.prompt_keys.shape[3] + slot + 1, np.float32)
    for i in range(len(row)):
        r = row[i]
        u, n = cache.owner[r], cache.length[r]
        cos, sin, mine = weights.cos[n + slot], weights.sin[n + slot], qkv[i]
        for h in range(heads):
            at = h * size
            keys, values = cache.keys[layer, r, h], cache.values[layer, r, h]
            rotated(mine[at : at + size], cos, sin, shrink, query)
            rotated(mine[channels + at : channels + at + size], cos, sin, np.float32(1), keys[slot])
            values[slot] = mine[2 * channels + at : 2 * channels + at + size]
            dots(query, cache.prompt_keys[layer, u, h, :n], room)
            dots(query, keys[: slot + 1], room[n:])
            softmax(room[: n + slot + 1])
            seen = out[i, at : at + size]
            seen[:] = 0
            gather(room, cache.prompt_values[layer, u, h, :n], seen)
            gather(room[n:], values[: slot + 1], seen)


@njit(**COMPILED)
def step(
    weights: Weights, cache: Cache, scratch: Scratch, token: Array, row: Array, slot: int, eps: float,
    low: int, high: int,
) -> None:  # fmt: skip
    """Logits of lines low..high-1 after `token`, number `slot` of each `row`. Threads may share the lines."""
    token, row = token[low:high], row[low:high]
    x, change, normed = scratch.x[low:high], scratch.change[low:high], scratch.normed[low:high]
    seen, qkv = scratch.seen[low:high], scratch.qkv[low:high]
    feed, gated = scratch.feed[low:high], scratch.gated[low:high]
    for i in range(len(token)):
        x[i] = weights.embedding[token[i]]
    change[:] = 0
    for layer in range(len(weights.qkv)):
        add_norm(x, change, weights.norm_attention[layer], eps, normed)
        np.dot(normed, weights.qkv[layer], qkv)
        attend(qkv, weights, cache, layer, row, slot, seen)
        np.dot(seen, weights.out[layer], change)
        add_norm(x, change, weights.norm_feed[layer], eps, normed)
        np.dot(normed, weights.gate_up[layer], feed)
        gate(feed, gated)
        np.dot(gated, weights.down[layer], change)
    add_norm(x, change, weights.norm, eps, normed)
    np.dot(normed, weights.head, scratch.logits[low:high])


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
