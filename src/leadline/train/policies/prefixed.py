"""A transformer that reads L vectors before its tokens: latents that steer it, or compressed text.

The vectors have no place in the text (RoPE at 0), so the tokens stand where they stand without them.
R rows, T tokens, L prefix vectors, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from leadline.train.policies.embedded import scored, through
from leadline.train.policies.generate import Generated, nothing
from leadline.train.policies.transformer import Transformer, causal
from leadline.train.rows import Rows
from leadline.train.scores import Scores


@dataclass
class PrefixRows(Rows):
    """Rows that were sampled after a prefix, and some that were not; scored and trained as they were sampled."""

    prefix: Tensor = field(default_factory=lambda: torch.zeros(0, 0, 0))
    """[R, L, C]; what stands in rows without one does not matter."""
    prefixed: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.bool))
    """[R] bool."""


class PrefixTransformer(Transformer):
    def after(self, prefix: Tensor, ids: Tensor) -> Tensor:
        """[R, T, C] hidden states of ids [R, T] behind prefix [R, L, C]. With L = 0, exactly those without one."""
        if not prefix.shape[1]:
            return self(ids)
        x = torch.cat([prefix.to(self.embedding.weight.dtype), self.embedding(ids)], 1)
        return through(self, x, positions(prefix.shape[1], ids.shape[1]), causal)[:, prefix.shape[1] :]

    def score(self, rows: Rows, needs: frozenset[str] = frozenset()) -> Scores:
        if not isinstance(rows, PrefixRows) or not bool(rows.prefixed.any()):
            return super().score(rows, needs)
        ids, guided = rows.ids[:, :-1], rows.prefixed
        hidden = self.embedding.weight.new_zeros(*ids.shape, self.shape.channels)
        hidden = hidden.index_put((guided.nonzero()[:, 0],), self.after(rows.prefix[guided], ids[guided]))
        if not bool(guided.all()):
            hidden = hidden.index_put(((~guided).nonzero()[:, 0],), self(ids[~guided]))
        return scored(self, rows, hidden, needs)


def positions(before: int, tokens: int, start: int = 0) -> Tensor:
    """[before + tokens] 0 for each vector of the prefix, then start, start + 1, ..."""
    return torch.cat([torch.zeros(before, dtype=torch.long), torch.arange(start, start + tokens)])


class Remembered:
    """Attention of a text that grows: called once per layer and pass, it keeps keys and values, [R, T, H, D] each."""

    def __init__(self, layers: int) -> None:
        self.past: list[tuple[Tensor, Tensor] | None] = [None] * layers
        self.at = 0

    def __call__(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        past = self.past[self.at]
        if past is not None:
            assert q.shape[-3] == 1, "after the first pass one token at a time"
            k, v = torch.cat([past[0], k], -3), torch.cat([past[1], v], -3)
        self.past[self.at] = k, v
        self.at = (self.at + 1) % len(self.past)
        heads = (x.transpose(-2, -3) for x in (q, k, v))
        first = past is None
        return torch.nn.functional.scaled_dot_product_attention(*heads, is_causal=first).transpose(-2, -3)


@torch.no_grad()
def generate_after(
    policy: Transformer,
    prefix: Tensor,
    prompts: Sequence[Sequence[int]],
    max_new: int,
    rng: torch.Generator,
    *,
    greedy: bool = False,
) -> Generated:
    """Continue prompts of one length, each behind its prefix [R, L, C], by max_new tokens at temperature 1."""
    n, before = len(prompts), prefix.shape[1]
    ids = torch.tensor([list(p) for p in prompts])
    draws = torch.rand(n, max_new, generator=rng, dtype=torch.float64)
    out, attend = nothing(n, max_new), Remembered(len(policy.layers))
    x = torch.cat([prefix.to(policy.embedding.weight.dtype), policy.embedding(ids)], 1)
    place = positions(before, ids.shape[1])
    for t in range(max_new):
        logp = torch.log_softmax(policy.logits(through(policy, x, place, attend)[:, -1]).double(), -1)
        mass = logp.exp()
        below = (mass.cumsum(-1) <= draws[:, t, None] * mass.sum(-1, keepdim=True)).sum(-1)
        token = logp.argmax(-1) if greedy else below.clamp(max=logp.shape[-1] - 1)
        out.ids[:, t], out.mask[:, t] = token, 1
        out.logp[:, t] = logp.gather(-1, token[:, None])[:, 0]
        out.entropy[:, t] = -(mass * logp).sum(-1)
        out.forwards += 1
        x, place = policy.embedding(token)[:, None], torch.tensor([ids.shape[1] + t])
    return out


def prior(n: int, length: int, size: int, rng: torch.Generator, *, tiled: bool = False) -> Tensor:
    """[n, length, size] standard normal latents; `tiled` repeats one latent along the prefix."""
    drawn = torch.randn(n, 1 if tiled else length, size, generator=rng)
    return drawn.expand(n, length, size)


def distinct(answers: Tensor, group: Tensor) -> float:
    """Mean number of different rows of answers [R, T] within a group [R].

    >>> distinct(torch.tensor([[1, 2], [1, 2], [1, 3], [4, 4]]), torch.tensor([0, 0, 0, 1]))
    1.5
    """
    pairs = np.unique(np.column_stack([group.numpy(), answers.numpy()]), axis=0)
    return len(pairs) / len(np.unique(group.numpy()))
