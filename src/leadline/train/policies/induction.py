"""A small transformer that learns to look up quickly: a short causal convolution stands before each layer.

Without it (or with the key among words at random) no look-up is learned within a thousand steps (UniICL's
specification, section 6). It also reads embeddings instead of ids, as soft prompts and virtual tokens need.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from leadline.errors import UsageError
from leadline.train.policies.transformer import Shape

WIDTH = 5


def turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """RoPE in the half-split form on [B, H, T, D] (the Transformer's own works on packed tokens)."""
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


class Block(nn.Module):
    """A depthwise causal convolution, attention with RoPE, and a feed-forward layer, each added to the stream."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        c = shape.channels
        self.heads = shape.heads
        self.conv = nn.Conv1d(c, c, WIDTH, groups=c)
        self.norm_attention, self.norm_feed = nn.RMSNorm(c, shape.eps), nn.RMSNorm(c, shape.eps)
        self.qkv, self.out = nn.Linear(c, 3 * c, bias=False), nn.Linear(c, c, bias=False)
        self.feed = nn.Sequential(nn.Linear(c, shape.inner), nn.GELU(), nn.Linear(shape.inner, c))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.conv(functional.pad(x.mT, (WIDTH - 1, 0))).mT
        b, t, _ = x.shape
        q, k, v = self.qkv(self.norm_attention(x)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(
            turned(q, cos, sin), turned(k, cos, sin), v, is_causal=True
        )
        x = x + self.out(seen.transpose(1, 2).reshape(x.shape))
        out: Tensor = x + self.feed(self.norm_feed(x))
        return out


class InductionTransformer(nn.Module):
    """Tied embeddings; `embedded` is the forward from embeddings on."""

    cos: Tensor
    sin: Tensor

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(shape.vocabulary, shape.channels)
            self.layers = nn.ModuleList(Block(shape) for _ in range(shape.layers))
            nn.init.normal_(self.embedding.weight, 0.0, 0.2)
        self.norm = nn.RMSNorm(shape.channels, shape.eps)
        angles = torch.outer(
            torch.arange(shape.context, dtype=torch.float32),
            shape.rope_base ** (-torch.arange(0, shape.head, 2, dtype=torch.float32) / shape.head),
        ).repeat(1, 2)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def embedded(self, x: Tensor) -> Tensor:
        """[B, T, C] embeddings -> [B, T, C] hidden states after the final norm."""
        t = x.shape[1]
        if t > self.shape.context:
            raise UsageError(f"{t} positions are more than the model's context of {self.shape.context}.")
        for layer in self.layers:
            x = layer(x, self.cos[:t], self.sin[:t])
        out: Tensor = self.norm(x)
        return out

    def forward(self, ids: Tensor) -> Tensor:
        """[B, T] ids -> [B, T, C]."""
        return self.embedded(self.embedding(ids))

    def logits(self, hidden: Tensor) -> Tensor:
        """[..., C] -> [..., V]."""
        return functional.linear(hidden, self.embedding.weight)


def freeze(model: nn.Module) -> None:
    """Parameters stop learning; gradients still pass through them to what feeds them (`no_grad` would end there)."""
    for parameter in model.parameters():
        parameter.requires_grad_(False)
