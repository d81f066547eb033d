"""One search tree for BFS, DFS, beam, best-first, MCTS and DeepSearch; whoever can expand a state can use it.

    search = TreeSearch(TreeConfig("uct", max_calls=100))
    while (leaves := search.ask(8)).size:
        for leaf in leaves:
            search.tell(leaf, children(score=[.2, .7]))       # an engine, a policy, a judge

The tree holds numbers only (72 bytes a node); the caller keeps what a node stands for, by its number. A node is
expanded once, with all its children side by side. Ties go to the lowest number, so a search repeats itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from leadline.errors import UsageError
from leadline.explore import kernels as loops
from leadline.explore.checkpoint import load, save
from leadline.explore.kernels import CLOSED, EXPANDED, FAILED, NODE, PENDING, TERMINAL, USED
from leadline.explore.leaf_queue import LeafQueue
from leadline.explore.rules import Terminal, constrained_backup, keep_one, uct
from leadline.explore.tree_config import DEFAULT, Array, TreeConfig, children

Expand = Callable[[Array, int, Array], int]
"""(the table of nodes, a leaf, rows to fill) -> number of children."""


class TreeSearch:
    """Ask for leaves, tell their children. After `compile_after` nodes the loops are
    compiled where numba is installed (at once if another search has paid for that; None: never)."""

    def __init__(self, config: TreeConfig = DEFAULT, *, compile_after: int | None = 5000) -> None:
        self.config, self.compile_after = config, compile_after
        self.n, self.calls, self.tokens = 1, 0, 0
        self._nodes = np.zeros(64, NODE)
        self._nodes[0] = np.array((0, np.nan, 0, np.nan, -1, -1, 0, 0, 0, 1, -1, 0, 0), NODE)
        self._queue = LeafQueue(config)
        self.finished: list[int] = []
        """Terminal nodes whose trajectory was backed up, one per expansion (not with backup "sum")."""
        self.failures: dict[int, str] = {}
        self._push(np.zeros(1, np.int32))

    @property
    def nodes(self) -> Array:
        """The table, one row per node; columns as in kernels.NODE."""
        return self._nodes[: self.n]

    def spent(self) -> str:
        """The limit that is reached, in words; empty while there is room."""
        for unit, used, limit in (
            ("calls", self.calls, self.config.max_calls),
            ("tokens", self.tokens, self.config.max_tokens),
        ):
            if used >= limit:
                return f"{used:g} of {limit:g} {unit} used"
        return ""

    def ask(self, n: int = 1) -> Array:
        """Up to n leaves to expand, int32. Empty: the budget is spent, the tree is exhausted, or (beam) the level
        above is still out."""
        if self.spent():
            return np.zeros(0, np.int32)
        n = int(min(n, self.config.max_calls - self.calls))
        if self.config.strategy == "uct":
            out = np.zeros(n, np.int32)
            out = out[: self._loops.ask_uct(self._nodes, self.config.lam, self.config.unvisited_first, out)]
        else:
            found: list[int] = []
            while len(found) < n and (leaf := self._queue.pop(self._loops, self.nodes)) >= 0:
                self._nodes["flags"][leaf] |= PENDING
                self._loops.close(self._nodes, leaf)
                found.append(leaf)
            out = np.array(found, np.int32)
        self.calls += len(out)
        return out

    def tell(self, leaf: int, rows: Array) -> Array:
        """The children of an asked leaf (made by `children`); their numbers. No rows: a dead end."""
        return self.tell_many(np.array([leaf], np.int32), np.array([len(rows)], np.int32), rows)

    def tell_many(self, leaves: Array, counts: Array, rows: Array) -> Array:
        """The same for several leaves in one call: rows of the first leaf, then of the second, ..."""
        if (self._nodes["flags"][leaves] & PENDING == 0).any() or counts.sum() != len(rows):
            raise UsageError("tell wants leaves that ask gave, each once, and one row per child.")
        before = self.n
        self._grow(before + len(rows))
        virtual = int(self.config.strategy == "uct")
        self.n = self._loops.tell(
            self._nodes, before, leaves, counts, rows, virtual, self.config.backup == "sum"
        )
        self.tokens += int(rows["tokens"].sum())
        new = np.arange(before, self.n, dtype=np.int32)
        if self.config.backup not in ("sum", "none"):
            for leaf in leaves:
                self._back_up_one(int(leaf))
        self._push(new[self._nodes["flags"][new] & TERMINAL == 0])
        return new

    def simulate(self, expand: Expand, calls: int, *, width: int) -> int:
        """Up to `calls` expansions, one leaf at a time, in one compiled loop; how many there were.

        `expand(nodes, leaf, rows)` is a function compiled by `numba.njit`; it writes at most `width` children into
        `rows` (`rows["score"][k] = ...`, `rows["reward"][k] = ...` for an end) and returns their number. A plain
        function does the same without the speed. For UCT; the other strategies ask and tell.
        """
        if self.config.strategy != "uct" or self.config.backup != "sum":
            raise UsageError(f"simulate runs UCT with backup sum, not {self.config.strategy}: ask and tell.")
        run = loops.compiled() if hasattr(expand, "py_func") else loops.plain
        config, before, rows, failed = self.config, self.calls, children(n=width), 0
        last = int(min(self.calls + calls, config.max_calls))
        while self.calls < last and not self.spent():
            self._grow(self.n + min(last - self.calls, 4096) * width)
            told = self.calls
            self.n, self.calls, self.tokens, wrong = run.simulate(
                self._nodes, self.n, told, last, self.tokens, config.max_tokens,
                config.lam, config.unvisited_first, expand, rows,
            )  # fmt: skip
            failed += wrong
            if self.calls == told:
                break
        if failed:
            for leaf in np.flatnonzero(self.nodes["flags"] & FAILED).tolist():
                self.failures.setdefault(leaf, "a score or reward is not finite")
        return self.calls - before

    def fail(self, leaf: int, why: str) -> None:
        """The expansion of an asked leaf went wrong: it is a dead end with a name, and the search goes on."""
        self.tell(leaf, children(n=0))
        self._nodes["flags"][leaf] |= FAILED
        self.failures[leaf] = why

    def path(self, node: int) -> list[int]:
        """Nodes from the root (excluded) to `node`."""
        found = []
        while node > 0:
            found.append(int(node))
            node = int(self._nodes["parent"][node])
        return found[::-1]

    def actions(self, node: int) -> list[int]:
        return [int(self._nodes["action"][k]) for k in self.path(node)]

    def best(self) -> int:
        """The terminal node with the highest reward (the first of equals); -1 when nothing ended."""
        reward = self.nodes["reward"]
        return -1 if np.isnan(reward).all() else int(np.nanargmax(reward))

    @property
    def _loops(self) -> Any:
        if self.compile_after is None:
            return loops.plain
        ready = loops.compiled.cache_info().currsize > 0
        return loops.compiled() if ready or self.n > self.compile_after else loops.plain

    def _push(self, new: Array) -> None:
        self._queue.push(self._loops, self._nodes, new, self.calls)

    # -- DeepSearch ----------------------------------------------------------------------------------------------
    def _back_up_one(self, leaf: int) -> None:
        """Back one new terminal up; then (deepsearch) go on below `leaf`, or jump when something ended."""
        nodes, mode = self._nodes, self.config.backup
        below = np.arange(nodes["first"][leaf], nodes["first"][leaf] + nodes["count"][leaf])
        kept = keep_one([
            Terminal(int(k), float(nodes["reward"][k]), self.mean_entropy(int(k)))
            for k in below if nodes["flags"][k] & TERMINAL
        ])  # fmt: skip
        if kept is not None:
            path = np.array(self.path(kept.node))
            nodes["value"][path] = constrained_backup(nodes["value"][path], kept.reward, mode)  # type: ignore[arg-type]
            loops.plain.add_visits(nodes, kept.node, 1)
            nodes["flags"][kept.node] |= USED
            self.finished.append(kept.node)
            self._rescore(path)
        elif self.config.strategy == "deepsearch":
            alive = below[nodes["flags"][below] & CLOSED == 0]
            alive = alive[nodes["depth"][alive] < self.config.max_depth]
            if len(alive):
                scores = uct(
                    nodes["value"][alive], nodes["visits"][alive], nodes["visits"][leaf], self.config.lam
                )
                self._queue.jump = int(alive[np.argmax(scores)])

    def mean_entropy(self, node: int) -> float:
        """Mean entropy over the tokens of the trajectory that ends in `node` (over its nodes if none has tokens)."""
        path = np.array(self.path(node))
        tokens = self._nodes["tokens"][path].astype(float)
        weights = tokens if tokens.sum() else np.ones(len(path))
        return float(np.average(self._nodes["entropy"][path], weights=weights))

    def _rescore(self, path: Array) -> None:
        """Leaves whose parent's Q changed get a new entry."""
        rows = self._nodes[path[:-1]]
        if len(rows):
            below = np.concatenate(
                [np.arange(f, f + c) for f, c in zip(rows["first"], rows["count"], strict=True)]
            )
            waiting = self._nodes["flags"][below] & (TERMINAL | PENDING | EXPANDED) == 0
            self._push(below[waiting].astype(np.int32))

    # -- memory and disk -----------------------------------------------------------------------------------------
    def _grow(self, need: int) -> None:
        if need > len(self._nodes):
            grown = np.zeros(int(need * 1.5), NODE)
            grown[: self.n] = self.nodes
            self._nodes = grown

    @property
    def bytes_per_node(self) -> float:
        return float(self._nodes.nbytes + sum(a.nbytes for a in self._queue.heap)) / self.n

    def save(self, path: Path) -> None:
        """A checkpoint. Asked leaves must have been told: what is out cannot be written down."""
        if (self.nodes["flags"] & PENDING).any():
            raise UsageError("Some asked leaves are still out: tell or fail them before saving.")
        save(path, "tree", self.state())

    @classmethod
    def load(cls, path: Path, *, compile_after: int | None = 5000) -> TreeSearch:
        """A search that goes on exactly where the saved one was."""
        return cls.resumed(load(path, "tree"), compile_after=compile_after)

    def state(self) -> dict[str, Any]:
        """All that the search is. Leaves that are out stay out: whoever resumes must tell them."""
        return {
            "config": msgspec.to_builtins(self.config), "nodes": self.nodes.copy(),
            "queue": self._queue.state(), "calls": self.calls, "tokens": self.tokens, "finished": self.finished,
            "failures": list(self.failures.items()),
        }  # fmt: skip

    @classmethod
    def resumed(cls, state: dict[str, Any], *, compile_after: int | None = 5000) -> TreeSearch:
        """The opposite of `state`."""
        search = cls(msgspec.convert(state["config"], TreeConfig, strict=False), compile_after=compile_after)
        search._nodes, search.n = state["nodes"], len(state["nodes"])
        search._queue.resume(state["queue"])
        search.calls, search.tokens = state["calls"], state["tokens"]
        search.finished, search.failures = state["finished"], dict(state["failures"])
        return search
