"""Sudoku of any square size (4x4, 9x9): exact solver, generator with a uniqueness check, vectorised verifier.

A board is an int array [N, N] with 0 for an empty cell. Used by arXiv:2504.07052 as the task in which
backtracking pays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import isqrt
from typing import Any

import numpy as np

from leadline.environments.base import Action, Observation, Tool
from leadline.errors import UsageError

Board = np.ndarray[Any, np.dtype[np.int64]]
PLACE = Tool(
    "place",
    "Write a value into an empty cell. Rows, columns and values count from 1.",
    {
        "type": "object",
        "properties": {
            name: {"type": "integer", "minimum": 1} for name in ("row", "column", "value")
        },
        "required": ["row", "column", "value"],
    },
)  # fmt: skip


@lru_cache(maxsize=8)
def peers(size: int) -> tuple[tuple[int, ...], ...]:
    """For each cell (row-major) the cells that share its row, column or box."""
    box = isqrt(size)
    if box * box != size:
        raise UsageError(f"A Sudoku has a square size (4, 9, 16), not {size}.")
    cells = [(r, c) for r in range(size) for c in range(size)]
    return tuple(
        tuple(
            s * size + d
            for s, d in cells
            if (s, d) != (r, c) and (s == r or d == c or (s // box == r // box and d // box == c // box))
        )
        for r, c in cells
    )


def solved(puzzles: Board, answers: Board) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether each answer [n, N, N] completes its puzzle: all clues kept, every row, column and box holds 1..N.

    >>> bool(solved(np.zeros((1, 1, 1), int), np.ones((1, 1, 1), int))[0])
    True
    """
    n, size = answers.shape[0], answers.shape[-1]
    box = isqrt(size)
    wanted = np.arange(1, size + 1)
    boxes = answers.reshape(n, box, box, box, box).transpose(0, 1, 3, 2, 4).reshape(n, size, size)
    good = ((puzzles == 0) | (puzzles == answers)).all((1, 2))
    for groups in (answers, answers.transpose(0, 2, 1), boxes):
        good &= (np.sort(groups, -1) == wanted).all((1, 2))
    return good


def candidates(board: Board) -> list[int]:
    """A bit mask of possible values per cell, row-major (bit v-1 for value v); 0 for filled cells."""
    size, flat = len(board), board.ravel().tolist()
    full = (1 << size) - 1
    masks = []
    for cell, around in enumerate(peers(size)):
        seen = 0
        for other in around:
            if flat[other]:
                seen |= 1 << (flat[other] - 1)
        masks.append(0 if flat[cell] else full & ~seen)
    return masks


def consistent(board: Board) -> bool:
    """No value stands twice in a row, column or box."""
    flat = board.ravel().tolist()
    return not any(v and any(flat[o] == v for o in peers(len(board))[c]) for c, v in enumerate(flat))


def solutions(board: Board, rng: np.random.Generator | None = None) -> Iterator[Board]:
    """All completions by propagation and guessing at the cell with the fewest candidates.
    With `rng` the values are tried in a random order."""
    if not consistent(board):
        return
    flat = board.ravel().tolist()
    masks = candidates(board)
    yield from (np.array(s).reshape(board.shape) for s in _search(flat, masks, len(board), rng))


def _search(
    flat: list[int], masks: list[int], size: int, rng: np.random.Generator | None
) -> Iterator[list[int]]:
    empty = [c for c, v in enumerate(flat) if not v]
    if not empty:
        yield list(flat)
        return
    cell = min(empty, key=lambda c: masks[c].bit_count())
    values = [v for v in range(1, size + 1) if masks[cell] >> (v - 1) & 1]
    if rng is not None:
        values = rng.permutation(values).tolist()
    saved = masks[cell]
    masks[cell] = 0
    for value in values:
        bit = 1 << (value - 1)
        touched = [o for o in peers(size)[cell] if not flat[o] and masks[o] & bit]
        flat[cell] = value
        for other in touched:
            masks[other] ^= bit
        yield from _search(flat, masks, size, rng)
        for other in touched:
            masks[other] |= bit
    flat[cell], masks[cell] = 0, saved


