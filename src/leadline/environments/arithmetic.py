"""Number puzzles: combine two numbers at a time until one is left. The rules that Countdown and Game of 24 share.

Differences are never negative and divisions are exact, so every number stays a whole number >= 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

Numbers = tuple[int, ...]


class Operation(NamedTuple):
    """a op b = result; for - and / the larger number stands first."""

    a: int
    op: str
    b: int
    result: int

    def __str__(self) -> str:
        return f"{self.a}{self.op}{self.b}={self.result}"


class Child(NamedTuple):
    operation: Operation
    numbers: Numbers
    """What is left: the untouched numbers in their order, then the result."""


def evaluate(a: int, op: str, b: int) -> int | None:
    """The value of a op b under the rules of the puzzle; None when the rules forbid it.

    >>> evaluate(8, "/", 2), evaluate(7, "/", 2), evaluate(2, "-", 5), evaluate(3, "/", 0)
    (4, None, None, None)
    """
    if op == "+":
        return a + b
    if op == "*":
        return a * b
    if op == "-":
        return a - b if a >= b else None
    if op == "/":
        return a // b if b and a % b == 0 else None
    return None


def combine(a: int, b: int, order: str = "+*-/") -> list[Operation]:
    """Every allowed operation on a pair, in `order`. Of the two orders of - and / only one can be allowed
    (both are when a == b or a number is 0; they are the same operation or the same value, and stand once).

    >>> [str(o) for o in combine(2, 6)]
    ['2+6=8', '2*6=12', '6-2=4', '6/2=3']
    """
    low, high = (a, b) if a <= b else (b, a)
    found = []
    for op in order:
        left, right = (a, b) if op in "+*" else (high, low)
        result = evaluate(left, op, right)
        if result is not None:
            found.append(Operation(left, op, right, result))
    return found


def children(numbers: Sequence[int], order: str = "+*-/") -> list[Child]:
    """All states after one operation: pairs by position, then `order`."""
    found = []
    for i, j in combinations(range(len(numbers)), 2):
        rest = (*numbers[:i], *numbers[i + 1 : j], *numbers[j + 1 :])
        found += [Child(o, (*rest, o.result)) for o in combine(numbers[i], numbers[j], order)]
    return found


@lru_cache(maxsize=200_000)
def _reachable(numbers: Numbers) -> frozenset[int]:
    if len(numbers) == 1:
        return frozenset(numbers)
    return frozenset().union(*(_reachable(tuple(sorted(c.numbers))) for c in children(numbers)))


def reachable(numbers: Sequence[int]) -> frozenset[int]:
    """Every value that can be made with all numbers, each used once.

    >>> sorted(reachable([2, 3]))
    [1, 5, 6]
    """
    return _reachable(tuple(sorted(numbers)))


def solve(numbers: Sequence[int], target: int) -> list[Operation] | None:
    """The first solution in depth-first order, or None when there is none. Exact."""
    if target not in reachable(numbers):
        return None
    path: list[Operation] = []
    left = tuple(numbers)
    while len(left) > 1:
        step = next(c for c in children(left) if target in reachable(c.numbers))
        path.append(step.operation)
        left = step.numbers
    return path


def count_solutions(numbers: Sequence[int], target: int) -> int:
    """Number of operation sequences (pairs by position) that end at `target`.

    >>> count_solutions([6, 8, 3, 1], 24)
    20
    """
    if len(numbers) == 1:
        return int(numbers[0] == target)
    return sum(count_solutions(c.numbers, target) for c in children(tuple(numbers)))
