"""Countdown with three numbers: `3 5 2=11:` -> lines of operations (environments/countdown.py verifies).

`style` is how it is taught: `direct`, the operations of a solution; or with dead ends before it, as a search or a
scratch-pad (`tries`) that environments/countdown_traces.py writes.
"""

from __future__ import annotations

import numpy as np

from leadline.agents.base import Task
from leadline.environments.arithmetic import solve
from leadline.environments.countdown import CountdownTask, answer, generate, held_out, verify
from leadline.environments.countdown_traces import Style, render
from leadline.train.worlds.base import TaskSet, task

LONGEST = 256
"""Tokens of a search; one that is not over by then is cut."""
SCRATCH_PAD = 120
"""Tokens of one or two tries and a solution."""


def tasks(
    *, n: int = 3, largest: int = 29, highest: int = 30, rest: bool = False, style: Style = "direct"
) -> TaskSet:
    """Split by numbers and target. `rest` writes the numbers that are left after each operation, as searches do."""

    def draw(rng: np.random.Generator, count: int, split: str) -> list[Task]:
        found: list[CountdownTask] = []
        while len(found) < count:
            made = generate(rng, 256, n=n, numbers=(1, largest), targets=(5, highest))
            found += [m for m in made if held_out(m, by="numbers") == (split == "test")]
        return [posed(m, shown(m, style, rest)) for m in found[:count]]

    room = {"direct": 12 * n - 8 if not rest else 20 * n, "tries": SCRATCH_PAD}.get(style, LONGEST)
    return TaskSet("countdown", "0123456789 +-*/=|:\n!?~", room, draw)


def shown(puzzle: CountdownTask, style: Style, rest: bool) -> str:
    """The demonstration. A search's heuristic is drawn for the puzzle alone: all styles have the same puzzles."""
    if style != "direct":
        return render(puzzle, style, np.random.default_rng(int(puzzle.id, 16))).text
    operations = solve(puzzle.numbers, puzzle.target)
    assert operations is not None
    return answer(puzzle, operations, rest=rest).removesuffix("\n!")


def posed(puzzle: CountdownTask, demonstration: str) -> Task:
    prompt = f"{' '.join(map(str, puzzle.numbers))}={puzzle.target}:"
    return task(
        puzzle.id, prompt, lambda text: float(verify(puzzle, text).solved), [demonstration], puzzle=puzzle
    )
