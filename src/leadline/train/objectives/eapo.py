"""EAPO: every round of an agent is a row, rewarded by the outcome discounted backwards in time (arXiv:2511.07327).

Idea: among trajectories of one question, shorter successes have higher early rewards, so fewer rounds are preferred.
Method: r_t = gamma^(T - t) R_T; one group = all rounds of all trajectories of a question; sequence ratio of GSPO.
Assumes: rows.meta holds "round" (1-based) and "rounds"; without them a row is its own trajectory.
"""

from __future__ import annotations

import torch
from torch import Tensor

from leadline.train.advantages import standardised
from leadline.train.hooks import Hooks
from leadline.train.losses import gspo
from leadline.train.rows import Rows


def discounted(rows: Rows, reward: Tensor, gamma: float) -> Tensor:
    """[R] reward times gamma^(rounds - round)."""
    left = [m.get("rounds", 1) - m.get("round", 1) for m in rows.meta or [{}] * len(rows)]
    return reward * torch.tensor([gamma**n for n in left], dtype=reward.dtype)


def objective(
    *, gamma: float = 0.995, low: float = 3e-4, high: float = 4e-4, ddof: int = 0, eps: float = 1e-6
) -> Hooks:
    """The clip bounds are GSPO's usual ones; the paper does not state its own."""
    return Hooks(
        name="eapo",
        advantage=lambda rows, reward: standardised(
            discounted(rows, reward, gamma), rows.group_id, ddof=ddof, eps=eps
        ),
        loss=lambda logp, old, advantage, mask: gspo(logp, old, advantage, mask, low=low, high=high),
    )
