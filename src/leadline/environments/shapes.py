"""Shape grids: turn cells on and off until a grid equals a target. Rewards are dense and exact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leadline.environments.base import Action, Observation, Tool

STAMPS = {
    "square": [(0, 0), (0, 1), (1, 0), (1, 1)],
    "bar": [(0, 0), (0, 1), (0, 2)],
    "corner": [(0, 0), (1, 0), (1, 1)],
}
STAMP = Tool(
    "stamp",
    "Flip the cells of a shape at a place (rows and columns count from 0).",
    {
        "type": "object",
        "properties": {
            "name": {"type": "string", "enum": list(STAMPS)},
            "row": {"type": "integer", "minimum": 0},
            "column": {"type": "integer", "minimum": 0},
        },
        "required": ["name", "row", "column"],
    },
)


class ShapeGrid:
    """A target made of `stamps` random stamps on an empty grid; as many stamps solve it. Reward: share of cells that
    are right, 1 when all are, which ends it; `2 * stamps` flips end it too."""

    tools: Sequence[Tool] = (STAMP,)

    def __init__(self, size: int = 5, seed: int = 0, *, stamps: int = 2) -> None:
        self.size, self.limit = size, 2 * stamps
        self.places = [
            (name, r, c)
            for name, cells in STAMPS.items()
            for r in range(size - max(y for y, _ in cells))
            for c in range(size - max(x for _, x in cells))
        ]
        self.grid, self.used = np.zeros((size, size), bool), 0
        chosen = np.random.default_rng((seed, 92)).choice(len(self.places), stamps, replace=False)
        for k in chosen:
            self._flip(*self.places[int(k)])
        self.target = self.grid.copy()
        self.reset()

    def _flip(self, name: str, row: int, column: int) -> None:
        for y, x in STAMPS[name]:
            self.grid[row + y, column + x] ^= True

    def reset(self, seed: int = 0) -> Observation:
        self.grid, self.used = np.zeros_like(self.grid), 0
        return self._observe()

    def step(self, action: Action) -> Observation:
        if action not in self.legal_actions():
            return Observation("", error=f"{action.arguments} is not possible here.")
        self._flip(**action.arguments)
        self.used += 1
        return self._observe()

    def legal_actions(self) -> list[Action]:
        if self.used >= self.limit or bool((self.grid == self.target).all()):
            return []
        return [Action("stamp", {"name": n, "row": r, "column": c}) for n, r, c in self.places]

    def state_id(self) -> str:
        return f"{self.used} {self.grid.tobytes().hex()}"

    def snapshot(self) -> tuple[bytes, int]:
        return self.grid.tobytes(), self.used

    def restore(self, snapshot: tuple[bytes, int]) -> None:
        self.grid = np.frombuffer(snapshot[0], bool).reshape(self.size, self.size).copy()
        self.used = snapshot[1]

    def _observe(self) -> Observation:
        right: Any = self.grid == self.target
        text = "\n".join("".join("#" if v else "." for v in row) for row in self.grid.tolist())
        return Observation(
            text, self.grid.tolist(), float(right.mean()), bool(right.all()) or self.used >= self.limit
        )
