"""All layers of a transformer on packed tokens, forward and backward in closed form, for one thread (numba, float32).

N tokens, W of them wanted at the end, U different ids, V vocabulary, L layers, C channels, I inner channels, H heads,
D head size. Work goes on BLOCK tokens at a time, so that what is between two products stays in the second cache. What
is the same for equal ids (the first layer's projection) is computed once per id; what nobody wants (the last layer
after attention, of other tokens) not at all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from leadline.retrieval.lexical.segment import Array
from leadline.train.policies.attention_kernels import Head, Paths, attend, attend_backward
from leadline.train.policies.compiled import COMPILED
from leadline.train.policies.fused_kernels import norm, norm_backward, swiglu, swiglu_backward
from leadline.train.policies.tiles import multiply, multiply_panels

BLOCK = 96


class Weights(NamedTuple):
    """As the policy has them, [out, in]; `*_panels` is the transpose of a matrix as `tiles.panels` lays it out."""

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


class Gradients(NamedTuple):
    """For the first eight of Weights, of all layers; added to."""

    embedding: Array
    norm_attention: Array
    norm_feed: Array
    qkv: Array
    out: Array
    gate_up: Array
    down: Array
    norm: Array


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
    only the wanted tokens have entries, in their order. Where there is no backward, layers may share fewer entries."""

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


class Back(NamedTuple):
    """Gradients on their way: for the stream x [N, C], [W, C] of wanted tokens, [U, C] by id; for attention's result
    [N, C]; for qkv [N, 3C]."""

    x: Array
    wanted: Array
    by_id: Array
    seen: Array
    qkv: Array


@njit(**COMPILED)
def turn(qkv: Array, position: Array, cos: Array, sin: Array, heads: int, sign: float) -> None:
    """RoPE of queries and keys in qkv [N, 3C], in place, by sign times their angle; half-split, as RoPE has it."""
    size = cos.shape[1]
    half, way = size // 2, np.float32(sign)
    for i in range(len(qkv)):
        c, s = cos[position[i]], sin[position[i]]
        for h in range(2 * heads):
            left, right = qkv[i, h * size : h * size + half], qkv[i, h * size + half : (h + 1) * size]
            for j in range(half):
                a, b, across = left[j], right[j], s[j] * way
                left[j] = a * c[j] - b * across
                right[j] = b * c[j] + a * across


@njit(**COMPILED)
def copy_rows(x: Array, rows: Array, out: Array) -> None:
    for i in range(len(rows)):
        out[i] = x[rows[i]]


@njit(**COMPILED)
def add_rows(x: Array, out: Array) -> None:
    """out[i] += x[i] for all rows of out."""
    for i in range(len(out)):
        row, to = x[i], out[i]
        for j in range(len(to)):
            to[j] += row[j]


@njit(**COMPILED)
def add_to_rows(x: Array, rows: Array, out: Array) -> None:
    """out[rows[i]] += x[i]."""
    for i in range(len(rows)):
        row, to = x[i], out[rows[i]]
        for j in range(len(to)):
            to[j] += row[j]


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
    if layer == 0:
        copy_rows(scratch.table, tokens.which, qkv)
    turn(qkv, tokens.position, weights.cos, weights.sin, heads, 1.0)


@njit(**COMPILED)
def feed_forward(layer: int, weights: Weights, rows: Array, kept: Kept, scratch: Scratch, eps: float) -> None:
    """The stream of the given rows after attention and after the layer."""
    depth, slot = len(kept.x), layer % len(kept.feed)
    before, middle, after = (
        kept.x[2 * layer % depth],
        kept.x[(2 * layer + 1) % depth],
        kept.x[(2 * layer + 2) % depth],
    )
    seen, feed, scale = kept.seen[slot], kept.feed[slot], kept.scale[(2 * layer + 1) % depth]
    for low in range(0, len(rows), BLOCK):
        high = min(len(rows), low + BLOCK)
        n = high - low
        copy_rows(before, rows[low:high], middle[low:high])
        copy_rows(seen, rows[low:high], scratch.a)
        multiply_panels(scratch.a[:n], weights.out_panels[layer], middle[low:high], True)
        norm(middle[low:high], weights.norm_feed[layer], eps, scratch.a, scale[low:high], 0, n)
        multiply_panels(scratch.a[:n], weights.gate_up_panels[layer], feed[low:high], False)
        swiglu(feed[low:high], scratch.gated, 0, n)
        after[low:high] = middle[low:high]
        multiply_panels(scratch.gated[:n], weights.down_panels[layer], after[low:high], True)


@njit(**COMPILED)
def forward(
    weights: Weights,
    tokens: Tokens,
    paths: Paths,
    kept: Kept,
    scratch: Scratch,
    head: Head,
    out: Array,
    eps: float,
) -> None:
    """The normed hidden states of this thread's places in out [M, C]."""
    layers, heads, depth = len(weights.qkv), kept.log_sum.shape[2], len(kept.feed)
    copy_rows(weights.embedding, tokens.id, kept.x[0])
    for layer in range(layers):
        project(layer, weights, tokens, kept, scratch, heads, eps)
        qkv, seen, log_sum = (
            kept.qkv[layer % len(kept.qkv)],
            kept.seen[layer % depth],
            kept.log_sum[layer % depth],
        )
        attend(qkv, paths, heads, head, seen, log_sum)
        rows = tokens.every if layer + 1 < layers else tokens.wanted
        feed_forward(layer, weights, rows, kept, scratch, eps)
    at = 2 * layers % len(kept.x)
    norm(kept.x[at], weights.norm, eps, scratch.hidden, kept.scale[at], 0, len(tokens.wanted))
    for i in range(len(tokens.pick)):
        out[tokens.place[i]] = scratch.hidden[tokens.pick[i]]


