"""What a decoding step does besides matrix products, compiled by numba: norm, attention over the cache, sampling.

B rows, C channels, H heads, D head size, P slots of the prompts (left-padded), N slots of new tokens.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from leadline.retrieval.lexical.segment import Array

FAST = {"reassoc", "contract", "nsz", "arcp"}
"""Sums may be reordered into vector lanes; NaN and infinity keep their meaning."""


@njit(cache=True, nogil=True, fastmath=FAST)
def embed(token: Array, embedding: Array, x: Array) -> None:
    """x[i] = embedding[token[i]]."""
    for i in range(len(token)):
        x[i] = embedding[token[i]]


@njit(cache=True, nogil=True, fastmath=FAST)
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


@njit(cache=True, nogil=True, fastmath=FAST)
def rotated(x: Array, cos: Array, sin: Array, out: Array) -> None:
    """RoPE of one head in the half-split form, [D]."""
    half = len(x) // 2
    for j in range(half):
        a, b = x[j], x[j + half]
        out[j] = a * cos[j] - b * sin[j]
        out[j + half] = b * cos[j + half] + a * sin[j + half]


@njit(cache=True, nogil=True, fastmath=FAST)
def dots(query: Array, keys: Array, out: Array) -> None:
    """out[s] = query . keys[s]."""
    for s in range(len(keys)):
        total = np.float32(0)
        for d in range(len(query)):
            total += query[d] * keys[s, d]
        out[s] = total


@njit(cache=True, nogil=True, fastmath=FAST)
def gather(weight: Array, values: Array, out: Array) -> None:
    """out += the sum of weight[s] * values[s]."""
    for s in range(len(values)):
        factor = weight[s]
        for d in range(len(out)):
            out[d] += factor * values[s, d]


@njit(cache=True, nogil=True, fastmath=FAST)
def attend(
    qkv: Array, position: Array, row: Array, owner: Array, start: Array, slot: int, cos: Array, sin: Array,
    prompt_keys: Array, prompt_values: Array, own_keys: Array, own_values: Array, out: Array,
) -> None:  # fmt: skip
    """Write keys and values of this token to `slot` of each row's own cache, and attend to prompt and own tokens.

    qkv [B, 3C]; row i is row[i] of the batch, has prompt owner[row[i]], whose tokens begin at slot start[owner];
    keys and values of the prompts [U, H, P, D], own ones [rows, H, N, D].
    """
    heads, size = own_keys.shape[1], own_keys.shape[3]
    width, channels = prompt_keys.shape[2], heads * size
    query, key = np.empty(size, np.float32), np.empty(size, np.float32)
    weight = np.empty(width + slot + 1, np.float32)
    shrink = np.float32(1.0 / math.sqrt(size))
    for i in range(len(row)):
        r, u = row[i], owner[row[i]]
        first = start[u]
        here_cos, here_sin = cos[position[i]], sin[position[i]]
        n_prompt = width - first
        n = n_prompt + slot + 1
        for h in range(heads):
            at = h * size
            rotated(qkv[i, at : at + size], here_cos, here_sin, query)
            rotated(qkv[i, channels + at : channels + at + size], here_cos, here_sin, key)
            for d in range(size):
                own_keys[r, h, slot, d] = key[d]
                own_values[r, h, slot, d] = qkv[i, 2 * channels + at + d]
                query[d] *= shrink
            dots(query, prompt_keys[u, h, first:], weight)
            dots(query, own_keys[r, h, : slot + 1], weight[n_prompt:])
            top = weight[0]
            for s in range(n):
                top = max(top, weight[s])
            total = np.float32(0)
            for s in range(n):
                weight[s] = math.exp(weight[s] - top)
                total += weight[s]
            inverse = np.float32(1) / total
            for s in range(n):
                weight[s] *= inverse
            seen = out[i, at : at + size]
            seen[:] = 0
            gather(weight, prompt_values[u, h, first:], seen)
            gather(weight[n_prompt:], own_values[r, h, : slot + 1], seen)


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
