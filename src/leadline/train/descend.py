"""The optimizer, and one step down a gradient of bounded norm: the last lines of every loop that trains a network."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def adamw(policy: nn.Module, lr: float) -> torch.optim.AdamW:
    """As the trainer and its pilots use it: without weight decay, betas .9 and .95."""
    return torch.optim.AdamW(policy.parameters(), lr=lr, weight_decay=0.0, betas=(0.9, 0.95))


def descend(
    loss: Tensor, policy: nn.Module, optimizer: torch.optim.Optimizer, max_norm: float = 1.0
) -> float:
    """Step on the gradient of `loss` (a scalar) in the parameters of `policy`, cut to `max_norm`; gives the loss.

    >>> w = nn.Linear(1, 1, bias=False)
    >>> _ = w.weight.data.fill_(3.0)
    >>> descend(w.weight.square().sum(), w, torch.optim.SGD(w.parameters(), lr=0.5)), round(w.weight.item(), 4)
    (9.0, 2.5)
    """
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(policy.parameters(), max_norm)
    optimizer.step()
    return float(loss.detach())
