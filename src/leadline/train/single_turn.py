"""GRPO on puzzles of one turn that are verified on token ids: the same hooks and update, without the agent loop.

For experiments of seconds with a network; everything else goes through the trainer. P prompts, R rows, N new tokens.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from leadline.train.hooks import Hooks, State, filtered, token_advantages
from leadline.train.policies.generate import Temperature, generate
from leadline.train.policies.transformer import Transformer
from leadline.train.rows import Rows
from leadline.train.samplers.base import repeated
from leadline.train.scores import fill
from leadline.train.update import update

Verify = Callable[[Tensor, Tensor], Tensor]
"""(prompt of each row [R], generated ids [R, N]) -> right or not [R] bool."""


class Puzzle(Protocol):
    """What is sampled from: `which` names its prompts."""

    def rollouts(
        self,
        policy: Any,
        which: Sequence[int],
        rng: torch.Generator,
        *,
        temperature: Any = None,
        step: int = 0,
    ) -> Rows: ...


@dataclass
class SingleTurn:
    """A puzzle: prompts [P, L] of equal length, the length of an answer, and its verifier."""

    prompts: Tensor
    max_new: int
    verify: Verify

    def rollouts(
        self,
        policy: Transformer,
        which: Sequence[int],
        rng: torch.Generator,
        *,
        temperature: Temperature | None = None,
        step: int = 0,
    ) -> Rows:
        """One verified row per entry of `which`; equal entries share a group."""
        index = torch.as_tensor(which)
        asked = self.prompts[index]
        made = generate(
            policy, asked.tolist(), self.max_new, rng, temperature=temperature, step=step, stop=()
        )
        correct = self.verify(index, made.ids)
        none = torch.zeros(asked.shape)
        return Rows(
            index, torch.cat([asked, made.ids], 1), torch.cat([none, made.mask], 1), correct.float(), correct,
            prompt_id=index, stage_id=torch.ones_like(index), tau=torch.cat([none + 1, made.tau], 1),
            logp_roll=torch.cat([none, made.logp], 1),
        )  # fmt: skip


@dataclass
class Stale:
    """A puzzle sampled by the policy as it was up to `every` - 1 steps ago, as asynchronous training does."""

    puzzle: Puzzle
    every: int
    sampler: Any = None

    def rollouts(
        self,
        policy: Any,
        which: Sequence[int],
        rng: torch.Generator,
        *,
        temperature: Any = None,
        step: int = 0,
    ) -> Rows:
        if step % self.every == 0:
            self.sampler = copy.deepcopy(policy)
        return self.puzzle.rollouts(self.sampler, which, rng, temperature=temperature, step=step)


def reinforce(
    policy: Any,
    puzzle: Puzzle,
    hooks: Hooks,
    pool: Sequence[int],
    *,
    n: int,
    batch: int,
    steps: int,
    lr: float,
    seed: int,
    max_norm: float = 1.0,
    watch: Callable[[Any, int], Any] | None = None,
) -> list[Any]:
    """`steps` Adam steps in place, each on `batch` prompts of `pool`, n rollouts each; what `watch` gave.

    `policy` is a scores.Learner that the puzzle can sample."""
    optimizer = torch.optim.Adam(policy.parameters(), lr=lr)
    order, rng = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed + 1)
    state, seen = State(), []
    for step in range(steps):
        picked = [pool[i] for i in torch.randperm(len(pool), generator=order)[:batch].tolist()]
        which = repeated(picked, [n] * len(picked))
        rows = puzzle.rollouts(policy, which, rng, temperature=hooks.temperature, step=step)
        rows = filtered(rows, hooks, state)
        if len(rows):
            rows = fill(rows, policy, hooks.needs)
            advantage = token_advantages(rows, hooks, state)
            update(rows, policy, optimizer, hooks, advantage, order, micro_rows=512, max_norm=max_norm)
        if watch is not None:
            seen.append(watch(policy, step))
    return seen
