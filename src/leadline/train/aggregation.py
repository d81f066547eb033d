"""From token losses to one number: each mode is a tensor of weights [R, T], so loss = sum(weights * L).

The weights are computed once on the whole batch. Any split into micro-batches then adds up to the same gradient:
denominators are global by construction.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from leadline.errors import NotFound
from leadline.train.groups import dense, group_sum

Mode = Literal["token-mean", "seq-mean-token-mean", "seq-mean-token-sum", "rows-const", "group-mean"]
MODES = ("token-mean", "seq-mean-token-mean", "seq-mean-token-sum", "rows-const", "group-mean")


def weights(
    mask: Tensor, mode: Mode, *, group_id: Tensor | None = None, max_length: int | None = None
) -> Tensor:
    """[R, T] weights of the mode; 0 outside the mask.

    token-mean          every token equal (DAPO)
    seq-mean-token-mean every row equal, tokens within a row too (GRPO)
    seq-mean-token-sum  sum over tokens, mean over rows
    rows-const          the same divided by a constant length (Dr.GRPO, DARS): max_length, else the tensor's width
    group-mean          every prompt equal, then rows, then tokens: cancels what DARS does; kept as its control
    """
    n = mask.shape[0]
    per_row = mask / mask.sum(1, keepdim=True).clamp(min=1)
    if mode == "token-mean":
        return mask / mask.sum().clamp(min=1)
    if mode == "seq-mean-token-mean":
        return per_row / n
    if mode == "seq-mean-token-sum":
        return mask / n
    if mode == "rows-const":
        return mask / (n * (max_length or mask.shape[1]))
    if mode == "group-mean":
        groups = torch.zeros(n, dtype=torch.long) if group_id is None else group_id
        size = group_sum(torch.ones(n, dtype=mask.dtype), groups)
        return per_row / size[:, None] / dense(groups)[1]
    raise NotFound("aggregation", mode, MODES)


def aggregate(loss: Tensor, weight: Tensor) -> Tensor:
    """sum(weight * loss); entries of weight 0 may hold anything, even infinities."""
    return (torch.where(weight > 0, loss, torch.zeros_like(loss)) * weight).sum()
