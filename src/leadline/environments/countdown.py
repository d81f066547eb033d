"""Countdown: reach a target with all given numbers, one operation at a time. Generator and exact verifier.

Rules and figures: "To Backtrack or Not to Backtrack" (arXiv:2504.07052) after Stream of Search. The verifier is
ours: it follows the multiset of numbers line by line and evaluates nothing but one operation of two integers.

An answer is lines of `a*b=c|rest` (the numbers left after the operation; `|rest` may be left out). A line `~rest`
goes back to an earlier state of the current path, `!` declares success, `?` declares that there is none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from leadline.environments.arithmetic import (
    Numbers,
    Operation,
    children,
    evaluate,
    reachable,
)
from leadline.environments.base import Action, Observation, Tool

COMBINE = Tool(
    "combine",
    "Replace two of the numbers by the result of one operation (+ - * /). No negative and no broken results.",
    {
        "type": "object",
        "properties": {
            "a": {"type": "integer"},
            "op": {"type": "string", "enum": ["+", "*", "-", "/"]},
            "b": {"type": "integer"},
        },
        "required": ["a", "op", "b"],
    },
)
_LINE = re.compile(r"(\d{1,9})([+*/-])(\d{1,9})=(\d{1,9})(?:\|([\d ]*))?")
_BACK = re.compile(r"~(\d{1,9}(?: \d{1,9})*)")


class CountdownTask(NamedTuple):
    numbers: Numbers
    target: int

    @property
    def id(self) -> str:
        """Equal for tasks with the same target and multiset of numbers; 12 hex digits."""
        return hashlib.sha256(repr((sorted(self.numbers), self.target)).encode()).hexdigest()[:12]


class Verdict(NamedTuple):
    """What the verifier found in an answer."""

    solved: bool
    """The last state is the target alone, reached by allowed operations from the given numbers."""
    valid_steps: int
    self_declared: bool
    error: str = ""
    """The first line that breaks a rule, and why; empty when none does."""


def verify(task: CountdownTask, text: str) -> Verdict:
    """Judge an answer. Work is linear in its length; nothing after the first wrong line counts.

    >>> verify(CountdownTask((3, 5, 2), 11), "3*2=6|5 6\\n5+6=11|11\\n!")
    Verdict(solved=True, valid_steps=2, self_declared=True, error='')
    """
    path = [sorted(task.numbers)]
    steps, declared = 0, False
    for line in filter(None, map(str.strip, text.split("\n"))):
        if line in ("!", "?"):
            declared = line == "!"
            break
        error = _go_back(path, line) if line[0] == "~" else _apply(path, line)
        if error:
            return Verdict(False, steps, False, f"{line[:40]!r}: {error}")
        steps += line[0] != "~"
    return Verdict(path[-1] == [task.target], steps, declared)


def solved(tasks: Sequence[CountdownTask], texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether each answer solves its task: bool [n]."""
    return np.fromiter((verify(t, s).solved for t, s in zip(tasks, texts, strict=True)), bool, len(tasks))


def _apply(path: list[list[int]], line: str) -> str:
    found = _LINE.fullmatch(line)
    if not found:
        return "not an operation"
    a, b, result = int(found[1]), int(found[3]), int(found[4])
    left = list(path[-1])
    for number in (a, b):
        if number not in left:
            return f"{number} is not there"
        left.remove(number)
    if evaluate(a, found[2], b) != result:
        return "wrong or forbidden result"
    left = sorted([*left, result])
    if found[5] is not None and sorted(map(int, found[5].split())) != left:
        return "not the numbers that are left"
    path.append(left)
    return ""


def _go_back(path: list[list[int]], line: str) -> str:
    found = _BACK.fullmatch(line)
    state = sorted(map(int, found[1].split())) if found else None
    if state not in path:
        return "not a state of this path"
    del path[path.index(state) + 1 :]
    return ""


def generate(
    rng: np.random.Generator,
    n_tasks: int,
    *,
    n: int = 3,
    numbers: tuple[int, int] = (1, 29),
    targets: tuple[int, int] = (5, 30),
) -> list[CountdownTask]:
    """`n_tasks` solvable tasks by rejection: numbers and target uniform in their closed ranges. Equal on every
    machine for equal generators."""
    found: list[CountdownTask] = []
    while len(found) < n_tasks:
        drawn = rng.integers(numbers[0], numbers[1] + 1, size=(256, n)).tolist()
        wanted = rng.integers(targets[0], targets[1] + 1, size=256).tolist()
        found += [
            CountdownTask(tuple(row), target)
            for row, target in zip(drawn, wanted, strict=True)
            if target in reachable(row)
        ]
    return found[:n_tasks]


def held_out(task: CountdownTask, share: float = 0.1, by: str = "target") -> bool:
    """Whether a task belongs to the held-out part, by a hash of its target or (`by="numbers"`) of its numbers
    and target: equal on every machine, no list to keep."""
    key = f"target {task.target}" if by == "target" else task.id
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) < share * 2**32


def answer(task: CountdownTask, operations: Iterable[Operation], *, rest: bool = True) -> str:
    """A solution as an answer that `verify` reads."""
    return "\n".join([*_lines(task.numbers, operations, rest), "!"])


def _lines(numbers: Numbers, operations: Iterable[Operation], rest: bool) -> Iterator[str]:
    left = numbers
    for operation in operations:
        left = next(c.numbers for c in children(left) if c.operation == operation)
        yield f"{operation}|{' '.join(map(str, left))}" if rest else str(operation)


class Countdown:
    """A task as an environment. Reward 1 for the target with all numbers used; one number left ends it."""

    tools: Sequence[Tool] = (COMBINE,)

    def __init__(self, task: CountdownTask) -> None:
        self.task = task
        self.numbers = task.numbers

    def reset(self, seed: int = 0) -> Observation:
        self.numbers = self.task.numbers
        return self._observe()

    def step(self, action: Action) -> Observation:
        if action.tool != "combine":
            return Observation("", error=f"There is no tool {action.tool!r}: use combine.")
        wanted = tuple(action.arguments.get(k) for k in ("a", "op", "b"))
        for operation, left in children(self.numbers):
            if wanted in (operation[:3], operation[2::-1] if operation.op in "+*" else None):
                self.numbers = left
                return self._observe()
        return Observation("", error=f"{wanted} is not possible with {self.numbers}.")

    def legal_actions(self) -> list[Action]:
        return [
            Action("combine", {"a": c.operation.a, "op": c.operation.op, "b": c.operation.b})
            for c in children(self.numbers)
        ]

    def state_id(self) -> str:
        return " ".join(map(str, sorted(self.numbers)))

    def snapshot(self) -> Numbers:
        return self.numbers

    def restore(self, snapshot: Numbers) -> None:
        self.numbers = snapshot

    def _observe(self) -> Observation:
        done = len(self.numbers) == 1
        text = f"Numbers: {' '.join(map(str, self.numbers))}. Target: {self.task.target}."
        return Observation(text, self.numbers, float(done and self.numbers[0] == self.task.target), done)
