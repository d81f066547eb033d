"""Advantages per segment of a response: tree search and process rewards (DeepSearch, arXiv:2509.25454, Eq. 7-8)."""

from __future__ import annotations

import torch
from torch import Tensor

from leadline.train.groups import group_mean


def soft_clip(q: Tensor, *, eps: float = 1.0, q_max: float = 1.0) -> Tensor:
    """tanh(q / eps) * q_max: keeps accumulated values of inner nodes inside the range of an outcome."""
    return torch.tanh(q / eps) * q_max


def segment_advantage(seg_value: Tensor, seg_id: Tensor, terminal: Tensor, group_id: Tensor) -> Tensor:
    """[R, T] value of the token's segment minus the mean outcome of the group's trajectories.

    seg_value [R, S] already soft-clipped (terminals as they are), seg_id [R, T], terminal [R] outcome of the row.
    With seg_value equal to the terminal everywhere this is the mean-only advantage of GRPO.
    """
    return seg_value.gather(1, seg_id) - group_mean(terminal, group_id)[:, None]
