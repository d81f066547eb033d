"""All layers of a transformer on packed tokens, for one thread (numba, float32); backward: trunk_backward.py.

N tokens, W of them wanted at the end, U different ids, V vocabulary, L layers, C channels, I inner channels, H heads,
D head size. Work goes on BLOCK tokens at a time, so that what is between two products stays in the second cache. What
is the same for equal ids (the first layer's projection) is computed once per id; what nobody wants (the last layer
after attention, of other tokens) not at all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from leadline.train.policies.arrays import Array
from leadline.train.policies.attention_kernels import Paths, Row, attend
from leadline.train.policies.compiled import COMPILED
from leadline.train.policies.emit import LANES
from leadline.train.policies.fused_kernels import norm, swiglu
from leadline.train.policies.tiles import address, multiply_panels, number_stride
from leadline.train.policies.vectors import load, spread, store

BLOCK = 96


class Weights(NamedTuple):
    """As the policy has them, [L, out, in]; `*_panels` [L, ...] is the transpose of a matrix as `tiles.panels` has it.

    Matrices as they are have no entries where there is no backward.
    """

    embedding: Array
    norm_attention: Array
    norm_feed: Array
    qkv: Array
    out: Array
    gate_up: Array
    down: Array
    norm: Array
    qkv_panels: Array
    out_panels: Array
    gate_up_panels: Array
    down_panels: Array
    cos: Array
    sin: Array


class Tokens(NamedTuple):
    """Ids, positions, and number among the different ids, [N] each; [U] these ids; [W] wanted tokens; [N] 0, 1, ...

    Of M results, result place[i] of this thread is the wanted token number pick[i].
    """

    id: Array
    position: Array
    which: Array
    distinct: Array
    wanted: Array
    every: Array
    pick: Array
    place: Array


class Kept(NamedTuple):
    """What backward needs: the stream before each norm x [2L + 1, N, C] and 1 / its root mean square scale [2L + 1, N];
    rotated qkv [L, N, 3C]; seen [L, N, C] and log_sum [L, N, H] of attention; feed [L, N, 2I]. After the last attention
    only the wanted tokens have entries, in their order.

    Where there is no backward, layers share fewer entries, and feed has none.
    """

    x: Array
    scale: Array
    qkv: Array
    seen: Array
    log_sum: Array
    feed: Array


class Scratch(NamedTuple):
    """BLOCK rows of each width: a, b [C], gated [I], feed [2I]; by id, the first layer's projection [U, 3C]; and the
    result for the wanted tokens, hidden [W, C]."""

    a: Array
    b: Array
    gated: Array
    feed: Array
    table: Array
    hidden: Array


@njit(**COMPILED)
def turn(qkv: Array, position: Array, cos: Array, sin: Array, heads: int, sign: float) -> None:
    """RoPE of queries and keys in qkv [N, 3C], in place, by sign times their angle; half-split, as RoPE has it."""
    size = cos.shape[1]
    half = size // 2
    for i in range(len(qkv)):
        c, s = cos[position[i]], sin[position[i]]
        for h in range(2 * heads):
            if half >= LANES:
                turn_head(
                    address(qkv) + 4 * (i * number_stride(qkv, 0) + h * size),
                    half,
                    address(c),
                    address(s),
                    sign,
                )
            else:
                turn_narrow(qkv[i, h * size : h * size + size], c, s, np.float32(sign))


@njit(**COMPILED)
def turn_head(x: int, half: int, cos: int, sin: int, sign: float) -> None:
    """One head; addresses. What the last vector shares with the one before is read before that one is written."""
    end, way, y = 4 * (half - LANES), spread(np.float32(sign)), x + 4 * half
    a, b, last_a, last_b = load(x), load(y), load(x + end), load(y + end)
    for whole in range(half // LANES):
        at = 4 * whole * LANES
        a, b, c, s = load(x + at), load(y + at), load(cos + at), load(sin + at) * way
        store(a * c - b * s, x + at)
        store(b * c + a * s, y + at)
    if half % LANES:
        c, s = load(cos + end), load(sin + end) * way
        store(last_a * c - last_b * s, x + end)
        store(last_b * c + last_a * s, y + end)


@njit(**COMPILED)
def turn_narrow(x: Array, cos: Array, sin: Array, way: float) -> None:
    """The same where half a head is less than a vector."""
    half = len(x) // 2
    for j in range(half):
        a, b, across = x[j], x[half + j], sin[j] * way
        x[j], x[half + j] = a * cos[j] - b * across, b * cos[j] + a * across


@njit(**COMPILED)
def copy_rows(x: Array, rows: Array, out: Array) -> None:
    for i in range(len(rows)):
        line, there = x[rows[i]], out[i]
        for j in range(len(there)):
            there[j] = line[j]


@njit(**COMPILED)
def project(
    layer: int, weights: Weights, tokens: Tokens, kept: Kept, scratch: Scratch, heads: int, eps: float
) -> None:
    """Queries, keys and values of a layer."""
    weight, matrix = weights.norm_attention[layer], weights.qkv_panels[layer]
    qkv, x = kept.qkv[layer % len(kept.qkv)], kept.x[2 * layer % len(kept.x)]
    out, scale, n = qkv, kept.scale[2 * layer % len(kept.x)], len(tokens.id)
    if layer == 0:
        x, out, n = weights.embedding, scratch.table, len(tokens.distinct)
    for low in range(0, n, BLOCK):
        high = min(n, low + BLOCK)
        if layer == 0:
            copy_rows(x, tokens.distinct[low:high], scratch.b)
            norm(scratch.b, weight, eps, scratch.a, scale[low:high], 0, high - low)
        else:
            norm(x[low:high], weight, eps, scratch.a, scale[low:high], 0, high - low)
        multiply_panels(scratch.a[: high - low], matrix, out[low:high], False)
        if layer:
            turn(qkv[low:high], tokens.position[low:high], weights.cos, weights.sin, heads, 1.0)
    if layer == 0:
        for low in range(0, len(qkv), BLOCK):
            here = qkv[low : low + BLOCK]
            copy_rows(scratch.table, tokens.which[low : low + BLOCK], here)
            turn(here, tokens.position[low : low + BLOCK], weights.cos, weights.sin, heads, 1.0)


@njit(**COMPILED)
def feed_forward(layer: int, weights: Weights, rows: Array, kept: Kept, scratch: Scratch, eps: float) -> None:
    """The stream of the given rows after attention and after the layer."""
    depth, slot, keeping = len(kept.x), layer % len(kept.seen), len(kept.feed) > 0
    before, middle, after = (
        kept.x[2 * layer % depth],
        kept.x[(2 * layer + 1) % depth],
        kept.x[(2 * layer + 2) % depth],
    )
    seen, scale = kept.seen[slot], kept.scale[(2 * layer + 1) % depth]
    for low in range(0, len(rows), BLOCK):
        high = min(len(rows), low + BLOCK)
        n = high - low
        copy_rows(before, rows[low:high], middle[low:high])
        if len(rows) == len(seen):
            multiply_panels(seen[low:high], weights.out_panels[layer], middle[low:high], True)
        else:
            copy_rows(seen, rows[low:high], scratch.a)
            multiply_panels(scratch.a[:n], weights.out_panels[layer], middle[low:high], True)
        norm(middle[low:high], weights.norm_feed[layer], eps, scratch.a, scale[low:high], 0, n)
        feed = kept.feed[layer, low:high] if keeping else scratch.feed[:n]
        multiply_panels(scratch.a[:n], weights.gate_up_panels[layer], feed, False)
        swiglu(feed, scratch.gated, 0, n)
        after[low:high] = middle[low:high]
        multiply_panels(scratch.gated[:n], weights.down_panels[layer], after[low:high], True)


@njit(**COMPILED)
def forward(
    weights: Weights,
    tokens: Tokens,
    paths: Paths,
    kept: Kept,
    scratch: Scratch,
    row: Row,
    out: Array,
    eps: float,
) -> None:
    """The normed hidden states of this thread's places in out [M, C]."""
    layers, heads, depth = len(weights.norm_attention), kept.log_sum.shape[2], len(kept.seen)
    copy_rows(weights.embedding, tokens.id, kept.x[0])
    for layer in range(layers):
        project(layer, weights, tokens, kept, scratch, heads, eps)
        qkv, seen, log_sum = (
            kept.qkv[layer % len(kept.qkv)],
            kept.seen[layer % depth],
            kept.log_sum[layer % depth],
        )
        attend(qkv, paths, heads, row, seen, log_sum)
        rows = tokens.every if layer + 1 < layers else tokens.wanted
        feed_forward(layer, weights, rows, kept, scratch, eps)
    at = 2 * layers % len(kept.x)
    norm(kept.x[at], weights.norm, eps, scratch.hidden, kept.scale[at], 0, len(tokens.wanted))
    for i in range(len(tokens.pick)):
        out[tokens.place[i]] = scratch.hidden[tokens.pick[i]]
