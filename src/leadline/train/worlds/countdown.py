"""Countdown with three numbers: `3 5 2=11:` -> lines of operations (environments/countdown.py verifies)."""

from __future__ import annotations

import numpy as np

from leadline.agents.base import Task
from leadline.environments.arithmetic import solve
from leadline.environments.countdown import CountdownTask, answer, generate, held_out, verify
from leadline.train.worlds.base import TaskSet, task


def tasks(*, n: int = 3, largest: int = 29, highest: int = 30, rest: bool = False) -> TaskSet:
    """Split by numbers and target. `rest` writes the numbers that are left after each operation."""

    def draw(rng: np.random.Generator, count: int, split: str) -> list[Task]:
        found: list[Task] = []
        while len(found) < count:
            made = generate(rng, 256, n=n, numbers=(1, largest), targets=(5, highest))
            found += [posed(m, rest) for m in made if held_out(m, by="numbers") == (split == "test")]
        return found[:count]

    return TaskSet("countdown", "0123456789 +-*/=|:\n!?~", 12 * n - 8 if not rest else 20 * n, draw)


def posed(puzzle: CountdownTask, rest: bool) -> Task:
    operations = solve(puzzle.numbers, puzzle.target)
    assert operations is not None
    prompt = f"{' '.join(map(str, puzzle.numbers))}={puzzle.target}:"
    written = answer(puzzle, operations, rest=rest).removesuffix("\n!")
    return task(puzzle.id, prompt, lambda text: float(verify(puzzle, text).solved), [written], puzzle=puzzle)
