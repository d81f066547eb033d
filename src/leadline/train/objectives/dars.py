"""DARS: more rollouts for hard prompts, rows summed and divided by a constant (arXiv:2508.13755).

Idea: bring every prompt's summed |advantage| up to (et) or above (hw) that of a medium prompt by sampling it more.
Method: two-stage sampler; advantage r - mean over the merged ragged group; loss = sum over rows / (R * L_max).
Defaults of the paper: n_max 32 with et, 64 with hw; breadth = whole batch, two epochs.
Trap: any mean per prompt cancels the method; `aggregate` is owned for that reason.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from leadline.train import aggregation
from leadline.train.advantages import mean_only
from leadline.train.filters import mixed_groups
from leadline.train.hooks import Hooks, State
from leadline.train.rows import Rows
from leadline.train.samplers.two_stage import Rule, two_stage
from leadline.train.schedules import full_batch


def objective(
    *, rule: Rule = "et", n_max: int = 0, max_length: int = 0, breadth: bool = False, max_rows: int = 100_000
) -> Hooks:
    """`max_length` 0 takes the width of the batch (a constant where all batches are padded alike)."""
    cap = n_max or {"et": 32, "hw": 64}[rule]

    def sample(prompts: Any, sampling: Any, state: State) -> Rows:
        return two_stage(prompts, sampling, n_max=max(cap, sampling.n), rule=rule, max_rows=max_rows)

    def weights(rows: Rows) -> Tensor:
        return aggregation.weights(rows.mask, "rows-const", max_length=max_length or None)

    return Hooks(
        name="dars",
        sample=sample,
        advantage=lambda rows, reward: mean_only(reward, rows.group_id),
        aggregate=weights,
        schedule=full_batch(2) if breadth else None,
        row_filter=(lambda rows, state: mixed_groups(rows),),
    )
