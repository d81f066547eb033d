"""Random restarts as a run (runs.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from leadline.environments.base import SearchableEnvironment
from leadline.explore.checkpoint import generator_from, generator_state
from leadline.explore.endings import ending
from leadline.explore.guard import Guarded
from leadline.explore.runs import Way


class RestartRun:
    """Random episodes from the start, with nothing remembered: the floor under every other search."""

    def __init__(
        self, make: Callable[[], SearchableEnvironment], budget: int, seed: int, timeout_s: float
    ) -> None:
        self.budget, self.seed = budget, seed
        self.rng = np.random.default_rng((seed, 82))
        self.guard = Guarded(make, timeout_s)
        self.operations, self.best, self.path = 0, Way(0.0, []), list[int]()
        self.curve: list[tuple[int, float]] = []
        self.failures: list[str] = []
        self.ending = ""
        self.guard.env.reset(seed)
        self.seen = {self.guard.env.state_id()}

    def ended(self) -> bool:
        self.ending = self.ending or ending(self.best.reward >= 1.0, self.operations, self.budget)
        return bool(self.ending)

    def iterate(self) -> None:
        """One random action; at an end, back to the start."""
        env = self.guard.env
        actions = env.legal_actions()
        if not actions:
            self.ending = "" if self.path else "no action anywhere"
            self._restart()
            return
        k = int(self.rng.integers(len(actions)))
        taken = self.guard.step(actions[k])
        self.operations += 1
        self.path.append(k)
        if taken.observation is None:
            if len(self.failures) < 100:
                self.failures.append(f"action {k} after {self.path[:-1]}: {taken.failure}")
            self._restart()
            return
        if taken.observation.reward > self.best.reward:
            self.best = Way(taken.observation.reward, list(self.path))
            self.curve.append((self.operations, self.best.reward))
        if taken.observation.done or taken.observation.error:
            self._restart()
        else:
            self.seen.add(self.guard.env.state_id())

    def _restart(self) -> None:
        self.guard.env.reset(self.seed)
        self.path = []

    def best_way(self) -> Way:
        return self.best

    def states(self) -> int:
        return len(self.seen)

    def state(self) -> dict[str, Any]:
        return {
            "rng": generator_state(self.rng), "operations": self.operations, "best": list(self.best),
            "path": self.path, "curve": self.curve, "failures": self.failures, "seen": sorted(self.seen),
        }  # fmt: skip

    def resume(self, state: dict[str, Any]) -> None:
        self.rng, self.operations = generator_from(state["rng"]), state["operations"]
        self.best, self.path, self.failures = Way(*state["best"]), state["path"], state["failures"]
        self.curve, self.seen = [tuple(point) for point in state["curve"]], set(state["seen"])
        self.guard.env.reset(self.seed)
        for k in self.path:
            self.guard.env.step(self.guard.env.legal_actions()[k])
