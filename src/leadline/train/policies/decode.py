"""Reading prompts, and decoding with a cache in compiled steps (decode_kernels).

Equal prompts are read and kept once, whatever number of rows continue them. Where a row ends, another takes its line of
the cache: caches never move.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from leadline.errors import UsageError, need
from leadline.train.policies import fused, trunk
from leadline.train.policies.arrays import Array
from leadline.train.policies.buffers import borrowed, carve, size_of
from leadline.train.policies.packing import Packed
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.threads import in_parts

BEYOND = 64
"""Numbers behind the cache that a vector may read, and nobody uses."""
LINES = 64
"""Rows that go on together, for each thread: enough for the products, few enough for their cache to stay near."""
READ = 384
"""Tokens of prompts that are read together."""
FEW_IDS = 1024
"""Vocabulary up to which the first layer's projection of every id is worth having."""


def left_padded(prompts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """ids [B, P] and visible [B, P] bool."""
    width = max(len(p) for p in prompts)
    ids = torch.zeros(len(prompts), width, dtype=torch.long)
    visible = torch.zeros(len(prompts), width, dtype=torch.bool)
    for row, prompt in enumerate(prompts):
        if not prompt:
            raise UsageError("A prompt without tokens cannot be continued.")
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        visible[row, width - len(prompt) :] = True
    return ids, visible


def kernels() -> ModuleType:
    """The compiled loops; the first use on a machine compiles them, about a minute."""
    need("numba", "train", "Generation")
    from leadline.train.policies import decode_kernels

    return decode_kernels


class Decoder:
    """Rows that continue U prompts by up to N tokens each, as many at a time as there are `lines` for.

    Buffers are made once and used again in every step; so few are they that they stay in the last cache.
    """

    def __init__(self, policy: Transformer, prompts: Sequence[Sequence[int]], new: int) -> None:
        from leadline.train.policies.decode_attention import score_width

        unique = sorted({tuple(p) for p in prompts})
        number = {prompt: i for i, prompt in enumerate(unique)}
        owner = np.array([number[tuple(p)] for p in prompts])
        length = np.array([len(p) for p in prompts])
        self.policy, self.run, self.weights = policy, kernels(), trunk.weights_of(policy)
        self.ends = ends(policy, self.weights)
        self.lines = n = min(len(prompts), LINES * torch.get_num_threads())
        shapes = cache_shapes(policy.shape, n, new, len(unique), int(length.max()))
        self.memory = borrowed(size_of(shapes) + BEYOND)
        self.cache = self.run.Cache(owner, length, *carve(self.memory.numpy(), shapes))
        self.first = policy.logits(self.read(unique))[torch.from_numpy(owner)]
        c, inner, v = policy.shape.channels, policy.shape.inner, whole(policy.shape.vocabulary)
        score = score_width(int(length.max()), new)
        scratch = [(n, width) for width in (c, c, c, c + whole(1), 3 * c, 2 * inner, inner, v, score)]
        self.spare = borrowed(size_of(scratch))
        self.scratch = self.run.Scratch(*carve(self.spare.numpy(), scratch), np.empty(n, np.int64))

    def read(self, prompts: Sequence[Sequence[int]]) -> Tensor:
        """Keep keys and values of the U prompts; the hidden state of each one's last token [U, C]."""
        from leadline.train.policies.decode_attention import remember

        shape, after = self.policy.shape, np.cumsum([len(p) for p in prompts])
        n = max(torch.get_num_threads(), int(after[-1]) // READ)
        bounds = [0, *sorted(np.searchsorted(after, after[-1] * np.arange(1, n) / n).tolist()), len(prompts)]
        shares = [(low, high) for low, high in pairwise(bounds) if high > low]
        plan = [trunk.part(side_by_side(prompts[low:high]), np.arange(low, high)) for low, high in shares]
        self.policy.knows(*(part.tokens.distinct for part in plan))

        def keep(low: int, part: trunk.Part, kept: Any) -> None:
            first, length = part.paths.path[:, 0].copy(), part.paths.end
            for layer in range(shape.layers):
                mine = self.cache.prompt_keys[layer], self.cache.prompt_values[layer]
                remember(kept.qkv[layer], first, length, shape.heads, *mine, low)

        return trunk.run_forward(self.weights, shape, plan, keep=[partial(keep, low) for low, _ in shares])[0]

    def step(self, rows: Array, token: Array, line: Array, said: Array) -> Tensor:
        """Logits [b, V] of rows [b] that have said said[i] tokens, the last of them token[i], and have line[i].

        There are fewer tokens where rows at the end have not said any: theirs are the prompts' logits.
        """
        n, slot = len(token), said - 1
        arguments = (
            self.weights, self.ends, self.cache, self.scratch, token, rows, line, slot, self.policy.shape.eps
        )  # fmt: skip
        if n:
            in_parts(lambda low, high: self.run.step(*arguments, low, high), n)
        logits = torch.from_numpy(self.scratch.logits[: len(rows), : self.policy.shape.vocabulary])
        if n < len(rows):
            logits[n:] = self.first[rows[n:]]
        return logits


def side_by_side(prompts: Sequence[Sequence[int]]) -> Packed:
    """Prompts as they are, each with its last token wanted."""
    length = np.array([len(p) for p in prompts])
    first = np.cumsum(length) - length
    column = np.arange(length.max())
    path = first[:, None] + np.minimum(column, length[:, None] - 1)
    ids = np.array([i for p in prompts for i in p])
    position = np.concatenate([column[:n] for n in length])
    return Packed(ids, position, path, np.zeros_like(length), length, first + length - 1)


def cache_shapes(shape: Shape, rows: int, new: int, prompts: int, longest: int) -> list[tuple[int, ...]]:
    """Of the arrays of `Cache`."""
    layers, heads, c = shape.layers, shape.heads, shape.channels
    return [
        (layers, prompts, heads, shape.head, whole(longest)), (layers, prompts, longest, c),
        (layers, rows, new, c), (layers, rows, new, c),
    ]  # fmt: skip


def whole(n: int) -> int:
    """n as whole vectors."""
    from leadline.train.policies.attention_kernels import padded

    return padded(n)


def ends(policy: Transformer, weights: Any) -> Any:
    """The first layer's projection of every id, where ids are few, and the head."""
    from leadline.train.policies.tiles import panel_size, panels

    v, c = policy.embedding.weight.shape
    head = np.zeros((c, whole(v)), np.float32)
    head[:, :v] = weights.embedding.T
    laid_out = torch.empty(panel_size(*head.shape)).numpy()
    panels(head, laid_out)
    table = np.empty((0, 3 * c), np.float32)
    if v <= FEW_IDS:
        layer = policy.layers[0]
        table = layer.qkv(fused.norm(policy.embedding.weight, layer.norm_attention.weight, policy.shape.eps))
        table = table.detach().numpy()
    return kernels().Ends(table, laid_out)
