"""A policy that learns to search with steps back, and one that learns to answer at once, at equal inference FLOPs.

"To Backtrack or Not to Backtrack" (arXiv:2504.07052): both are taught the same problems, then trained by GRPO. One
long answer of the first is cut at a budget; the second gives as many short ones as cost the same. Searches are longer
to read, so the second is also taught until it has read as many tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from leadline.agents.base import Outcome, Task
from leadline.environments.countdown_traces import Style
from leadline.explore.compute import AtBudget, sequential_vs_parallel
from leadline.explore.decoding import Shape as CostShape
from leadline.train.descend import adamw
from leadline.train.policies.generate import generate
from leadline.train.policies.sized import SIZES
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.settings import Settings
from leadline.train.trainer import Trainer
from leadline.train.warmup import demonstrations, warm_up_step
from leadline.train.worlds import countdown

PROMPT = 16
"""Tokens of a prompt at most."""
AT_ONCE = 512
"""Answers that are generated together."""
COOL = 0.7
"""Temperature of the short answers, as in the paper's evaluation; the long one is greedy."""


class Arm(Trainer):
    """A trainer whose policy has room for a search. `style` as in worlds/countdown.py; both write what is left."""

    def __init__(self, settings: Settings, style: Style) -> None:
        super().__init__(settings, world=countdown.tasks(rest=True, style=style))
        size = Shape(self.codec.size, context=PROMPT + countdown.LONGEST, **SIZES[settings.policy])
        self.policy = Transformer(size, settings.seed)
        self.optimizer, self.teacher = (adamw(self.policy, lr) for lr in (settings.lr, settings.warmup_lr))
        self.lessons = np.random.default_rng(settings.seed + 1_000_003)
        self.taught = {"steps": 0, "tokens": 0}

    def teach(self, *, steps: int = 0, tokens: int = 0) -> None:
        """Supervised steps, until there have been so many, and so many tokens of answers."""
        while self.taught["steps"] < steps or self.taught["tokens"] < tokens:
            tasks = self.world.draw(self.lessons, self.settings.warmup_batch, "train")
            rows = demonstrations(tasks, self.world, self.codec)
            warm_up_step(self.policy, self.teacher, rows)
            self.taught["steps"] += 1
            self.taught["tokens"] += int(rows.mask.sum())

    def answers(self, tasks: Sequence[Task], n: int, seed: int, tau: float | None) -> list[list[str]]:
        """n answers to each task at temperature tau; greedy with None."""
        rng, texts = torch.Generator().manual_seed(seed), list[str]()
        prompts = [self.codec.encode(task.prompt) for task in tasks for _ in range(n)]
        for low in range(0, len(prompts), AT_ONCE):
            some = prompts[low : low + AT_ONCE]
            warmth = None if tau is None else partial(constant, tau)
            made = generate(
                self.policy, some, self.world.max_new, rng, temperature=warmth, greedy=tau is None
            )
            texts += [
                self.codec.decode(row[:k])
                for row, k in zip(made.ids.tolist(), lengths(made.mask), strict=True)
            ]
        return [texts[i : i + n] for i in range(0, len(texts), n)]


def constant(tau: float, positions: torch.Tensor, step: int) -> torch.Tensor:
    return torch.full(positions.shape, tau)


def lengths(mask: torch.Tensor) -> list[int]:
    return [int(n) for n in mask.sum(1).tolist()]


@dataclass(frozen=True)
class Measured:
    """Shares of held-out tasks solved."""

    at: dict[int, AtBudget]
    """By the tokens of the long answer."""
    once: float
    """pass@1 of the short answers, over all that were drawn."""
    ever: float
    """pass@n of as many as were drawn."""


def compare(direct: Arm, search: Arm, budgets: Sequence[int], n: int, seed: int) -> Measured:
    """Both on the held-out tasks; n short answers are drawn for each, and as many used as a budget pays for."""
    tasks = direct.held_out
    samples = direct.answers(tasks, n, seed, COOL)
    traces = [texts[0] for texts in search.answers(tasks, 1, seed, None)]
    size = direct.policy.shape
    cost = CostShape(size.channels, size.layers, size.inner, size.channels)
    rows = sequential_vs_parallel(traces, samples, lambda i, text: right(tasks[i], text), budgets, shape=cost)
    good = np.array(
        [[right(task, text) for text in texts] for task, texts in zip(tasks, samples, strict=True)]
    )
    return Measured({row.tokens: row for row in rows}, float(good.mean()), float(good.any(1).mean()))


def right(task: Task, text: str) -> bool:
    assert task.score is not None
    return task.score(Outcome(text, "finished")) >= 1


@dataclass(frozen=True)
class Trained:
    """Supervised with equal problems, with equal tokens, and the latter after GRPO."""

    problems: Measured
    tokens: Measured
    reinforced: Measured


def trained(settings: Settings, budgets: Sequence[int], n: int) -> Trained:
    """`settings.warmup_steps` supervised steps, then as many more as the direct arm needs for as many tokens; then
    `settings.steps` of GRPO for both."""
    direct, search = Arm(settings, "direct"), Arm(settings, "dfs")
    measure = partial(compare, direct, search, budgets, n, settings.seed)
    for arm in (direct, search):
        arm.teach(steps=settings.warmup_steps)
    problems = measure()
    direct.teach(tokens=search.taught["tokens"])
    tokens = measure()
    for arm in (direct, search):
        for _ in range(settings.steps):
            arm.step()
    return Trained(problems, tokens, measure())
