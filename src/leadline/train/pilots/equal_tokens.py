"""Arms that start from the same weights and spend equal numbers of generated tokens, step by step, on the same prompts.

DeepSearch's comparison (arXiv:2509.25454) with hard prompts: those that the warmed-up policy answers at most once in
four tries, which the supervised steps never saw. Rounds end with a new look at which prompts are still hard.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from leadline.agents.base import Task
from leadline.errors import CheckFailed
from leadline.train import worlds
from leadline.train.filters import unsolved_prompts
from leadline.train.objectives import build
from leadline.train.replay import solve_rates
from leadline.train.rollouts import Rollouts
from leadline.train.rows import Rows, concat
from leadline.train.samplers.base import Verdict, plain
from leadline.train.settings import Settings
from leadline.train.trainer import Trainer
from leadline.train.worlds.base import TaskSet

TRIES = 4
"""Rollouts that tell whether a prompt is hard (Pass1@4)."""


@dataclass
class Counted(Rollouts):
    """Rollouts that also count what they read, and the right answers among all that were judged."""

    prefilled: int = 0
    """Tokens of prefixes; those of equal ones are read once."""
    right: int = 0

    def generate(
        self, prefixes: Sequence[Sequence[int]], max_new: int, start: Sequence[int] | None = None
    ) -> Any:
        self.prefilled += sum(map(len, set(map(tuple, prefixes))))
        return super().generate(prefixes, max_new, start)

    def rollouts(self, prompts: Sequence[int]) -> Rows:
        rows = super().rollouts(prompts)
        self.right += int(rows.correct.sum())
        return rows

    def judge(self, prompt: int, response: Sequence[int]) -> Verdict:
        verdict = super().judge(prompt, response)
        self.right += verdict.correct
        return verdict


@dataclass
class Start:
    """What all arms of one seed share."""

    settings: Settings
    world: TaskSet
    weights: dict[str, Tensor]
    pool: list[Task]
    held_out: list[Task]
    unsolved: set[int]
    """Places in the pool of prompts that none of the base policy's four tries solved."""
    share_unsolved: float
    """Of all prompts that were tried."""


def prepare(settings: Settings, *, max_new: int, max_draws: int = 50) -> Start:
    """Warm up; then look for `settings.pool` hard prompts to train on and `settings.eval_prompts` to hold out."""
    world = replace(worlds.get(settings.env), max_new=max_new)
    base = Trainer(settings, world=world)
    base.warm_up()
    tasks, rates, share = hard_prompts(base, settings.pool + settings.eval_prompts, max_draws)
    unsolved = {i for i, rate in enumerate(rates[: settings.pool]) if rate == 0}
    weights = base.policy.state_dict()
    return Start(settings, world, weights, tasks[: settings.pool], tasks[settings.pool :], unsolved, share)


def hard_prompts(base: Trainer, wanted: int, max_draws: int) -> tuple[list[Task], list[float], float]:
    """`wanted` distinct held-out tasks that are hard, their Pass1@4, and the share of all tried that none solved."""
    draw = np.random.default_rng(base.settings.seed + 5)
    rng = torch.Generator().manual_seed(base.settings.seed + 6)
    hard, rates, tried, failed, seen = list[Task](), list[float](), 0, 0, set[str]()
    for _ in range(max_draws):
        drawn = {task.id: task for task in base.world.draw(draw, wanted, "test") if task.id not in seen}
        tasks = list(drawn.values())
        seen |= set(drawn)
        found = rates_of(base, tasks, rng)
        tried, failed = tried + len(tasks), failed + sum(rate == 0 for rate in found.values())
        left = unsolved_prompts(found, range(len(tasks)))
        hard, rates = hard + [tasks[i] for i in left], rates + [found[i] for i in left]
        if len(hard) >= wanted:
            return hard[:wanted], rates[:wanted], failed / tried
    raise CheckFailed(
        f"Only {len(hard)} of {tried} prompts are hard, {wanted} are wanted.",
        remedy="Warm up with fewer steps, or ask for fewer prompts.",
    )


def rates_of(trainer: Trainer, tasks: Sequence[Task], rng: torch.Generator) -> dict[int, float]:
    """Pass1@4 of each task's place under the trainer's policy."""
    sampling = Rollouts(trainer.policy, trainer.codec, trainer.world, tasks, TRIES, rng)
    return solve_rates(plain(range(len(tasks)), sampling))