def solve(board: Board) -> Board | None:
    """The first completion, or None."""
    return next(solutions(board), None)


def is_unique(board: Board) -> bool:
    """Exactly one completion."""
    found = solutions(board)
    return next(found, None) is not None and next(found, None) is None


def generate(rng: np.random.Generator, *, size: int = 9, blanks: int = 40) -> Board:
    """A puzzle with one solution and at most `blanks` empty cells, by digging holes in a random board.
    Fewer blanks result only when every further hole would allow a second solution."""
    board = next(solutions(np.zeros((size, size), np.int64), rng))
    for cell in rng.permutation(size * size).tolist():
        if (board == 0).sum() >= blanks:
            break
        value, board.flat[cell] = int(board.flat[cell]), 0
        if not is_unique(board):
            board.flat[cell] = value
    return board


def moves(puzzle: Board) -> Iterator[tuple[str, int, int]]:
    """The trace of a solver that fills single candidates first and guesses otherwise: ("set" | "guess" |
    "revert", cell, value). Reverts undo the guess and all that followed it; the trace ends solved or empty-handed."""
    board = puzzle.copy()
    guesses: list[tuple[Board, int, list[int]]] = []
    while True:
        masks = candidates(board)
        empty = np.flatnonzero(board.ravel() == 0).tolist()
        if not empty:
            return
        cell = min(empty, key=lambda c: masks[c].bit_count())
        values = [v for v in range(1, len(board) + 1) if masks[cell] >> (v - 1) & 1]
        kind = "set" if len(values) == 1 else "guess"
        while not values:
            if not guesses:
                return
            board, cell, values = guesses.pop()
            yield "revert", cell, int(values.pop(0))
            kind = "guess"
        if kind == "guess":
            guesses.append((board.copy(), cell, list(values)))
        board = board.copy()
        board.flat[cell] = values[0]
        yield kind, cell, int(values[0])


class Sudoku:
    """A puzzle as an environment. A value that breaks a rule at once is refused; a full board gives reward 1."""

    tools: Sequence[Tool] = (PLACE,)

    def __init__(self, puzzle: Board) -> None:
        peers(len(puzzle))
        self.puzzle = np.asarray(puzzle, np.int64)
        self.board = self.puzzle.copy()

    def reset(self, seed: int = 0) -> Observation:
        self.board = self.puzzle.copy()
        return self._observe()

    def step(self, action: Action) -> Observation:
        if action not in self.legal_actions():
            return Observation("", error=f"{action.arguments} is not possible here.")
        row, column, value = (int(action.arguments[k]) for k in ("row", "column", "value"))
        self.board[row - 1, column - 1] = value
        return self._observe()

    def legal_actions(self) -> list[Action]:
        """Values for the first cell with the fewest candidates: every solution is still within reach, and the
        branching stays small. Empty on a dead end."""
        masks = candidates(self.board)
        empty = np.flatnonzero(self.board.ravel() == 0).tolist()
        if not empty:
            return []
        cell = min(empty, key=lambda c: masks[c].bit_count())
        row, column = divmod(cell, len(self.board))
        return [
            Action("place", {"row": row + 1, "column": column + 1, "value": v})
            for v in range(1, len(self.board) + 1)
            if masks[cell] >> (v - 1) & 1
        ]

    def state_id(self) -> str:
        return " ".join(map(str, self.board.ravel().tolist()))

    def snapshot(self) -> bytes:
        return self.board.tobytes()

    def restore(self, snapshot: bytes) -> None:
        self.board = np.frombuffer(snapshot, np.int64).reshape(self.puzzle.shape).copy()

    def _observe(self) -> Observation:
        text = "\n".join(" ".join(str(v) if v else "." for v in row) for row in self.board.tolist())
        full = bool((self.board > 0).all())
        won = full and bool(solved(self.puzzle[None], self.board[None])[0])
        return Observation(text, self.board.tolist(), float(won), full or not self.legal_actions())
