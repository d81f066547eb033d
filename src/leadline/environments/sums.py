"""Sums of a graded number of terms: the smallest task with a verifiable answer, for training smoke runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from leadline.environments.base import Action, Observation, Tool

ANSWER = Tool(
    "answer",
    "Give the value of the sum.",
    {"type": "object", "properties": {"value": {"type": "integer"}}, "required": ["value"]},
)


class SumTask(NamedTuple):
    terms: tuple[int, ...]

    @property
    def text(self) -> str:
        return "+".join(map(str, self.terms))

    @property
    def value(self) -> int:
        return sum(self.terms)


def generate(rng: np.random.Generator, n_tasks: int, *, terms: int = 2, largest: int = 9) -> list[SumTask]:
    """Terms uniform in 0..largest."""
    return [SumTask(tuple(row)) for row in rng.integers(0, largest + 1, size=(n_tasks, terms)).tolist()]


def verify(task: SumTask, text: str) -> bool:
    """Whether the answer is the value in plain digits and nothing else.

    >>> verify(SumTask((4, 9)), "13"), verify(SumTask((4, 9)), "13 ")
    (True, False)
    """
    return text == str(task.value)


class Sums:
    """One sum as an environment: reward 1 for the right value, and any answer ends it."""

    tools: Sequence[Tool] = (ANSWER,)

    def __init__(self, task: SumTask) -> None:
        self.task, self.done = task, False

    def reset(self, seed: int = 0) -> Observation:
        self.done = False
        return Observation(self.task.text)

    def step(self, action: Action) -> Observation:
        value = action.arguments.get("value")
        if not isinstance(value, int) or isinstance(value, bool):
            return Observation("value must be a whole number", error="value must be a whole number")
        self.done = True
        return Observation("", reward=float(value == self.task.value), done=True)
