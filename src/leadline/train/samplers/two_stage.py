"""A cheap first pass, then more rollouts for prompts that are rarely solved (DARS, arXiv:2508.13755).

u accuracy of the first pass, n its rollouts, A_group = n * S(u) the summed |advantage| of the group.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from leadline.train.groups import group_mean
from leadline.train.rows import Rows, concat
from leadline.train.samplers.base import Sampling, plain, repeated

Rule = Literal["et", "hw"]


def advantage_per_rollout(u: float, *, std: bool = False) -> float:
    """S(u): mean |advantage| of a group with accuracy u; population std in the normalised form."""
    return 2 * math.sqrt(u * (1 - u)) if std else 2 * u * (1 - u)


def extra_rollouts(
    u: float, n: int, n_max: int, rule: Rule = "et", *, std: bool = False, zero_floor: float = 0.5
) -> int:
    """Rollouts to add for a prompt with first-pass accuracy u; none from u = .5 on, at most n_max - n.

    et lifts the group's summed |advantage| to that of a medium prompt, hw to 2(1-u) times it. u = 0 counts as
    zero_floor / n.

    >>> [extra_rollouts(k / 8, 8, 32) for k in range(5)]
    [24, 11, 3, 1, 0]
    """
    if u >= 0.5:
        return 0
    s = advantage_per_rollout(u or zero_floor / n, std=std)
    peak = n * (1.0 if std else 0.5)
    target = peak if rule == "et" else 2 * (1 - (u or zero_floor / n)) * peak
    return min(n_max - n, max(0, math.ceil((target - n * s) / s - 1e-9)))  # 1e-9: 56.000000001 is 56


def scale_down(counts: Sequence[int], limit: int) -> list[int]:
    """Counts that sum to at most `limit`, proportional by largest remainder; ties to the earlier prompt.

    >>> scale_down([6, 3, 1], 5)
    [3, 2, 0]
    """
    total = sum(counts)
    if total <= limit:
        return list(counts)
    shares = [count * limit / total for count in counts]
    floors = [int(share) for share in shares]
    order = sorted(range(len(counts)), key=lambda i: (floors[i] - shares[i], i))
    for i in order[: limit - sum(floors)]:
        floors[i] += 1
    return floors


def two_stage(
    prompts: Sequence[int],
    sampling: Sampling,
    *,
    n_max: int = 32,
    rule: Rule = "et",
    std: bool = False,
    max_rows: int = 100_000,
) -> Rows:
    """First-stage rows then second-stage rows, `stage_id` 1 and 2; the temperature is the training one in both."""
    first = plain(prompts, sampling)
    u = group_mean(first.correct.float(), first.group_id)
    by_prompt = {int(g): float(a) for g, a in zip(first.group_id, u, strict=True)}
    counts = [extra_rollouts(by_prompt[p], sampling.n, n_max, rule, std=std) for p in prompts]
    more = repeated(prompts, scale_down(counts, max(0, max_rows - len(first))))
    first = replace(first, stage_id=torch.ones_like(first.group_id))
    if not more:
        return first
    second = sampling.rollouts(more)
    return concat([first, replace(second, stage_id=torch.full_like(second.group_id, 2))])


def second_stage_saves(rows: Rows) -> tuple[int, int]:
    """(prompts solved only by the second stage, extra rollouts): DARS's 2nd_saved and its price."""
    assert rows.stage_id is not None
    solved: dict[int, set[int]] = {1: set(), 2: set()}
    for group, stage, right in zip(
        rows.group_id.tolist(), rows.stage_id.tolist(), rows.correct.tolist(), strict=True
    ):
        if right:
            solved[stage].add(group)
    return len(solved[2] - solved[1]), int((rows.stage_id == 2).sum())


def cumulative_advantage(rewards: Tensor) -> float:
    """Sum of |r - mean| of one group."""
    return float((rewards - rewards.mean()).abs().sum())
