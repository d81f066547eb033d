"""Which rows and prompts are worth a gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from leadline.bench.metrics.sampling import pass_at_k
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


def pass_gap(n: int, right: int, k: int = 8) -> float:
    """Pass@k - Pass@1 from `right` of n probe rollouts: what a policy can do and does not do yet.

    >>> [round(pass_gap(16, right), 6) for right in (0, 1, 3, 8, 15, 16)]
    [0.0, 0.4375, 0.7125, 0.499922, 0.0625, 0.0]
    """
    return pass_at_k(n, right, k) - pass_at_k(n, right, 1)


def widest_gaps(
    right: Mapping[int, int], n: int, *, k: int = 8, at_least: float = 0.2, keep: int | None = None
) -> list[int]:
    """Prompts whose pass gap is `at_least`, the widest first, ties by prompt; the first `keep` (Innovator-VL's
    discrepancy-driven selection, arXiv:2601.19325; the threshold is ours)."""
    gaps = {prompt: pass_gap(n, c, k) for prompt, c in right.items()}
    wide = sorted((p for p in gaps if gaps[p] >= at_least), key=lambda p: (-gaps[p], p))
    return wide[:keep]


def reward_band(means: Mapping[int, float], *, low: float = 0.1, high: float = 0.9) -> list[int]:
    """Prompts whose mean reward lies in [low, high]: neither trivial nor out of reach (Innovator-VL; bounds ours).

    >>> reward_band({1: 0.0, 2: 0.1, 3: 0.9, 4: 1.0})
    [2, 3]
    """
    return [prompt for prompt, mean in means.items() if low <= mean <= high]


def downsample_to_multiple(n: int, multiple: int, rng: torch.Generator) -> torch.Tensor:
    """Sorted indices of floor(n / multiple) * multiple of n samples, dropped uniformly (IterResearch, 3.4)."""
    keep = n // multiple * multiple
    return torch.randperm(n, generator=rng)[:keep].sort().values
