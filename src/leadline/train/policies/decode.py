"""Reading prompts with torch, and decoding with a cache in compiled steps (decode_kernels).

Equal prompts are read and kept once, whatever number of rows continue them. A row that ended is left out of the next
step by its number alone: caches never move.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from leadline.errors import UsageError, need
from leadline.retrieval.lexical.segment import Array
from leadline.train.policies.transformer import Transformer, causal
from leadline.train.threads import in_parts


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


def prefill(policy: Transformer, prompts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Hidden state of each prompt's last token [U, C], keys and values [L, U, H, P, D]; prompts are right-padded."""
    ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(p) for p in prompts], batch_first=True)
    keys, values = list[Tensor](), list[Tensor]()

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        keys.append(k.transpose(1, 2))
        values.append(v.transpose(1, 2))
        return causal(q, k, v)

    hidden = policy(ids, attend=attend)
    last = torch.tensor([len(p) - 1 for p in prompts])
    return hidden[torch.arange(len(prompts)), last], torch.stack(keys), torch.stack(values)


def kernels() -> ModuleType:
    """The compiled loops; the first import on a machine compiles them, about ten seconds."""
    need("numba", "train", "Generation")
    from leadline.train.policies import decode_kernels

    return decode_kernels


def stacked(policy: Transformer) -> Any:
    """The weights as a step reads them: matrices as [in, out], all layers in one array."""

    def norms(name: str) -> Array:
        return torch.stack([getattr(layer, name).weight.detach() for layer in policy.layers]).numpy()

    def matrices(name: str) -> Array:
        return torch.stack([getattr(layer, name).weight.detach().t() for layer in policy.layers]).numpy()

    embedding = policy.embedding.weight.detach()
    return kernels().Weights(
        embedding.numpy(), norms("norm_attention"), matrices("qkv"), matrices("out"), norms("norm_feed"),
        matrices("gate_up"), matrices("down"), policy.norm.weight.detach().numpy(), embedding.t().contiguous().numpy(),
        policy.cos.numpy(), policy.sin.numpy(),
    )  # fmt: skip


class Decoder:
    """B rows that continue U prompts by up to N tokens each. Buffers are made once and reused in every step."""

    def __init__(self, policy: Transformer, prompts: Sequence[Sequence[int]], new: int) -> None:
        shape, n, run = policy.shape, len(prompts), kernels()
        unique = sorted({tuple(p) for p in prompts})
        number = {prompt: i for i, prompt in enumerate(unique)}
        owner = np.array([number[tuple(p)] for p in prompts])
        hidden, keys, values = prefill(policy, unique)
        self.first = policy.logits(hidden)[torch.from_numpy(owner)]
        own = (shape.layers, n, shape.heads, new, shape.head)
        self.cache = run.Cache(
            owner, np.array([len(p) for p in prompts]), keys.contiguous().numpy(), values.contiguous().numpy(),
            np.empty(own, np.float32), np.empty(own, np.float32),
        )  # fmt: skip
        c, inner = shape.channels, shape.inner
        widths = (c, c, c, c, 3 * c, 2 * inner, inner, shape.vocabulary)
        self.scratch = run.Scratch(*(np.empty((n, width), np.float32) for width in widths))
        self.weights, self.eps, self.run = stacked(policy), shape.eps, run

    def step(self, rows: Array, token: Array, slot: int) -> Tensor:
        """Logits [b, V] after `token` [b] of the given `rows`, whose own token number `slot` it is."""
        arguments = self.weights, self.cache, self.scratch, token, rows, slot, self.eps
        in_parts(lambda low, high: self.run.step(*arguments, low, high), len(rows))
        return torch.from_numpy(self.scratch.logits[: len(rows)])
