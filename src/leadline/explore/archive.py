"""Go-Explore: an archive of states to return to, and three judgements that drive it (arXiv:2405.15143, 1901.10995).

Loop: a judge chooses an archived state with untried actions; return there; the judge chooses untried actions, one
after the other; each new state is archived if the judge finds it interesting. DFS, BFS and Intelligent Go-Explore
differ in the judge only (judges.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from leadline.environments.base import Observation, SearchableEnvironment
from leadline.errors import ModelError
from leadline.explore.cells import Cell, Judge
from leadline.explore.checkpoint import generator_from, generator_state, load, save
from leadline.explore.counted import Counted
from leadline.explore.endings import ending
from leadline.explore.guard import Guarded


class ExploreConfig(msgspec.Struct, frozen=True):
    """What a search may spend, and how it goes on when nothing is left to try."""

    max_operations: int = 700
    """Steps in the environment; 700 in the paper's Game of 24. Returning is counted apart."""
    max_actions: int = 10**9
    """Actions per return; the paper: to the end (24), 10 (BabyAI), 1 or 5 (TextWorld)."""
    success: float = 1.0
    """A reward that ends the search."""
    max_error_share: float = 0.2
    """More judge errors than that (after 20 judgements) end the run: chance must not pass for a judge."""
    timeout_s: float = float("inf")
    """Of one step in the environment."""
    reconsider: bool = False
    """When nothing in the archive is left to try: return to what was rejected before anything is tried twice. A search
    of a finite space then ends with an answer whatever the filter says. False as released, where a filter that is
    wrong about one state can circle until the budget is gone."""


DEFAULT = ExploreConfig()


class Found(msgspec.Struct):
    """What a search left behind."""

    solved: bool
    operations: int
    path: list[int]
    """Actions to the best end."""
    reward: float
    archive: int
    replayed: int
    """Steps spent on returning when the environment has no snapshots; 0 otherwise."""
    judgements: int
    judge_errors: int
    ending: str
    failures: list[str]
    """Steps that failed: where and why (the first 100)."""