class Arm(Trainer):
    """One arm: its prompts in a seeded order that all arms share, a budget where `until` is set, rounds of `every`
    steps. `first` tells at which step each prompt had its first right trajectory."""

    def __init__(self, start: Start, objective: str, *, every: int) -> None:
        super().__init__(start.settings, hooks=build(objective), world=start.world)
        self.pool, self.held_out = start.pool, start.held_out
        self.policy.load_state_dict(start.weights)
        self.warm, self.every = True, every
        self.hard = set(range(len(self.pool)))
        self.order = endless(len(self.pool), start.settings.seed)
        self.probe = torch.Generator().manual_seed(start.settings.seed + 7)
        self.until: float | None = None
        """Generated tokens at the end of the next step, counted from the first; None: `settings.prompts` prompts."""
        self.first: dict[int, int] = {}
        self.answer_length = 16.0
        """Tokens; a guess until the first answers are there."""
        self.costs: list[dict[str, float]] = []

    def sampling(self, pool: list[Task], stage: str = "sample", **more: Any) -> Counted:
        return Counted(self.policy, self.codec, self.world, pool, self.settings.n, self.rngs[stage], **more)

    def take(self, n: int) -> list[int]:
        return list(islice((p for p in self.order if p in self.hard), n))

    def sample(self) -> tuple[Rows, Rollouts, list[int]]:
        if self.done and self.done % self.every == 0:
            self.next_round()
        sampling = self.sampling(self.pool, temperature=self.hooks.temperature, step=self.done)
        rows, prompts = self.with_a_budget(sampling) if self.until is not None else self.without(sampling)
        for prompt in rows.group_id[rows.correct].tolist():
            self.first.setdefault(prompt, self.done + 1)
        self.costs.append(costs(rows, sampling))
        return rows, sampling, prompts

    def without(self, sampling: Counted) -> tuple[Rows, list[int]]:
        prompts = self.take(self.settings.prompts)
        return (self.hooks.sample or (lambda p, s, _: plain(p, s)))(prompts, sampling, self.state), prompts

    def with_a_budget(self, sampling: Counted) -> tuple[Rows, list[int]]:
        """Groups of n direct rollouts until the budget is spent; the last one may go beyond it, and the next step
        has that much less. One group at least, so that there is something to learn from."""
        assert self.until is not None
        parts, prompts, before = list[Rows](), list[int](), self.total["tokens"]
        while (left := self.until - before - sampling.compute.tokens) > 0 or not parts:
            some = self.take(max(1, int(left / (self.settings.n * self.answer_length))))
            parts.append(plain(some, sampling))
            prompts += some
            self.answer_length = float(parts[-1].lengths.mean())
        return concat(parts), prompts

    def next_round(self) -> None:
        """Keep what is still hard under the policy as it is now; everything, if nothing is."""
        left = unsolved_prompts(rates_of(self, self.pool, self.probe), range(len(self.pool)))
        self.hard = set(left or range(len(self.pool)))

    def per_1000_tokens(self, what: str, by_step: int) -> float:
        """Of something that `costs` counts, in the first `by_step` steps."""
        some = self.costs[:by_step]
        return 1000 * sum(cost[what] for cost in some) / sum(cost["generated"] for cost in some)

    def share_solved(self, prompts: set[int], by_step: int) -> float:
        """Share of `prompts` with a right trajectory in the first `by_step` steps."""
        return sum(self.first.get(p, by_step + 1) <= by_step for p in prompts) / len(prompts)


def endless(n: int, seed: int) -> Iterator[int]:
    """Every prompt once, in a new order, again and again."""
    rng = torch.Generator().manual_seed(seed)
    while True:
        yield from torch.randperm(n, generator=rng).tolist()


def costs(rows: Rows, sampling: Counted) -> dict[str, float]:
    """What a step's samples cost and how different they were: openings are distinct beginnings of 8 tokens."""
    groups = rows.group_id.tolist()
    answers = [ids[mask > 0][:8].tolist() for ids, mask in zip(rows.ids, rows.mask, strict=True)]
    trees = {p: about for p, about in zip(groups, rows.meta, strict=True) if "jumps" in about}.values()
    return {
        "generated": sampling.compute.tokens, "prefilled": sampling.prefilled, "right": sampling.right,
        "judged": sampling.compute.verifier_calls, "rows": len(rows), "prompts": len(set(groups)),
        "openings": len({(p, *answer) for p, answer in zip(groups, answers, strict=True)}),
        "expansions": sum(tree["expansions"] for tree in trees), "jumps": sum(tree["jumps"] for tree in trees),
    }  # fmt: skip


def race(start: Start, leader: str, follower: str, *, every: int) -> tuple[Arm, Arm]:
    """`settings.steps` steps of both; after each, the follower gets what the leader has spent."""
    arms = Arm(start, leader, every=every), Arm(start, follower, every=every)
    for _ in range(start.settings.steps):
        arms[0].step()
        arms[1].until = arms[0].total["tokens"]
        arms[1].step()
    return arms
