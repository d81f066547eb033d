"""Mazes: a random spanning tree on a grid, some walls opened, one way out. A small deterministic search problem."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from leadline.environments.base import Action, Observation, Tool

Cell = tuple[int, int]
STEPS: dict[str, Cell] = {"north": (-1, 0), "east": (0, 1), "south": (1, 0), "west": (0, -1)}
MOVE = Tool(
    "move",
    "Walk one cell.",
    {
        "type": "object",
        "properties": {"to": {"type": "string", "enum": list(STEPS)}},
        "required": ["to"],
    },
)


class Maze:
    """A size x size maze from a seed; start top left, way out bottom right. Reward 1 there, which ends it."""

    tools: Sequence[Tool] = (MOVE,)

    def __init__(self, size: int = 12, seed: int = 0, *, loops: float = 0.05) -> None:
        self.size, self.exit = size, (size - 1, size - 1)
        self.open: set[tuple[Cell, Cell]] = set()
        self._carve(np.random.default_rng((seed, 91)), loops)
        self.cell: Cell = (0, 0)

    def _carve(self, rng: np.random.Generator, loops: float) -> None:
        """Depth-first carving; then a share `loops` of the remaining walls goes."""
        stack, seen = [(0, 0)], {(0, 0)}
        while stack:
            here = stack[-1]
            free = [c for c in self._around(here) if c not in seen]
            if not free:
                stack.pop()
                continue
            there = free[int(rng.integers(len(free)))]
            self.open |= {(here, there), (there, here)}
            seen.add(there)
            stack.append(there)
        for here in [(r, c) for r in range(self.size) for c in range(self.size)]:
            for there in self._around(here):
                if here < there and (here, there) not in self.open and rng.random() < loops:
                    self.open |= {(here, there), (there, here)}

    def _around(self, cell: Cell) -> list[Cell]:
        near = [(cell[0] + dy, cell[1] + dx) for dy, dx in STEPS.values()]
        return [(r, c) for r, c in near if 0 <= r < self.size and 0 <= c < self.size]

    def shortest(self) -> int:
        """Length of the shortest way out, by breadth-first search: the proof that there is one."""
        distance, queue = {(0, 0): 0}, deque([(0, 0)])
        while queue:
            here = queue.popleft()
            for there in self._around(here):
                if (here, there) in self.open and there not in distance:
                    distance[there] = distance[here] + 1
                    queue.append(there)
        return distance[self.exit]

    def reset(self, seed: int = 0) -> Observation:
        self.cell = (0, 0)
        return self._observe()

    def step(self, action: Action) -> Observation:
        if action not in self.legal_actions():
            return Observation("", error=f"There is a wall: {action.arguments.get('to')!r}.")
        dy, dx = STEPS[action.arguments["to"]]
        self.cell = (self.cell[0] + dy, self.cell[1] + dx)
        return self._observe()

    def legal_actions(self) -> list[Action]:
        if self.cell == self.exit:
            return []
        r, c = self.cell
        return [
            Action("move", {"to": w})
            for w, (dy, dx) in STEPS.items()
            if (self.cell, (r + dy, c + dx)) in self.open
        ]

    def state_id(self) -> str:
        return f"{self.cell[0]} {self.cell[1]}"

    def snapshot(self) -> Cell:
        return self.cell

    def restore(self, snapshot: Cell) -> None:
        self.cell = snapshot

    def _observe(self) -> Observation:
        ways = ", ".join(a.arguments["to"] for a in self.legal_actions())
        done = self.cell == self.exit
        return Observation(
            f"Row {self.cell[0]}, column {self.cell[1]}. Open: {ways}.", self.cell, float(done), done
        )
