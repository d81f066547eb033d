"""Group advantages [R] from rewards [R]: what one response earned above the others of its prompt.

A group of one row, or one in which all rewards are equal, carries no signal and gets exactly 0.
eps 1e-6 is verl's, 1e-4 TRL's; ddof 1 is what both compute (the papers' formulas often mean ddof 0).
"""

from __future__ import annotations

import torch
from torch import Tensor

from leadline.train.groups import dense, group_any, group_mean, group_size, group_std


def mean_only(reward: Tensor, group_id: Tensor) -> Tensor:
    """r - mean of the group (Dr.GRPO, DARS).

    >>> mean_only(torch.tensor([1., 0., 0., 0.]), torch.zeros(4, dtype=torch.long)).tolist()
    [0.75, -0.25, -0.25, -0.25]
    """
    return equal_to_zero(reward - group_mean(reward, group_id), reward, group_id)


def standardised(
    reward: Tensor, group_id: Tensor, *, ddof: int = 1, eps: float = 1e-6, min_std: float = 0.0
) -> Tensor:
    """(r - mean) / (std + eps) of the group (GRPO); 0 for groups whose std is below `min_std`."""
    std = group_std(reward, group_id, ddof)
    return torch.where(std < min_std, 0.0, mean_only(reward, group_id) / (std + eps))


def leave_one_out(reward: Tensor, group_id: Tensor) -> Tensor:
    """r - mean of the *other* rows of the group (RLOO)."""
    n = group_size(group_id, reward.dtype)
    return mean_only(reward, group_id) * n / (n - 1).clamp(min=1)


def batch_standardised(reward: Tensor, group_id: Tensor, *, ddof: int = 1, eps: float = 1e-6) -> Tensor:
    """(r - group mean) / (std over the whole batch + eps): TRL's scale_rewards="batch"."""
    one = torch.zeros_like(group_id)
    return mean_only(reward, group_id) / (group_std(reward, one, ddof) + eps)


def whitened(advantage: Tensor, mask: Tensor, *, ddof: int = 1, eps: float = 1e-5) -> Tensor:
    """[R, T] advantages with mean 0 and deviation 1 over the tokens of the batch; 0 outside the mask again, since the
    subtraction would give padding an advantage.

    >>> whitened(torch.tensor([[1.0, 1.0], [-1.0, 9.0]]), torch.tensor([[1.0, 1.0], [1.0, 0.0]])).round(decimals=4)
    tensor([[ 0.5773,  0.5773],
            [-1.1547,  0.0000]])
    """
    n = mask.sum()
    mean = (advantage * mask).sum() / n
    centred = (advantage - mean) * mask
    return centred / ((centred.square().sum() / (n - ddof).clamp(min=1)).sqrt() + eps)


def ranked(reward: Tensor, group_id: Tensor) -> Tensor:
    """Mid-ranks of the group mapped linearly to [-1, 1]: insensitive to the reward's scale."""
    net, size = _net_wins(reward, group_id)
    return net / (size - 1).clamp(min=1)


def net_wins(reward: Tensor, group_id: Tensor) -> Tensor:
    """Share of the group that a rollout beats, less the share that beats it (DeepMiner, arXiv:2510.08276).

    For rewards 0 and 1 this is the reward less the group's mean.
    """
    net, size = _net_wins(reward, group_id)
    return net / size


def _net_wins(reward: Tensor, group_id: Tensor) -> tuple[Tensor, Tensor]:
    """How many of its group a rollout beats less how many beat it, and the group's size."""
    index, n_groups = dense(group_id)
    net, size = torch.zeros_like(reward), torch.ones_like(reward)
    for g in range(n_groups):
        rows = (index == g).nonzero().flatten()
        r = reward[rows]
        net[rows] = ((r[:, None] > r[None, :]).sum(1) - (r[:, None] < r[None, :]).sum(1)).to(reward.dtype)
        size[rows] = len(rows)
    return net, size


def equal_to_zero(advantage: Tensor, reward: Tensor, group_id: Tensor) -> Tensor:
    """Exactly 0 where all rewards of the group are equal: rounding of the mean must not become a signal."""
    mixed = group_any((reward - first_of_group(reward, group_id)).abs() > 0, group_id)
    return torch.where(mixed, advantage, torch.zeros_like(advantage))


def first_of_group(values: Tensor, group_id: Tensor) -> Tensor:
    """[R] value of the first row of each row's group."""
    index, n = dense(group_id)
    first = torch.full((n,), len(values), dtype=torch.long)
    first.scatter_reduce_(0, index, torch.arange(len(values)), "amin")
    return values[first][index]
