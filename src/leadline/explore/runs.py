"""The ways to search behind one face: an archive and a campaign of experiments here, random restarts in
run_restarts.py, a tree with playouts in run_tree.py.

A run goes on by `iterate`, ends by itself, and is a dictionary of plain values between any two iterations: `state` and
`resume` make a search that was stopped and continued equal to one that never stopped.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from leadline.environments.reactions import Reactions
from leadline.explore.archive import GoExplore
from leadline.explore.campaign import Campaign, Proposer, Trial, measure
from leadline.explore.endings import ending


class Way(NamedTuple):
    """The best end that was met: its reward and the actions to it."""

    reward: float
    path: list[int]


class Run(Protocol):
    failures: list[str]
    ending: str

    @property
    def operations(self) -> int: ...

    @property
    def curve(self) -> list[tuple[int, float]]: ...

    def ended(self) -> bool: ...

    def iterate(self) -> None: ...

    def best_way(self) -> Way: ...

    def states(self) -> int: ...

    def state(self) -> dict[str, Any]: ...

    def resume(self, state: dict[str, Any]) -> None: ...


class ArchiveRun(GoExplore):
    """Go-Explore; depth-first and breadth-first search by their judges."""

    def best_way(self) -> Way:
        reward, path = self.best
        return Way(float(reward) if np.isfinite(reward) else 0.0, path)

    def states(self) -> int:
        return len(self.archive)


class CampaignRun:
    """Experiments in a reaction space; the reward is the share of the best value that there is."""

    def __init__(self, env: Reactions, proposer: Proposer, budget: int) -> None:
        self.space, self.proposer, self.budget = env.space, proposer, budget
        self.trials: list[Trial] = []
        self.failures: list[str] = []
        self.best_value = float(np.nanmax(self.space.values))
        self.ending = ""

    @property
    def operations(self) -> int:
        return len(self.trials)

    @property
    def track(self) -> Any:
        """Best reward after each experiment."""
        return np.nan_to_num(Campaign(tuple(self.trials)).best_so_far, nan=0.0) / self.best_value

    @property
    def curve(self) -> list[tuple[int, float]]:
        track = self.track
        return [(int(t) + 1, float(track[t])) for t in np.flatnonzero(np.diff(track, prepend=0.0) > 0)]

    def ended(self) -> bool:
        solved = any(t.value == self.best_value for t in self.trials)
        self.ending = self.ending or ending(solved, self.operations, self.budget)
        return bool(self.ending)

    def iterate(self) -> None:
        self.trials.append(measure(self.space, self.proposer.propose(self.trials)))

    def best_way(self) -> Way:
        if not self.curve:
            return Way(0.0, [])
        at, reward = self.curve[-1]
        return Way(reward, list(self.trials[at - 1].setting))

    def states(self) -> int:
        return len({t.setting for t in self.trials})

    def state(self) -> dict[str, Any]:
        return {
            "trials": [list(t.setting) for t in self.trials],
            "proposer": getattr(self.proposer, "state", dict)(),
        }

    def resume(self, state: dict[str, Any]) -> None:
        self.trials = [measure(self.space, tuple(setting)) for setting in state["trials"]]
        if hasattr(self.proposer, "resume"):
            self.proposer.resume(state["proposer"])