@njit(**COMPILED)
def normed(x: Array, scale: Array, weight: Array, out: Array) -> None:
    """RMSNorm again, from its scale."""
    for i in range(len(x)):
        row, made, s = x[i], out[i], scale[i]
        for j in range(len(weight)):
            made[j] = row[j] * s * weight[j]


@njit(**COMPILED)
def feed_forward_backward(
    layer: int,
    weights: Weights,
    rows: Array,
    kept: Kept,
    scratch: Scratch,
    g: Array,
    to_seen: Array,
    grads: Gradients,
) -> None:
    """g [rows, C]: gradient for the stream after the layer, turned into that before it; to_seen: for attention's."""
    middle, feed, scale = kept.x[2 * layer + 1], kept.feed[layer], kept.scale[2 * layer + 1]
    weight, seen = weights.norm_feed[layer], kept.seen[layer]
    for low in range(0, len(rows), BLOCK):
        high = min(len(rows), low + BLOCK)
        n = high - low
        above, here, s = g[low:high], feed[low:high], scale[low:high]
        swiglu(here, scratch.gated, 0, n)
        multiply(above.T, scratch.gated[:n], grads.down[layer], True)
        multiply(above, weights.down[layer], scratch.gated[:n], False)
        swiglu_backward(scratch.gated[:n], here, scratch.feed, 0, n)
        normed(middle[low:high], s, weight, scratch.a)
        multiply(scratch.feed[:n].T, scratch.a[:n], grads.gate_up[layer], True)
        multiply(scratch.feed[:n], weights.gate_up[layer], scratch.a[:n], False)
        norm_backward(scratch.a, middle[low:high], weight, s, scratch.b, grads.norm_feed[layer], 0, n)
        add_rows(scratch.b, above)
        copy_rows(seen, rows[low:high], scratch.a)
        multiply(above.T, scratch.a[:n], grads.out[layer], True)
        multiply(above, weights.out[layer], scratch.a[:n], False)
        for i in range(n):
            to_seen[rows[low + i]] = scratch.a[i]


@njit(**COMPILED)
def project_backward(
    layer: int,
    weights: Weights,
    g: Array,
    x: Array,
    scale: Array,
    scratch: Scratch,
    to_x: Array,
    grads: Gradients,
) -> None:
    """Add to to_x the gradient for x [n, C] from g [n, 3C] for its projection."""
    weight = weights.norm_attention[layer]
    for low in range(0, len(g), BLOCK):
        high = min(len(g), low + BLOCK)
        n = high - low
        normed(x[low:high], scale[low:high], weight, scratch.a)
        multiply(g[low:high].T, scratch.a[:n], grads.qkv[layer], True)
        multiply(g[low:high], weights.qkv[layer], scratch.a[:n], False)
        norm_backward(
            scratch.a, x[low:high], weight, scale[low:high], scratch.b, grads.norm_attention[layer], 0, n
        )
        add_rows(scratch.b, to_x[low:high])


@njit(**COMPILED)
def backward(
    weights: Weights, tokens: Tokens, paths: Paths, kept: Kept, scratch: Scratch, head: Head, back: Back,
    to_out: Array, grads: Gradients,
) -> None:  # fmt: skip
    """Add to grads what to_out [M, C], the gradient for the result of `forward`, says at this thread's places."""
    layers, heads, w = len(weights.qkv), kept.log_sum.shape[2], len(tokens.wanted)
    scratch.hidden[:], back.x[:], back.seen[:] = 0, 0, 0
    for i in range(len(tokens.pick)):
        scratch.hidden[tokens.pick[i]] += to_out[tokens.place[i]]
    x, scale = kept.x[2 * layers], kept.scale[2 * layers]
    norm_backward(scratch.hidden, x, weights.norm, scale, back.wanted, grads.norm, 0, w)
    for layer in range(layers - 1, -1, -1):
        if layer + 1 == layers:
            feed_forward_backward(layer, weights, tokens.wanted, kept, scratch, back.wanted, back.seen, grads)
            add_to_rows(back.wanted, tokens.wanted, back.x)
        else:
            feed_forward_backward(layer, weights, tokens.every, kept, scratch, back.x, back.seen, grads)
        attend_backward(back.seen, kept.qkv[layer], paths, heads, head, kept.log_sum[layer], back.qkv)
        turn(back.qkv, tokens.position, weights.cos, weights.sin, heads, -1.0)
        if layer:
            x, scale = kept.x[2 * layer], kept.scale[2 * layer]
            project_backward(layer, weights, back.qkv, x, scale, scratch, back.x, grads)
    begin_backward(weights, tokens, kept, scratch, back, grads)


@njit(**COMPILED)
def begin_backward(
    weights: Weights, tokens: Tokens, kept: Kept, scratch: Scratch, back: Back, grads: Gradients
) -> None:
    """The first layer's projection and the embedding: gradients of equal ids meet before the product."""
    scratch.table[:], back.by_id[:] = 0, 0
    add_to_rows(back.qkv, tokens.which, scratch.table)
    add_to_rows(back.x, tokens.which, back.by_id)
    copy_rows(weights.embedding, tokens.distinct, back.seen)
    project_backward(0, weights, scratch.table, back.seen, kept.scale[0], scratch, back.by_id, grads)
    add_to_rows(back.by_id, tokens.distinct, grads.embedding)
