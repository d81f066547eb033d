"""A tree over the states of an environment as a run (runs.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from leadline.environments.base import SearchableEnvironment
from leadline.explore.checkpoint import generator_from, generator_state
from leadline.explore.endings import ending
from leadline.explore.guard import Guarded
from leadline.explore.runs import Way
from leadline.explore.tree import TreeSearch
from leadline.explore.tree_config import TreeConfig, children

PLAYOUT_STEPS = 200
"""Steps after which a random playout is given up."""


class TreeRun:
    """A tree of environment states, scored by random playouts; a state that was seen before is not expanded again."""

    def __init__(
        self,
        strategy: str,
        make: Callable[[], SearchableEnvironment],
        budget: int,
        seed: int,
        timeout_s: float,
    ) -> None:
        self.budget, self.seed = budget, seed
        self.rng = np.random.default_rng((seed, 81))
        self.guard = Guarded(make, timeout_s)
        self.guard.env.reset(seed)
        self.tree = TreeSearch(TreeConfig(strategy))  # type: ignore[arg-type]
        self.snapshots: dict[int, Any] = {0: self.guard.env.snapshot()}
        self.seen = {self.guard.env.state_id(): None}  # a dict keeps the order: `before` cuts it
        self.operations, self.best = 0, Way(0.0, [])
        self.curve: list[tuple[int, float]] = []
        self.failures: list[str] = []
        self.ending = ""
        self.out = -1
        """A leaf whose expansion the budget cut short; the next run begins it again."""
        self.before = self._mark()

    def ended(self) -> bool:
        self.ending = self.ending or ending(self.best.reward >= 1.0, self.operations, self.budget)
        return bool(self.ending)

    def iterate(self) -> None:
        """Expand one leaf: every action, each followed by a playout."""
        leaves = self.tree.ask(1) if self.out < 0 else [self.out]
        if not len(leaves):
            self.ending = "every state was expanded"
            return
        self.out, self.before = int(leaves[0]), self._mark()
        snapshot = self._snapshot(self.out)
        path = self.tree.actions(self.out)
        self.guard.env.restore(snapshot)
        rows: list[tuple[int, float, Any]] = []
        for k in range(len(self.guard.env.legal_actions())):
            if self.operations >= self.budget:
                return
            self.guard.env.restore(snapshot)
            if (row := self._child(path, k)) is not None:
                rows.append(row)
        if self.operations >= self.budget:  # the last playout may have been cut
            return
        new = self.tree.tell(
            self.out, children(score=[s for _, s, _ in rows], action=[k for k, _, _ in rows])
        )
        self.snapshots.pop(self.out, None)
        self.snapshots |= {int(node): kept for node, (_, _, kept) in zip(new, rows, strict=True)}
        self.out, self.before = -1, self._mark()

    def best_way(self) -> Way:
        return self.best

    def states(self) -> int:
        return len(self.seen)

    def _child(self, path: list[int], k: int) -> tuple[int, float, Any] | None:
        """Action k of the state in which the environment is: (k, score, snapshot), None when it leads nowhere new."""
        env = self.guard.env
        taken = self.guard.step(env.legal_actions()[k])
        self.operations += 1
        if taken.observation is None:
            if len(self.failures) < 100:
                self.failures.append(f"action {k} after {path}: {taken.failure}")
            return None
        self._note(taken.observation.reward, [*path, k])
        state = env.state_id()
        if taken.observation.done or taken.observation.error or state in self.seen:
            return None
        self.seen[state] = None
        kept = env.snapshot()
        score, way = self._playout()
        self._note(score, [*path, k, *way])
        return k, score, kept

    def _playout(self) -> Way:
        """Random actions to an end: the highest reward met and the way to it."""
        best, way = Way(0.0, []), list[int]()
        while self.operations < self.budget and len(way) < PLAYOUT_STEPS:
            actions = self.guard.env.legal_actions()
            if not actions:
                break
            way.append(int(self.rng.integers(len(actions))))
            taken = self.guard.step(actions[way[-1]])
            self.operations += 1
            if taken.observation is None or taken.observation.error:
                break
            if taken.observation.reward > best.reward:
                best = Way(taken.observation.reward, list(way))
            if taken.observation.done:
                break
        return best

    def _note(self, reward: float, path: list[int]) -> None:
        if reward > self.best.reward:
            self.best = Way(reward, path)
            self.curve.append((self.operations, reward))

    def _snapshot(self, leaf: int) -> Any:
        """The state of a leaf; after a resume, by its path."""
        if leaf not in self.snapshots:
            self.guard.env.reset(self.seed)
            for k in self.tree.actions(leaf):
                self.guard.env.step(self.guard.env.legal_actions()[k])
            self.snapshots[leaf] = self.guard.env.snapshot()
        return self.snapshots[leaf]

    def _mark(self) -> dict[str, Any]:
        """Where a resumed run must stand if the expansion that begins now is cut short."""
        return {
            "rng": generator_state(self.rng), "operations": self.operations, "best": list(self.best),
            "counts": [len(self.curve), len(self.failures), len(self.seen)],
        }  # fmt: skip

    def state(self) -> dict[str, Any]:
        curve, failures, seen = self.before["counts"]
        return {
            **self.before, "tree": self.tree.state(), "out": self.out, "curve": self.curve[:curve],
            "failures": self.failures[:failures], "seen": list(self.seen)[:seen],
        }  # fmt: skip

    def resume(self, state: dict[str, Any]) -> None:
        self.rng, self.operations = generator_from(state["rng"]), state["operations"]
        self.best, self.out = Way(*state["best"]), state["out"]
        self.tree = TreeSearch.resumed(state["tree"])
        self.curve = [tuple(point) for point in state["curve"]]
        self.failures, self.seen = state["failures"], dict.fromkeys(state["seen"])
        self.before = self._mark()
