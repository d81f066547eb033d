"""Sudoku 4x4: the board row by row with 0 for empty, `:` -> the whole board (environments/sudoku.py verifies)."""

from __future__ import annotations

import numpy as np

from leadline.agents.base import Task
from leadline.environments.sudoku import Board, generate, solve, solved
from leadline.train.worlds.base import TaskSet, task


def tasks(*, blanks: int = 8) -> TaskSet:
    """Split by the digits of the puzzle."""

    def draw(rng: np.random.Generator, count: int, split: str) -> list[Task]:
        found: list[Task] = []
        while len(found) < count:
            made = posed(generate(rng, size=4, blanks=blanks))
            if (sum(map(int, made.id)) % 10 == 0) == (split == "test"):
                found.append(made)
        return found

    return TaskSet("sudoku", "01234:", 17, draw)


def posed(puzzle: Board) -> Task:
    full = solve(puzzle)
    assert full is not None
    digits = "".join(map(str, puzzle.ravel().tolist()))

    def score(text: str) -> float:
        if len(text) != 16 or not set(text) <= set("1234"):
            return 0.0
        return float(solved(puzzle[None], np.array(list(map(int, text))).reshape(1, 4, 4))[0])

    return task(digits, f"{digits}:", score, ["".join(map(str, full.ravel().tolist()))])
