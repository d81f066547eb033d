"""Which leaf of a tree is next: a heap of keys for every strategy but UCT, which descends from the root instead."""

from __future__ import annotations

from typing import Any

import numpy as np

from leadline.explore.kernels import EXPANDED, PENDING
from leadline.explore.rules import frontier_score
from leadline.explore.tree_config import Array, TreeConfig


class LeafQueue:
    """The smallest key is next, then the lowest number. `loops` are the kernels, plain or compiled."""

    def __init__(self, config: TreeConfig) -> None:
        self.config = config
        self.heap = (np.zeros(64), np.zeros(64), np.zeros(64, np.int32))
        self.size = 0
        self.at_depth: dict[int, int] = {}
        """Leaves handed out per level (beam)."""
        self.jump = 0
        """A leaf that comes before the heap (deepsearch); 0: none."""

    def push(self, loops: Any, nodes: Array, new: Array, calls: int) -> None:
        if self.config.strategy == "uct" or not len(new):
            return
        need = self.size + len(new)
        if need > len(self.heap[0]):
            self.heap = tuple(np.resize(a, int(need * 1.5)) for a in self.heap)  # type: ignore[assignment]
        self.size = loops.push_many(*self.heap, self.size, *self._keys(nodes, new, calls), new)

    def pop(self, loops: Any, nodes: Array) -> int:
        """The next leaf, -1 when there is none. Entries whose score has changed since were pushed again."""
        jump, self.jump = self.jump, 0
        if jump > 0:
            return jump
        major, minor, ids = self.heap
        while self.size:
            leaf, key = int(ids[0]), float(major[0])
            level = int(nodes["depth"][leaf])
            if self.config.strategy == "beam" and _is_out_above(nodes, level):
                return -1
            self.size = loops.heap_pop(major, minor, ids, self.size)
            if nodes["flags"][leaf] & (PENDING | EXPANDED) or level >= self.config.max_depth:
                continue
            if self.config.strategy == "beam":
                self.at_depth[level] = self.at_depth.get(level, 0) + 1
                if self.at_depth[level] > self.config.beam:
                    continue
            elif self.config.strategy in ("frontier", "deepsearch"):
                current = -float(self._frontier(nodes, np.array([leaf]))[0])
                if current != key:
                    continue
            return leaf
        return -1

    def _keys(self, nodes: Array, new: Array, calls: int) -> tuple[Array, Array]:
        """(major, minor) of leaves."""
        rows, zero = nodes[new], np.zeros(len(new))
        match self.config.strategy:
            case "bfs":
                return rows["depth"].astype(float), zero
            case "dfs":
                return zero - calls, zero
            case "best":
                return -np.nan_to_num(rows["score"], nan=0.0), zero
            case "beam":
                return rows["depth"].astype(float), -np.nan_to_num(rows["score"], nan=0.0)
            case _:
                return -self._frontier(nodes, new), zero

    def _frontier(self, nodes: Array, leaves: Array) -> Array:
        rows, config = nodes[leaves], self.config
        above = nodes[np.maximum(rows["parent"], 0)]
        q = np.where(above["visits"] > 0, above["value"] / np.maximum(above["visits"], 1), 0.0)
        return np.asarray(
            frontier_score(
                q, rows["entropy"], rows["depth"], config.max_depth, lam_value=config.lam_value,
                lam_entropy=config.lam_entropy, lam_depth=config.lam_depth,
            )
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        return {
            "heap": [a[: self.size].copy() for a in self.heap], "at_depth": list(self.at_depth.items()),
            "jump": self.jump,
        }  # fmt: skip

    def resume(self, state: dict[str, Any]) -> None:
        self.heap, self.size = tuple(state["heap"]), len(state["heap"][0])
        self.at_depth, self.jump = dict(state["at_depth"]), state["jump"]


def _is_out_above(nodes: Array, level: int) -> bool:
    pending = nodes["flags"] & PENDING > 0
    return bool((nodes["depth"][pending] < level).any())
