"""What a sampler is given: a way to get rows for prompts, and a way to extend prefixes chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from leadline.errors import UsageError
from leadline.train.hooks import Hooks, State
from leadline.train.rows import Rows


class Chunk(NamedTuple):
    """A continuation of a prefix: ids, their log probabilities as sampled, their entropies, and whether it ended."""

    ids: list[int]
    logp: list[float]
    entropy: float
    """Mean entropy of the policy over the chunk's positions."""
    ended: bool


class Verdict(NamedTuple):
    reward: float
    correct: bool


class Sampling(Protocol):
    """Implemented by the trainer's rollouts, and by tables for bandit-size experiments."""

    n: int
    """Rollouts per prompt of plain sampling."""
    rng: torch.Generator

    def rollouts(self, prompts: Sequence[int]) -> Rows:
        """One verified row per entry; rows of equal entries share group_id = prompt_id = the entry."""
        ...

    def prefix(self, prompt: int) -> list[int]:
        """Token ids that stand before a response to the prompt."""
        ...

    def extend(
        self, prompts: Sequence[int], responses: Sequence[Sequence[int]], n: int, max_tokens: int
    ) -> list[list[Chunk]]:
        """n sampled continuations of each response so far, in one call."""
        ...

    def judge(self, prompt: int, response: Sequence[int]) -> Verdict: ...


def repeated(prompts: Sequence[int], counts: Sequence[int] | Tensor) -> list[int]:
    """Each prompt as often as its count."""
    return [p for p, count in zip(prompts, counts, strict=True) for _ in range(int(count))]


def sampled(prompts: Sequence[int], sampling: Sampling, hooks: Hooks, state: State) -> Rows:
    """Rows as the method samples them, or n plain rollouts of each prompt. UsageError for a sampler that gives none."""
    if hooks.sample is None:
        return plain(prompts, sampling)
    rows = hooks.sample(prompts, sampling, state)
    if not isinstance(rows, Rows):
        raise UsageError(
            f"The sampler of {hooks.name} gave {type(rows).__name__}, not Rows.",
            remedy="sample(prompts, sampling, state) returns the rows to learn from (train/rows.py).",
        )
    return rows


def plain(prompts: Sequence[int], sampling: Sampling) -> Rows:
    """n independent rollouts of each prompt."""
    return sampling.rollouts(repeated(prompts, [sampling.n] * len(prompts)))
