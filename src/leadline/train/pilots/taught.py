"""A policy that was taught by demonstrations, and arms of reinforcement learning that all start from its weights.

What a specification calls its transformer version: a small policy on Countdown, supervised for a minute or so, then a
few dozen steps of each method on the same tasks in the same order, and pass@k on tasks that it never saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import torch
from torch import Tensor

from leadline.agents.base import Task
from leadline.bench.metrics.sampling import pass_at_k
from leadline.bench.system import Scale
from leadline.train.hooks import Hooks
from leadline.train.objectives import build
from leadline.train.rollouts import Rollouts
from leadline.train.samplers.base import plain
from leadline.train.settings import Settings
from leadline.train.trainer import Trainer
from leadline.train.worlds.base import TaskSet


@dataclass(frozen=True)
class Taught:
    """What all arms of one seed share; the tasks held out are those that `Trainer` holds out."""

    settings: Settings
    world: TaskSet
    weights: dict[str, Tensor]
    held_out: list[Task]

    @classmethod
    def by_demonstrations(cls, settings: Settings, world: TaskSet | None = None) -> Taught:
        """`settings.warmup_steps` supervised steps on the settings' world, or on this one."""
        base = Trainer(settings, world=world)
        base.warm_up()
        weights = {name: value.clone() for name, value in base.policy.state_dict().items()}
        return cls(settings, base.world, weights, base.held_out)

    def arm(self, objective: str | Hooks, **changes: Any) -> Trainer:
        """A trainer with these weights, also as its reference; `changes` replace settings."""
        hooks = build(objective) if isinstance(objective, str) else objective
        settings = msgspec.structs.replace(self.settings, **changes)
        made = Trainer(settings, hooks=hooks, world=self.world)
        made.policy.load_state_dict(self.weights)
        made.freeze_reference()
        made.warm = True
        return made

    def hard(self, tries: int, below: float) -> list[Task]:
        """Held-out tasks of which fewer than that share of `tries` answers are right before any arm learns."""
        rate = right(self.arm("grpo"), self.held_out, tries, self.settings.seed).float().mean(1)
        return [task for task, share in zip(self.held_out, rate.tolist(), strict=True) if share < below]


def countdown(seed: int, scale: Scale, *, prompts: int, steps: int) -> Taught:
    """The start of several cards' checks: a million parameters after 600 supervised steps on Countdown, when about one
    answer in fifty is right, 256 tasks held out, and settings for `steps` steps of `prompts` prompts, n = 8.

    The learning rate was chosen for DARS, on another seed than the cards': at 3e-4 arms lose what the base could do.
    """
    settings = Settings(policy="medium", warmup_steps=600, prompts=prompts, eval_prompts=256, steps=steps)
    if scale == "smoke":
        settings = Settings(policy="micro", warmup_steps=2, prompts=2, eval_prompts=4, steps=1)
    return Taught.by_demonstrations(msgspec.structs.replace(settings, lr=1e-4, lr_warmup=5, seed=seed))


def right(trainer: Trainer, tasks: Sequence[Task], n: int, seed: int) -> Tensor:
    """bool [tasks, n]: which of n answers at temperature 1 are right. Equal seeds, equal random numbers."""
    rng = torch.Generator().manual_seed(seed + 31)
    sampling = Rollouts(trainer.policy, trainer.codec, trainer.world, tasks, n, rng)
    return plain(range(len(tasks)), sampling).correct.reshape(len(tasks), n)


def pass_at(
    trainer: Trainer, tasks: Sequence[Task], n: int, ks: Sequence[int], seed: int
) -> dict[int, float]:
    """pass@k from n answers to each task, without bias (bench/metrics/sampling.py)."""
    counts = right(trainer, tasks, n, seed).sum(1).tolist()
    return {k: sum(pass_at_k(n, c, k) for c in counts) / max(1, len(counts)) for k in ks}


def learn(trainer: Trainer, *, steps: int = 0, rollouts: float = 0) -> Trainer:
    """That many steps, or steps until that many rollouts were made."""
    while trainer.done < steps or trainer.total["rollouts"] < rollouts:
        trainer.step()
    return trainer
