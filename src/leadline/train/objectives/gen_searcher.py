"""Gen-Searcher's RL objective: GRPO over whole search trajectories, summed by token (arXiv:2603.28767, section 2.5).

Idea: rollouts whose ending says nothing about the search are left out, before they move their group's mean.
Method: A = (R - mean) / std in groups of six, 0 where the std is below 1e-6; clip .2 and .28; tokens summed within a
row, rows averaged (a long trajectory weighs more); no KL, no entropy bonus.
Assumes: rows.meta may hold "ending"; rows whose reward is not finite are left out too (a generator's outage).
Departs: rows are left out before the group's mean; the released code leaves them out of the loss.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from leadline.train.advantages import standardised
from leadline.train.hooks import Hooks, State
from leadline.train.objectives import grpo
from leadline.train.rows import Rows

UNUSABLE = ("unknown", "error", "too long", "repetitive", "failed", "loop broken")
"""Endings that say nothing about the search: those of the paper, and the loop's own names for them."""


def usable(rows: Rows) -> Rows:
    """Rows that ended as a search ends and have a finite reward."""
    keep = torch.isfinite(rows.reward)
    if rows.meta:
        keep = keep & torch.tensor([m.get("ending") not in UNUSABLE for m in rows.meta])
    return rows.select(keep)


def objective(*, low: float = 0.2, high: float = 0.28, ddof: int = 1, min_std: float = 1e-6) -> Hooks:
    """A complete base. `ddof` 1 is the framework's; the paper's formula leaves it open."""

    def leave_out(rows: Rows, state: State) -> Rows:
        return usable(rows)

    return replace(
        grpo.objective(low=low, high=high, aggregate="seq-mean-token-sum", name="gen-searcher"),
        advantage=lambda rows, reward: standardised(reward, rows.group_id, ddof=ddof, min_std=min_std),
        row_filter=(leave_out,),
    )
