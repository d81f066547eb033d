"""Countdown answers in the styles of arXiv:2504.07052: direct, dfs, bfs, hint, mix; and how far each search gets.

A trace is written in the compact lines of countdown.py (12-16 characters an operation instead of the sentence of
Stream of Search, about 50 tokens). Children whose heuristic exceeds the target are pruned, so some solvable tasks
stay unsolved in their own trace, as in the paper. `tries` is ours: a scratch-pad of guesses that fail, then a solution.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from leadline.environments.arithmetic import Child, Numbers, children, solve
from leadline.environments.countdown import CountdownTask, answer

Style = Literal["direct", "dfs", "bfs", "hint", "mix", "tries"]
Heuristic = Callable[[Sequence[int], int], float]


def sum_heuristic(numbers: Sequence[int], target: int) -> float:
    """Mean distance to the target.

    >>> sum_heuristic([3, 8], 11)
    5.5
    """
    return sum(abs(n - target) for n in numbers) / len(numbers)


def mult_heuristic(numbers: Sequence[int], target: int) -> float:
    """Summed distance of each number to the nearest factor (>= 2) of the target.

    >>> mult_heuristic([3, 8], 24)
    0
    """
    factors = [f for f in range(2, target + 1) if target % f == 0]
    return sum(min(abs(n - f) for f in factors) for n in numbers)


HEURISTICS: dict[str, Heuristic] = {"sum": sum_heuristic, "mult": mult_heuristic}


class SearchTrace(NamedTuple):
    text: str
    solved: bool
    explored: int
    """Operations tried."""


def ranked(numbers: Numbers, target: int, heuristic: Heuristic) -> list[Child]:
    """Children in ascending order of the heuristic (ties as enumerated), those above the target dropped."""
    scored = [(heuristic(c.numbers, target), c) for c in children(numbers)]
    return [c for h, c in sorted(scored, key=lambda pair: pair[0]) if h <= target]


def dfs(task: CountdownTask, heuristic: Heuristic = sum_heuristic, *, hint: bool = False) -> SearchTrace:
    """Depth-first search with its trace. `hint` leaves out dead ends that have two numbers left.

    Unit values of the specification: [6, 8, 3, 1] -> 24 explores 304 operations with sum and 11 with mult.
    """
    lines: list[str] = []
    explored = 0

    def visit(numbers: Numbers) -> bool:
        nonlocal explored
        for operation, left in ranked(numbers, task.target, heuristic):
            explored += 1
            mark = len(lines)
            lines.append(f"{operation}|{_show(left)}")
            if left == (task.target,) or (len(left) > 1 and visit(left)):
                return True
            if hint and len(left) <= 2:
                del lines[mark:]
            else:
                lines.append(f"~{_show(numbers)}")
        return False

    won = visit(task.numbers)
    return SearchTrace("\n".join([*lines, "!" if won else "?"]), won, explored)


def bfs(task: CountdownTask, heuristic: Heuristic = sum_heuristic, *, beam: int = 5) -> SearchTrace:
    """Breadth-first search with at most `beam` children kept per state. Its trace restates the path of each state
    that it expands, from the start, so that the verifier can follow it."""
    lines: list[str] = []
    explored = 0
    queue: list[list[Child]] = [[]]
    while queue:
        path = queue.pop(0)
        numbers = path[-1].numbers if path else task.numbers
        if lines:
            lines += [f"~{_show(task.numbers)}", *(f"{c.operation}|{_show(c.numbers)}" for c in path)]
        for child in ranked(numbers, task.target, heuristic)[:beam]:
            explored += 1
            lines.append(f"{child.operation}|{_show(child.numbers)}")
            if child.numbers == (task.target,):
                return SearchTrace("\n".join([*lines, "!"]), True, explored)
            lines.append(f"~{_show(numbers)}")
            if len(child.numbers) > 1:
                queue.append([*path, child])
    return SearchTrace("\n".join([*lines, "?"]), False, explored)


def tries(task: CountdownTask, rng: np.random.Generator, n: int) -> SearchTrace:
    """`n` paths at random, each taken back to the start, then a solution; a path that hits the target ends it."""
    lines: list[str] = []
    for _ in range(n):
        left = task.numbers
        while len(left) > 1:
            possible = children(left)
            operation, left = possible[rng.integers(len(possible))]
            lines.append(f"{operation}|{_show(left)}")
        if left == (task.target,):
            return SearchTrace("\n".join([*lines, "!"]), True, len(lines))
        lines.append(f"~{_show(task.numbers)}")
    operations = solve(task.numbers, task.target)
    end = "?" if operations is None else answer(task, operations)
    return SearchTrace(
        "\n".join([*lines, end]), operations is not None, len(lines) - n + len(operations or ())
    )


def render(task: CountdownTask, style: Style, rng: np.random.Generator) -> SearchTrace:
    """A training answer. The heuristic of a search is drawn per task; `mix` draws the strategy too
    (depth first, or breadth first with a beam of 1 to 5); `tries` has one or two."""
    if style == "direct":
        operations = solve(task.numbers, task.target)
        text = "?" if operations is None else answer(task, operations)
        return SearchTrace(text, operations is not None, len(operations or ()))
    if style == "tries":
        return tries(task, rng, int(rng.integers(1, 3)))
    heuristic = HEURISTICS["sum" if rng.random() < 0.5 else "mult"]
    if style == "bfs" or (style == "mix" and rng.random() < 0.5):
        return bfs(task, heuristic, beam=int(rng.integers(1, 6)))
    return dfs(task, heuristic, hint=style == "hint")


def _show(numbers: Numbers) -> str:
    return " ".join(map(str, numbers))