class GoExplore:
    """One search. `make` builds the environment; all chance comes from `seed`."""

    def __init__(
        self, make: Callable[[], SearchableEnvironment], judge: Judge,
        config: ExploreConfig = DEFAULT, seed: int = 0,
    ) -> None:  # fmt: skip
        self.config, self.judge, self.seed = config, judge, seed
        self.judged = Counted(judge, config.max_error_share)
        self.rng = np.random.default_rng(seed)
        self.guard = Guarded(make, config.timeout_s)
        self.archive: dict[str, Cell] = {}
        self.untried: dict[str, list[int]] = {}
        self.rejected: dict[str, Cell] = {}
        self.operations = 0
        self.best: tuple[float, list[int]] = (-np.inf, [])
        self.failures: list[str] = []
        self.ending = ""
        self.curve: list[tuple[int, float]] = []
        """(operations, best reward), a point for each improvement."""
        self.here: Cell | None = None
        """Where the search stands between two actions; None: it must choose where to return."""
        self.left = 0
        start = self.guard.env.reset(seed)
        self._observe(self._cell(start, []))

    def run(self, checkpoint: Path | None = None, every: int = 1000) -> Found:
        """Until success, an exhausted archive or the budget; written to `checkpoint` every so many operations."""
        while not self.ended():
            self.iterate()
            if checkpoint is not None and (self.operations % every == 0 or self.ended()):
                self.save(checkpoint)
        return self.found()

    def iterate(self) -> None:
        """One action, after a return to a chosen state where the last episode has ended."""
        if self.here is None:
            cells = self._open_cells()
            untried = [len(self.untried[c.id]) for c in cells]
            self.here = cells[self.judged.state(cells, untried, self.rng)]
            self.left = self.config.max_actions
            self.guard.env.restore(self.here.snapshot)
        after = self._act(self.here)
        self.left -= 1
        goes_on = after is not None and self.left > 0 and self.untried.get(after.id)
        self.here = after if goes_on else None

    def found(self) -> Found:
        reward, path = self.best
        replayed = int(getattr(self.guard.env, "replayed", 0))
        return Found(
            reward >= self.config.success, self.operations, path, float(reward), len(self.archive), replayed,
            self.judged.judgements, self.judged.errors, self.ending, self.failures,
        )  # fmt: skip

    def _open_cells(self) -> list[Cell]:
        """Archived cells with untried actions. None: rejected ones come back (`reconsider`), or, a soft reset,
        everything archived may be tried again."""
        if self.config.reconsider and not any(map(len, self._untried())):
            self.archive |= self.rejected
            self.rejected = {}
        cells = [c for c in self.archive.values() if self.untried[c.id]]
        if not cells:
            self.untried = {c.id: list(range(c.n_actions)) for c in self.archive.values()}
            cells = list(self.archive.values())
        return cells

    def _untried(self) -> Iterator[list[int]]:
        return (self.untried[id] for id in self.archive)

    def ended(self) -> bool:
        if not self.ending:
            solved = self.best[0] >= self.config.success
            self.ending = ending(solved, self.operations, self.config.max_operations)
        if not self.ending:
            if not any(c.n_actions for c in self.archive.values()):
                self.ending = "no action anywhere"
            elif self.config.reconsider and not self.rejected and not any(map(len, self._untried())):
                self.ending = "every action was tried"
        return bool(self.ending)

    def _act(self, cell: Cell) -> Cell | None:
        """Take one untried action of `cell`, in which the environment is; the state after it, None at an end."""
        actions = self.untried[cell.id]
        k = actions.pop(self.judged.action(cell, actions, self.rng))
        self.operations += 1
        seen, failure = self.guard.step(self.guard.env.legal_actions()[k])
        if seen is None:
            if len(self.failures) < 100:
                self.failures.append(f"action {k} in {cell.id!r}: {failure}")
            return None
        path = [*cell.path, k]
        if seen.reward > self.best[0]:
            self.best = (seen.reward, path)
            self.curve.append((self.operations, seen.reward))
        if seen.done or seen.error:
            return None
        return self._observe(self._cell(seen, path))

    def _observe(self, cell: Cell) -> Cell:
        known = self.archive.get(cell.id) or self.rejected.get(cell.id)
        if known is not None:
            known.visits += 1
            if len(cell.path) < len(known.path):
                known.path, known.snapshot, known.observation = cell.path, cell.snapshot, cell.observation
        elif not self.archive or self.judged.accepts(cell, list(self.archive.values())):
            self.archive[cell.id] = cell
        else:
            self.rejected[cell.id] = cell
        self.untried.setdefault(cell.id, list(range(cell.n_actions)))
        return cell

    def _cell(self, seen: Observation, path: list[int]) -> Cell:
        env = self.guard.env
        return Cell(env.state_id(), seen, path, env.snapshot(), len(env.legal_actions()))

    # -- disk ----------------------------------------------------------------------------------------------------
    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        save(path, "go-explore", self.state())

    @classmethod
    def load(
        cls, path: Path, make: Callable[[], SearchableEnvironment], judge: Judge,
        config: ExploreConfig = DEFAULT,
    ) -> GoExplore:  # fmt: skip
        """Go on where `save` was called."""
        state = load(path, "go-explore")
        search = cls(make, judge, config, state["seed"])
        search.resume(state)
        return search

    def state(self) -> dict[str, Any]:
        """All that goes on depends on: paths, not snapshots, so that no object of the environment is in it."""
        return {
            "seed": self.seed, "rng": generator_state(self.rng), "best": list(self.best), "curve": self.curve,
            "cells": [[c.path, c.visits, c.id] for c in self.archive.values()],
            "rejected": [[c.path, c.visits, c.id] for c in self.rejected.values()],
            "here": None if self.here is None else [self.here.path, self.here.visits, self.here.id],
            "left": self.left, "untried": self.untried, "failures": self.failures,
            "counts": [self.operations, self.judged.judgements, self.judged.errors],
            "judge": getattr(self.judge, "state", dict)(),
        }  # fmt: skip

    def resume(self, state: dict[str, Any]) -> None:
        """The opposite of `state`. States are reached again by their paths: deterministic environments only."""
        self.archive = {c[2]: self._returned(*c) for c in state["cells"]}
        self.rejected = {c[2]: self._returned(*c) for c in state["rejected"]}
        self.untried, self.left = state["untried"], state["left"]
        self.rng = generator_from(state["rng"])
        self.operations, self.judged.judgements, self.judged.errors = state["counts"]
        self.best, self.failures = tuple(state["best"]), state["failures"]
        self.curve = [tuple(point) for point in state["curve"]]
        if hasattr(self.judge, "resume"):
            self.judge.resume(state["judge"])
        self.here = None if state["here"] is None else self._returned(*state["here"])

    def _returned(self, path: list[int], visits: int, id: str) -> Cell:
        """The cell at the end of `path`; the environment stands in it."""
        env = self.guard.env
        seen = env.reset(self.seed)
        for k in path:
            seen = env.step(env.legal_actions()[k])
        if env.state_id() != id:
            raise ModelError(
                f"Replaying {path} led to {env.state_id()!r} and not to {id!r}: the environment is not deterministic."
            )
        cell = self._cell(seen, path)
        cell.visits = visits
        return cell
