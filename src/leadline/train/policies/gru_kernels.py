"""The recurrence of a GRU, forward and backward, one row after the other (numba, float32).

N rows, T steps, D channels; gates in torch's order: reset, update, candidate. The products with the inputs are done
before, those for the weights' gradients after; only what has to go step by step is here.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from leadline.train.policies.arrays import Array
from leadline.train.policies.compiled import COMPILED, exponential


@njit(**COMPILED)
def forward(
    told: Array, weight: Array, bias: Array, backwards: bool, out: Array, gates: Array, low: int, high: int
) -> None:
    """told [N, T, 3D] = inputs' part; weight [D, 3D], bias [3D] of the state's part -> out [N, T, D].

    gates [N, T, 4D] keeps reset, update, candidate and the state's part of the candidate for the way back.
    """
    steps, size = out.shape[1], out.shape[2]
    one, state, mine = np.float32(1), np.zeros(size, np.float32), np.zeros(3 * size, np.float32)
    for i in range(low, high):
        state[:] = 0
        for k in range(steps):
            t = steps - 1 - k if backwards else k
            mine[:] = bias
            for j in range(size):
                row, x = weight[j], state[j]
                for c in range(3 * size):
                    mine[c] += x * row[c]
            x, kept = told[i, t], gates[i, t]
            for c in range(2 * size):
                kept[c] = one / (one + exponential(-(x[c] + mine[c])))
            for c in range(size):
                pre = x[2 * size + c] + kept[c] * mine[2 * size + c]
                candidate = np.float32(2) / (one + exponential(np.float32(-2) * pre)) - one
                kept[2 * size + c], kept[3 * size + c] = candidate, mine[2 * size + c]
                state[c] = candidate + kept[size + c] * (state[c] - candidate)
                out[i, t, c] = state[c]


@njit(**COMPILED)
def backward(
    g: Array, out: Array, gates: Array, weight: Array, backwards: bool, to_told: Array, to_mine: Array,
    low: int, high: int,
) -> None:  # fmt: skip
    """g [N, T, D] -> gradients [N, T, 3D] of the inputs' and of the state's part; weight [3D, D]."""
    steps, size = out.shape[1], out.shape[2]
    one, carry, nothing = np.float32(1), np.zeros(size, np.float32), np.zeros(size, np.float32)
    for i in range(low, high):
        carry[:] = 0
        for k in range(steps - 1, -1, -1):
            t = steps - 1 - k if backwards else k
            before = nothing if k == 0 else out[i, t + 1 if backwards else t - 1]
            kept, a, b = gates[i, t], to_told[i, t], to_mine[i, t]
            for c in range(size):
                r, z, n = kept[c], kept[size + c], kept[2 * size + c]
                d = g[i, t, c] + carry[c]
                to_n = d * (one - z) * (one - n * n)
                to_r = to_n * kept[3 * size + c] * r * (one - r)
                to_z = d * (before[c] - n) * z * (one - z)
                a[c], a[size + c], a[2 * size + c] = to_r, to_z, to_n
                b[c], b[size + c], b[2 * size + c] = to_r, to_z, to_n * r
                carry[c] = d * z
            for j in range(3 * size):
                row, x = weight[j], b[j]
                for c in range(size):
                    carry[c] += x * row[c]
