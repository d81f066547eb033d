"""Learning when to search, as a table: four contexts, four actions, known success (DeepMMSearch-R1, arXiv:2510.12801).

The chances .15 and .71 of an image search on an unknown object among several are those that were measured on mosaics;
the others are set by hand.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from leadline.train.bandit import train_table
from leadline.train.hooks import Hooks, compose
from leadline.train.objectives import build
from leadline.train.policies.table import SoftmaxTable
from leadline.train.rewards.deepmmsearch import combined
from leadline.train.rows import Rows

CONTEXTS = ("known, single", "known, several", "unknown, single", "unknown, several")
ACTIONS = ("answer", "text", "whole", "crop")
SUCCESS = (
    (0.95, 0.90, 0.90, 0.88),
    (0.90, 0.85, 0.60, 0.88),
    (0.03, 0.10, 0.95, 0.90),
    (0.03, 0.10, 0.15, 0.71),
)


class ToolUse(NamedTuple):
    """Share of searches where the entity is known, and where it is not."""

    known: float
    unknown: float


class Habits(NamedTuple):
    """What a policy does, exactly: success over all contexts, and per context the shares of the actions."""

    success: float
    actions: Tensor
    """[context, action]"""

    @property
    def tool_use(self) -> ToolUse:
        searches = 1 - self.actions[:, ACTIONS.index("answer")]
        return ToolUse(float(searches[:2].mean()), float(searches[2:].mean()))


def habits(logits: Tensor) -> Habits:
    """Of a table of logits [context, action]."""
    shares = torch.softmax(logits.detach(), -1)
    return Habits(float((shares * torch.tensor(SUCCESS)).sum(-1).mean()), shares)


def fixed(action: int | None) -> float:
    """Success of always doing one thing; None: the best in each context.

    >>> [round(fixed(a), 4) for a in (0, 2, 3, None)]
    [0.4775, 0.65, 0.8425, 0.8775]
    """
    chances = torch.tensor(SUCCESS)
    return float((chances.amax(1) if action is None else chances[:, action]).mean())


def drawn(prompts: Any, sampling: Any, state: Any) -> Rows:
    """Groups of actions; each succeeds with the chance of its context, and its format is right."""
    rows: Rows = sampling.rollouts([p for p in prompts for _ in range(sampling.n)])
    chance = torch.tensor(SUCCESS)[rows.group_id, rows.ids[:, 0]]
    rows.correct = torch.rand(len(rows), generator=sampling.rng) < chance
    rows.reward = combined(rows.correct.float(), 1.0)
    return rows


def learned(seed: int, updates: int, *, advantage: str) -> list[Habits]:
    """Habits after each update of GRPO on one context: K = 8, lr .5, from a policy that leans to whole-image search
    (logit 1).

    `advantage` is "population-std" or "mean"; the paper speaks of the mean and does not confirm the division.
    """
    start = torch.zeros(len(CONTEXTS), len(ACTIONS))
    start[:, ACTIONS.index("whole")] = 1.0
    policy = SoftmaxTable(start, torch.zeros_like(start, dtype=torch.bool))
    hooks = compose(build(f"grpo:advantage={advantage}"), Hooks("chances", sample=drawn))
    run = train_table(
        policy, hooks, n=8, lr=0.5, steps=updates, batch=1, seed=seed,
        watch=lambda p: habits(p.logits[:, 0]),
    )  # fmt: skip
    return list(run.history)
