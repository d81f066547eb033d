"""Sums: `4+9=` -> `13`. The smallest training environment."""

from __future__ import annotations

import numpy as np

from leadline.agents.base import Task
from leadline.environments.sums import SumTask, generate, verify
from leadline.train.worlds.base import TaskSet, task


def tasks(*, terms: int = 2, largest: int = 9) -> TaskSet:
    """No split: all sums are few."""

    def draw(rng: np.random.Generator, count: int, split: str) -> list[Task]:
        return [posed(made) for made in generate(rng, count, terms=terms, largest=largest)]

    return TaskSet("sums", "0123456789+=", len(str(terms * largest)) + 1, draw)


def posed(sums: SumTask) -> Task:
    return task(sums.text, f"{sums.text}=", lambda text: float(verify(sums, text)), [str(sums.value)])
