"""Statistics over ragged groups: scatter sums by group id, never a reshape.

R rows, G groups. Every function gives back one value per row, so nothing needs the group's position.
"""

from __future__ import annotations

import torch
from torch import Tensor


def dense(group_id: Tensor) -> tuple[Tensor, int]:
    """Group ids renumbered 0..G-1 and G."""
    values, index = torch.unique(group_id, return_inverse=True)
    return index, len(values)


def group_sum(values: Tensor, group_id: Tensor) -> Tensor:
    """[R] sum of each row's group."""
    index, n = dense(group_id)
    return values.new_zeros(n).index_add_(0, index, values)[index]


def group_size(group_id: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    return group_sum(torch.ones(len(group_id), dtype=dtype), group_id)


def group_mean(values: Tensor, group_id: Tensor) -> Tensor:
    """[R] mean of each row's group."""
    return group_sum(values, group_id) / group_size(group_id, values.dtype)


def group_max(values: Tensor, group_id: Tensor) -> Tensor:
    """[R] largest value of each row's group."""
    index, n = dense(group_id)
    return values.new_zeros(n).scatter_reduce_(0, index, values, "amax", include_self=False)[index]


def group_std(values: Tensor, group_id: Tensor, ddof: int = 1) -> Tensor:
    """[R] standard deviation of each row's group; 0 for groups of `ddof` rows or fewer."""
    centred = values - group_mean(values, group_id)
    free = (group_size(group_id, values.dtype) - ddof).clamp(min=1)
    return (group_sum(centred.square(), group_id) / free).sqrt()


def group_any(flags: Tensor, group_id: Tensor) -> Tensor:
    return group_sum(flags.float(), group_id) > 0


def group_all(flags: Tensor, group_id: Tensor) -> Tensor:
    return ~group_any(~flags, group_id)


def shuffled(values: Tensor, group_id: Tensor, rng: torch.Generator) -> Tensor:
    """[R] the values of each group dealt out anew among its rows."""
    by_group = torch.argsort(group_id, stable=True)
    anyhow = torch.randperm(len(values), generator=rng)
    dealt = anyhow[torch.argsort(group_id[anyhow], stable=True)]
    return torch.empty_like(values).index_put((by_group,), values[dealt])


def members(group_id: Tensor) -> list[Tensor]:
    """Row indices of each group, groups in ascending order of id."""
    index, n = dense(group_id)
    return [(index == g).nonzero().flatten() for g in range(n)]
