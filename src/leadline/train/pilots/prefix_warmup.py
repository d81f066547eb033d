"""SFT behind prefixes that know nothing of the answer: the policy learns to bear a prefix, not to read it.

Reasoning Palette (arXiv:2512.17206, section 3.3) takes some 10 steps; a long SFT teaches the policy to ignore prefixes.
R rows, L prefix vectors, C channels.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor

from leadline.train.policies.prefixed import PrefixRows, PrefixTransformer
from leadline.train.rows import Rows
from leadline.train.warmup import warm_up_step


def behind(rows: Rows, prefix: Tensor) -> PrefixRows:
    """Every one of `rows` behind its prefix [R, L, C]; with L = 0 they score exactly as they did."""
    fields = {f.name: getattr(rows, f.name) for f in dataclasses.fields(rows)}
    return PrefixRows(**fields, prefix=prefix, prefixed=torch.full((len(rows),), prefix.shape[1] > 0))


def warm_up_behind(
    policy: PrefixTransformer,
    lessons: Callable[[int], Rows],
    prefixes: Callable[[int], Tensor],
    *,
    steps: int,
    lr: float = 1e-3,
) -> list[float]:
    """Adam in place on lessons(step), R rows behind prefixes(R); the mean losses per token."""
    optimizer = torch.optim.Adam(policy.parameters(), lr=lr)
    losses = []
    for step in range(steps):
        rows = lessons(step)
        losses.append(warm_up_step(policy, optimizer, behind(rows, prefixes(len(rows)))))
    return losses
