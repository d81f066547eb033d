"""Judges for Go-Explore: classic graph search, chance, values (oracle, heuristic, learned), and mixtures of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from leadline.environments.base import SearchableEnvironment
from leadline.explore.cells import Cell, Judge
from leadline.explore.checkpoint import generator_from, generator_state

Value = Callable[[Any], float]
"""Snapshot of a state -> how promising it is."""
Peek = Callable[[Any, int], Any]
"""(snapshot, action) -> snapshot of the state after it, None where the action leads nowhere."""


class DepthFirst:
    """The last archived state, its first action: depth-first search."""

    def choose_state(self, cells: Sequence[Cell], untried: Sequence[int]) -> int:
        return len(cells) - 1

    def choose_action(self, cell: Cell, actions: Sequence[int]) -> int:
        return 0

    def accept(self, cell: Cell, archive: Sequence[Cell]) -> bool:
        return True


class BreadthFirst(DepthFirst):
    """The first archived state; with max_actions=1 this is breadth-first search."""

    def choose_state(self, cells: Sequence[Cell], untried: Sequence[int]) -> int:
        return 0


class RuleOfThumb(DepthFirst):
    """The last archived state, and of its untried actions the one that `rank` likes best (the first of equals)."""

    def __init__(self, rank: Callable[[Cell, int], float]) -> None:
        self.rank = rank

    def choose_action(self, cell: Cell, actions: Sequence[int]) -> int:
        return int(np.argmax([self.rank(cell, k) for k in actions]))


class RandomJudge:
    """Chance chooses states and actions; everything is interesting."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = np.random.default_rng((seed, 24))

    def choose_state(self, cells: Sequence[Cell], untried: Sequence[int]) -> int:
        return int(self.rng.integers(len(cells)))

    def choose_action(self, cell: Cell, actions: Sequence[int]) -> int:
        return int(self.rng.integers(len(actions)))

    def accept(self, cell: Cell, archive: Sequence[Cell]) -> bool:
        return True

    def state(self) -> dict[str, Any]:
        return {"rng": generator_state(self.rng)}

    def resume(self, state: dict[str, Any]) -> None:
        self.rng = generator_from(state["rng"])


class ValueJudge:
    """The most promising state, the action with the most promising outcome, and only states above `threshold`.
    Equal values: chance decides."""

    def __init__(self, value: Value, peek: Peek, *, threshold: float = 0.5, seed: int = 0) -> None:
        self.value, self.peek, self.threshold = value, peek, threshold
        self.rng = np.random.default_rng((seed, 25))

    def choose_state(self, cells: Sequence[Cell], untried: Sequence[int]) -> int:
        return self._highest([self.value(c.snapshot) for c in cells])

    def choose_action(self, cell: Cell, actions: Sequence[int]) -> int:
        outcomes = (self.peek(cell.snapshot, k) for k in actions)
        return self._highest([-np.inf if after is None else self.value(after) for after in outcomes])

    def accept(self, cell: Cell, archive: Sequence[Cell]) -> bool:
        return self.value(cell.snapshot) >= self.threshold

    def _highest(self, values: Sequence[float]) -> int:
        best = np.flatnonzero(np.asarray(values) == max(values))
        return int(best[0] if len(best) == 1 else self.rng.choice(best))

    def state(self) -> dict[str, Any]:
        return {"rng": generator_state(self.rng)}

    def resume(self, state: dict[str, Any]) -> None:
        self.rng = generator_from(state["rng"])


class Mixed:
    """Each judgement by another judge: the ablations of the paper."""

    def __init__(self, states: Judge, actions: Judge, filter: Judge) -> None:
        self.choose_state = states.choose_state
        self.choose_action = actions.choose_action
        self.accept = filter.accept
        self._parts = list(dict.fromkeys((states, actions, filter)))

    def state(self) -> dict[str, Any]:
        return {str(k): getattr(part, "state", dict)() for k, part in enumerate(self._parts)}

    def resume(self, state: dict[str, Any]) -> None:
        for k, part in enumerate(self._parts):
            if hasattr(part, "resume"):
                part.resume(state[str(k)])


def noisy_oracle(truth: Callable[[Any], bool], accuracy: float, seed: int = 0) -> Value:
    """A judge of known quality: says the truth about a state with chance `accuracy`, else its opposite, and always
    the same about the same state (a hash decides, so there is nothing to checkpoint)."""

    def value(state: Hashable) -> float:
        digest = hashlib.sha256(repr((seed, state)).encode()).digest()
        honest = int.from_bytes(digest[:7], "big") < accuracy * 2**56
        return float(truth(state) == honest)

    cache: dict[Hashable, float] = {}

    def remembered(state: Hashable) -> float:
        if state not in cache:
            cache[state] = value(state)
        return cache[state]

    return remembered


def learned_value(features: Callable[[Any], Sequence[float]], states: Sequence[Any], good: Sequence[bool],
                  *, ridge: float = 1e-3, rounds: int = 50) -> Value:  # fmt: skip
    """A value learned from labelled states: logistic regression by Newton's method on standardised features."""
    x = np.array([features(s) for s in states], float)
    mean, scale = x.mean(0), x.std(0) + 1e-9
    x = np.column_stack([np.ones(len(x)), (x - mean) / scale])
    y, w = np.asarray(good, float), np.zeros(x.shape[1])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x * (p * (1 - p))[:, None]).T @ x / len(y) + ridge * np.eye(len(w))
        w -= np.linalg.solve(hessian, x.T @ (p - y) / len(y) + ridge * w)

    def value(state: Any) -> float:
        z = w[0] + ((np.asarray(features(state), float) - mean) / scale) @ w[1:]
        return float(1 / (1 + np.exp(-z)))

    return value


def peek_in(env: SearchableEnvironment) -> Peek:
    """Look one action ahead in a copy of the environment that nothing else uses. An action that fails leads nowhere."""

    def peek(snapshot: Any, action: int) -> Any:
        env.restore(snapshot)
        seen = env.step(env.legal_actions()[action])
        return None if seen.error else env.snapshot()

    return peek
