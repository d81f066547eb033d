"""The gradient of trunk_kernels.py in closed form, for one thread; letters and blocks as there."""

from __future__ import annotations

from typing import NamedTuple

from numba import njit

from leadline.train.policies.arrays import Array
from leadline.train.policies.attention_kernels import Paths, Row, attend_backward
from leadline.train.policies.compiled import COMPILED
from leadline.train.policies.fused_kernels import norm_backward, swiglu, swiglu_backward
from leadline.train.policies.tiles import multiply
from leadline.train.policies.trunk_kernels import BLOCK, Kept, Scratch, Tokens, Weights, copy_rows, turn


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


class Back(NamedTuple):
    """Gradients on their way: for the stream x [N, C], [W, C] of wanted tokens, [U, C] by id; for attention's result
    [N, C]; for qkv [N, 3C]."""

    x: Array
    wanted: Array
    by_id: Array
    seen: Array
    qkv: Array


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
        if len(rows) == len(seen):
            multiply(above.T, seen[low:high], grads.out[layer], True)
            multiply(above, weights.out[layer], to_seen[low:high], False)
        else:
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
    """Add to to_x the gradient for x [n, C] from g [n, 3C] for its projection, before rotation; n <= BLOCK."""
    weight, n = weights.norm_attention[layer], len(g)
    normed(x, scale, weight, scratch.a)
    multiply(g.T, scratch.a[:n], grads.qkv[layer], True)
    multiply(g, weights.qkv[layer], scratch.a[:n], False)
    norm_backward(scratch.a, x, weight, scale, scratch.b, grads.norm_attention[layer], 0, n)
    add_rows(scratch.b, to_x)


@njit(**COMPILED)
def backward(
    weights: Weights, tokens: Tokens, paths: Paths, kept: Kept, scratch: Scratch, row: Row, back: Back,
    to_out: Array, grads: Gradients,
) -> None:  # fmt: skip
    """Add to grads what to_out [M, C], the gradient for the result of `forward`, says at this thread's places."""
    layers, heads, w = len(weights.qkv), kept.log_sum.shape[2], len(tokens.wanted)
    scratch.hidden[:], scratch.table[:], back.x[:], back.seen[:] = 0, 0, 0, 0
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
        attend_backward(back.seen, kept.qkv[layer], paths, heads, row, kept.log_sum[layer], back.qkv)
        for low in range(0, len(tokens.id), BLOCK):
            here = slice(low, min(len(tokens.id), low + BLOCK))
            g, x, scale = back.qkv[here], kept.x[2 * layer, here], kept.scale[2 * layer, here]
            turn(g, tokens.position[here], weights.cos, weights.sin, heads, -1.0)
            if layer:
                project_backward(layer, weights, g, x, scale, scratch, back.x[here], grads)
            else:
                add_to_rows(g, tokens.which[here], scratch.table)
    begin_backward(weights, tokens, kept, scratch, back, grads)


@njit(**COMPILED)
def begin_backward(
    weights: Weights, tokens: Tokens, kept: Kept, scratch: Scratch, back: Back, grads: Gradients
) -> None:
    """The first layer's projection and the embedding: gradients of equal ids meet before the product."""
    back.by_id[:] = 0
    add_to_rows(back.x, tokens.which, back.by_id)
    copy_rows(weights.embedding, tokens.distinct, back.seen)
    for low in range(0, len(tokens.distinct), BLOCK):
        here = slice(low, min(len(tokens.distinct), low + BLOCK))
        x, scale = back.seen[here], kept.scale[0, here]
        project_backward(0, weights, scratch.table[here], x, scale, scratch, back.by_id[here], grads)
    add_to_rows(back.by_id, tokens.distinct, grads.embedding)
