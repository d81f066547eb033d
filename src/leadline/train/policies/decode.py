"""Reading prompts and decoding with a cache: matrix products by torch, all between them compiled (decode_kernels).

Equal prompts are read and kept once, whatever number of rows continue them. A row that ended is left out of the next
step by its number alone: caches never move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from leadline.errors import UsageError, need
from leadline.retrieval.lexical.segment import Array
from leadline.train.policies.transformer import Layer, Transformer


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


def prefill(policy: Transformer, ids: Tensor, visible: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hidden state of the last position [B, C], keys and values [L, B, H, P, D]."""
    p = ids.shape[1]
    position = (visible.cumsum(1) - 1).clamp(min=0)
    cos, sin = policy.cos[position][:, None], policy.sin[position][:, None]
    causal = torch.ones(p, p, dtype=torch.bool).tril()
    # A padded query sees itself, so that its softmax is defined; nobody reads its result.
    allowed = (causal & visible[:, None, :]) | torch.eye(p, dtype=torch.bool)
    keys, values = [], []
    x = policy.embedding(ids)
    for layer in policy.layers:
        q, k, v = layer.heads(layer.norm_attention(x), cos, sin)
        keys.append(k)
        values.append(v)
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed[:, None])
        x = x + layer.out(seen.transpose(1, 2).reshape(x.shape))
        x = x + layer.feed(layer.norm_feed(x))
    return policy.norm(x[:, -1]), torch.stack(keys), torch.stack(values)


def kernels() -> ModuleType:
    """The compiled loops; the first import on a machine compiles them, about ten seconds."""
    need("numba", "train", "Generation")
    from leadline.train.policies import decode_kernels

    return decode_kernels


@dataclass(frozen=True)
class Weights:
    """One layer's weights as a step reads them: norms [C] as arrays, matrices [in, out] as views."""

    norm_attention: Array
    norm_feed: Array
    qkv: Tensor
    out: Tensor
    gate_up: Tensor
    down: Tensor

    @classmethod
    def of(cls, layer: Layer) -> Weights:
        norms = (norm.weight.detach().numpy() for norm in (layer.norm_attention, layer.norm_feed))
        matrices = (m.weight.detach().t() for m in (layer.qkv, layer.out, layer.gate_up, layer.down))
        return cls(*norms, *matrices)


class Decoder:
    """B rows that continue U prompts by up to N tokens each. Buffers are made once and reused in every step."""

    def __init__(self, policy: Transformer, prompts: Sequence[Sequence[int]], new: int) -> None:
        shape, n = policy.shape, len(prompts)
        unique = sorted({tuple(p) for p in prompts})
        number = {prompt: i for i, prompt in enumerate(unique)}
        ids, visible = left_padded(unique)
        hidden, keys, values = prefill(policy, ids, visible)
        self.policy, self.kernels = policy, kernels()
        self.owner = np.array([number[tuple(p)] for p in prompts])
        self.start = (~visible).sum(1).numpy()
        self.length = np.array([len(p) for p in prompts])
        self.prompt_keys, self.prompt_values = keys.contiguous().numpy(), values.contiguous().numpy()
        own = (shape.layers, n, shape.heads, new, shape.head)
        self.keys, self.values = np.empty(own, np.float32), np.empty(own, np.float32)
        self.cos, self.sin = policy.cos.numpy(), policy.sin.numpy()
        self.layers = [Weights.of(layer) for layer in policy.layers]
        self.norm, self.embedding = (
            w.detach().numpy() for w in (policy.norm.weight, policy.embedding.weight)
        )
        self.head, self.viewed = policy.embedding.weight.detach().t(), 0
        self.first = policy.logits(hidden)[torch.from_numpy(self.owner)]
        c, inner = shape.channels, shape.inner
        widths = {"x": c, "normed": c, "change": c, "seen": c, "qkv": 3 * c, "feed": 2 * inner}
        self.buffers = {
            name: torch.zeros(n, w) for name, w in (*widths.items(), ("logits", shape.vocabulary))
        }

    def step(self, rows: Array, token: Array, slot: int) -> Tensor:
        """Logits [b, V] after `token` [b] of the given `rows`, whose own token number `slot` it is."""
        run, eps, view, array = self.kernels, self.policy.shape.eps, *self.views(len(rows))
        position = self.length[rows] + slot
        run.embed(token, self.embedding, array["x"])
        array["change"].fill(0)
        for i, layer in enumerate(self.layers):
            run.add_norm(array["x"], array["change"], layer.norm_attention, eps, array["normed"])
            torch.mm(view["normed"], layer.qkv, out=view["qkv"])
            run.attend(
                array["qkv"], position, rows, self.owner, self.start, slot, self.cos, self.sin,
                self.prompt_keys[i], self.prompt_values[i], self.keys[i], self.values[i], array["seen"],
            )  # fmt: skip
            torch.mm(view["seen"], layer.out, out=view["change"])
            run.add_norm(array["x"], array["change"], layer.norm_feed, eps, array["normed"])
            torch.mm(view["normed"], layer.gate_up, out=view["feed"])
            functional.silu(view["gate"], inplace=True).mul_(view["up"])
            torch.mm(view["gate"], layer.down, out=view["change"])
        run.add_norm(array["x"], array["change"], self.norm, eps, array["normed"])
        return torch.mm(view["normed"], self.head, out=view["logits"])

    def views(self, b: int) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The first b rows of every buffer, for torch and for the compiled loops (the same memory)."""
        if b != self.viewed:
            self.viewed, self.view = b, {name: buffer[:b] for name, buffer in self.buffers.items()}
            self.array = {name: buffer.numpy() for name, buffer in self.view.items()}
            self.view["gate"], self.view["up"] = self.view["feed"].chunk(2, -1)
        return self.view, self.array
