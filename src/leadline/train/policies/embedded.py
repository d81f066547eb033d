"""A transformer on vectors instead of ids: what reads pictures, latents and masked text with the decoder's own layers.

B rows, T positions, C channels, H heads, D head size.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from leadline.train.policies.transformer import Attend, Transformer
from leadline.train.rows import Rows
from leadline.train.scores import Scores


def everything(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Every position sees every other one, [B, T, H, D]: attention without the causal mask."""
    heads = (x.transpose(-2, -3) for x in (q, k, v))
    return functional.scaled_dot_product_attention(*heads).transpose(-2, -3)


def through(policy: Transformer, x: Tensor, position: Tensor, attend: Attend) -> Tensor:
    """[B, T, C] final hidden states of vectors x [B, T, C] that stand at `position` [T] (RoPE)."""
    cos, sin = policy.cos[position].unsqueeze(-2), policy.sin[position].unsqueeze(-2)
    for layer in policy.layers:
        x = layer(x, cos, sin, attend)
    out: Tensor = policy.norm(x)
    return out


def scored(
    policy: Transformer, rows: Rows, hidden: Tensor, needs: frozenset[str] = frozenset(), *, shift: int = 1
) -> Scores:
    """Scores at temperature 1 from hidden [R, T - shift, C]; entry t of it speaks of token t + shift."""
    where = rows.mask > 0
    if shift:
        where = where & (torch.arange(rows.width) >= shift)
    picked = hidden[where[:, shift:]]
    logits = policy.logits(picked)
    log_all = torch.log_softmax(logits, -1)

    def placed(values: Tensor) -> Tensor:
        full = values.new_zeros((*rows.ids.shape, *values.shape[1:]))
        return full.index_put(where.nonzero(as_tuple=True), values)

    return Scores(
        placed(log_all.gather(-1, rows.ids[where][:, None])[:, 0]),
        placed(-(log_all.exp() * log_all).sum(-1)) if "entropy" in needs else None,
        placed(logits) if "logits" in needs else None,
        placed(picked) if "hidden" in needs else None,
    )
