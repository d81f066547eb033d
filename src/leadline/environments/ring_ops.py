"""Ring-ops: reach a number in Z_23 by three operations, naming each result. Reasoning and facts in six symbols.

A prompt is (start, target); an answer is three times (operation, result). Operations are a choice, of which about nine
in 216 are right; results are facts, of which one is. So entropy can be measured where it is wanted and where it is not.
Symbols: 0..22 are numbers (letters a..w), 23..28 operations. After the toy of the CurioSFT study (arXiv:2602.02244).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.int64]]

SIZE, STEPS = 23, 3
OPERATIONS = "137xyz"
"""+1, +3, +7, *2, *3, -5."""
ALPHABET = "abcdefghijklmnopqrstuvw" + OPERATIONS
LENGTH = 2 * STEPS
"""Symbols of an answer: operations at even places, results at odd ones."""


class RingTask(NamedTuple):
    start: int
    target: int

    @property
    def text(self) -> str:
        return ALPHABET[self.start] + ALPHABET[self.target]


def successors() -> Array:
    """[23, 6] what each operation makes of each number.

    >>> successors()[22].tolist()
    [0, 2, 6, 21, 20, 17]
    """
    x = np.arange(SIZE)
    return np.stack([x + 1, x + 3, x + 7, 2 * x, 3 * x, x - 5], 1) % SIZE


def right(start: Array, target: Array, symbols: Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """[R] whether every result of symbols [R, 6] follows from its operation and the last one is the target [R]."""
    table, at = successors(), np.asarray(start)
    good = np.ones(len(symbols), bool)
    for step in range(STEPS):
        operation, result = symbols[:, 2 * step] - SIZE, symbols[:, 2 * step + 1]
        known = (operation >= 0) & (operation < len(OPERATIONS))
        at = table[at, np.where(known, operation, 0)]
        good &= known & (result == at)
    return np.asarray(good & (at == target))


def executed(start: Array, operations: Array) -> Array:
    """[R, 6] symbols of the answers that carry out operations [R, 3] (0..5) from start [R]."""
    table, at = successors(), np.asarray(start)
    symbols = []
    for operation in operations.T:
        at = table[at, operation]
        symbols += [operation + SIZE, at]
    return np.stack(symbols, 1)


@cache
def solutions(start: int, target: int) -> tuple[tuple[int, ...], ...]:
    """All right answers as symbols, in the order of their operations; the first is the canonical one."""
    operations = np.array(list(product(range(len(OPERATIONS)), repeat=STEPS)))
    symbols = executed(np.full(len(operations), start), operations)
    return tuple(tuple(row) for row in symbols[symbols[:, -1] == target].tolist())


def prompts() -> list[RingTask]:
    """Every (start, target) that three operations can join."""
    pairs = (RingTask(s, t) for s in range(SIZE) for t in range(SIZE))
    return [task for task in pairs if solutions(*task)]


def noisy_answers(
    rng: np.random.Generator, n: int, *, replaced: float = 0.15, corrupted: float = 0.05
) -> tuple[Array, Array]:
    """Prompts [n] (places in `prompts()`) and answers [n, 6] of a corpus that is mostly right.

    A share of the operations is replaced and carried out again, so that the answer ends elsewhere; a share of the
    results is then replaced by any number.
    """
    every = prompts()
    which = rng.integers(len(every), size=n)
    found = [solutions(*every[i]) for i in which]
    operations = np.array([f[rng.integers(len(f))] for f in found])[:, ::2] - SIZE
    other = rng.random(operations.shape) < replaced
    operations = np.where(other, rng.integers(len(OPERATIONS), size=operations.shape), operations)
    symbols = executed(np.array([every[i].start for i in which]), operations)
    wrong = rng.random(operations.shape) < corrupted
    symbols[:, 1::2] = np.where(wrong, rng.integers(SIZE, size=operations.shape), symbols[:, 1::2])
    return which, symbols


def verify(task: RingTask, text: str) -> bool:
    """Whether the text is a right answer and nothing else.

    >>> verify(RingTask(0, 4), "1bxc1d"), verify(RingTask(0, 3), "1bxc1d")
    (False, True)
    """
    if len(text) != LENGTH or not set(text) <= set(ALPHABET):
        return False
    symbols = np.array([[ALPHABET.index(c) for c in text]])
    return bool(right(np.array([task.start]), np.array([task.target]), symbols)[0])


def written(symbols: Sequence[int]) -> str:
    return "".join(ALPHABET[i] for i in symbols)
