"""Which rows and prompts are worth a gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from leadline.train.groups import group_mean
from leadline.train.rows import Rows


def mixed_groups(rows: Rows, *, upper: float = 1.0) -> Rows:
    """Rows of groups with accuracy in (0, upper): the others carry no group advantage (DAPO, DARS)."""
    accuracy = group_mean(rows.correct.float(), rows.group_id)
    keep = (accuracy > 0) & (accuracy < upper)
    return rows.select(keep)


def unsolved_prompts(
    pass_at_4: Mapping[int, float], prompts: Sequence[int], *, below: float = 0.25
) -> list[int]:
    """DeepSearch's hard set: prompts whose pass@1 from four samples is at most `below`; unseen ones are kept.

    The paper writes Pass1@4 < 25 % and its code keeps the 0 % and 25 % buckets: the code's reading is taken.
    """
    return [p for p in prompts if pass_at_4.get(p, 0.0) <= below]


def downsample_to_multiple(n: int, multiple: int, rng: torch.Generator) -> torch.Tensor:
    """Sorted indices of floor(n / multiple) * multiple of n samples, dropped uniformly (IterResearch, 3.4)."""
    keep = n // multiple * multiple
    return torch.randperm(n, generator=rng)[:keep].sort().values
