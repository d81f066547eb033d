"""Any searchable environment under any strategy at one price: `explore("uct", make, budget)`.

A tree strategy grows a TreeSearch whose nodes are scored by random playouts; `go-explore` and the classic graph
searches run on the archive. What is counted and limited is steps in the environment, playouts included.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from leadline.environments.base import SearchableEnvironment
from leadline.environments.reactions import Reactions
from leadline.errors import NotFound, UsageError
from leadline.explore.archive import ExploreConfig, GoExplore, Judge
from leadline.explore.campaign import campaign
from leadline.explore.guard import Guarded
from leadline.explore.judges import BreadthFirst, DepthFirst, RandomJudge
from leadline.explore.optimise import PROPOSERS
from leadline.explore.tree import TreeSearch
from leadline.explore.tree_config import TreeConfig, children

Make = Callable[[], SearchableEnvironment]
TREES = ("uct", "best", "beam", "frontier")
ARCHIVES = ("dfs", "bfs", "go-explore")
METHODS = (*ARCHIVES, *TREES, *PROPOSERS)
PLAYOUT_STEPS = 200


class Exploration(msgspec.Struct):
    """What a search found and what it cost."""

    method: str
    solved: bool
    reward: float
    operations: int
    actions: list[str]
    """The way to the best end, in words."""
    states: int
    ending: str
    curve: list[tuple[int, float]]
    """(operations, best reward so far), a point for each improvement."""
    failures: list[str] = []


def explore(
    method: str, make: Make, budget: int, seed: int = 0,
    *, judge: Judge | None = None, timeout_s: float = float("inf"),
) -> Exploration:  # fmt: skip
    """Search until a reward of 1, an exhausted space or `budget` steps. `judge` replaces chance in go-explore."""
    if method in ARCHIVES:
        return _by_archive(method, make, budget, seed, judge, timeout_s)
    if method in TREES:
        return _by_tree(method, make, budget, seed, timeout_s)
    if method in PROPOSERS:
        return _by_campaign(method, make(), budget, seed)
    raise NotFound("exploration method", method, METHODS)


def _by_archive(
    method: str, make: Make, budget: int, seed: int, judge: Judge | None, timeout_s: float
) -> Exploration:
    classic: dict[str, Judge] = {"dfs": DepthFirst(), "bfs": BreadthFirst()}
    config = ExploreConfig(
        max_operations=budget,
        max_actions=1 if method == "bfs" else 10**9,
        timeout_s=timeout_s,
        reconsider=True,
    )
    search = GoExplore(make, classic.get(method) or judge or RandomJudge(seed), config, seed)
    curve: list[tuple[int, float]] = []
    while not search.ending:
        before = search.best[0]
        if search.operations >= budget or search.best[0] >= config.success:
            break
        search.iterate()
        if search.best[0] > before:
            curve.append((search.operations, float(search.best[0])))
    found = search.run()
    reward = found.reward if np.isfinite(found.reward) else 0.0
    words = _in_words(make(), found.path, seed)
    return Exploration(
        method,
        found.solved,
        reward,
        found.operations,
        words,
        found.archive,
        found.ending,
        curve,
        found.failures,
    )


def _by_campaign(method: str, env: SearchableEnvironment, budget: int, seed: int) -> Exploration:
    """Experiments in a reaction space: the reward is the share of the best value that there is."""
    if not isinstance(env, Reactions):
        raise UsageError(f"{method} proposes experiments.", remedy="Use it with --env reactions:NAME.")
    space = env.space
    run = campaign(space, PROPOSERS[method](space, seed), budget)
    best = float(np.nanmax(space.values))
    track = np.nan_to_num(run.best_so_far, nan=0.0) / best
    rises = np.flatnonzero(np.diff(track, prepend=0.0) > 0)
    curve = [(int(t) + 1, float(track[t])) for t in rises]
    reward = float(track[-1]) if budget else 0.0
    where = run.trials[int(rises[-1])].setting if len(rises) else ()
    words = [f"{p.name}: {p.options[k]}" for p, k in zip(space.parameters, where, strict=False)]
    ending = f"{budget} of {budget} operations used"
    return Exploration(method, reward >= 1.0, reward, budget, words, budget - run.duplicates, ending, curve)


def _by_tree(method: str, make: Make, budget: int, seed: int, timeout_s: float) -> Exploration:
    rng = np.random.default_rng((seed, 81))
    guard = Guarded(make, timeout_s)
    guard.env.reset(seed)
    search = TreeSearch(TreeConfig(method))  # type: ignore[arg-type]
    snapshots: dict[int, Any] = {0: guard.env.snapshot()}
    seen_states, operations = {guard.env.state_id()}, 0
    best: tuple[float, list[int]] = (0.0, [])
    curve: list[tuple[int, float]] = []
    failures: list[str] = []
    ending = "every state was expanded"
    while operations < budget and best[0] < 1.0 and len(leaves := search.ask(1)):
        leaf = int(leaves[0])
        snapshot = snapshots.pop(leaf)
        guard.env.restore(snapshot)
        path, rows = search.actions(leaf), []
        for k in range(len(guard.env.legal_actions())):
            if operations >= budget:
                break
            guard.env.restore(snapshot)
            taken = guard.step(guard.env.legal_actions()[k])
            operations += 1
            if taken.observation is None:
                failures.append(f"action {k} after {path}: {taken.failure}")
                continue
            seen = taken.observation
            if seen.reward > best[0]:
                best = (seen.reward, [*path, k])
                curve.append((operations, seen.reward))
            state = guard.env.state_id()
            if seen.done or seen.error or state in seen_states:
                continue
            seen_states.add(state)
            kept = guard.env.snapshot()
            score, steps, way = _playout(guard, rng, budget - operations)
            operations += steps
            if score > best[0]:
                best = (score, [*path, k, *way])
                curve.append((operations, score))
            rows.append((k, score, kept))
        new = search.tell(leaf, children(score=[s for _, s, _ in rows], action=[k for k, _, _ in rows]))
        snapshots |= {int(node): kept for node, (_, _, kept) in zip(new, rows, strict=True)}
    if best[0] >= 1.0:
        ending = "solved"
    elif operations >= budget:
        ending = f"{operations} of {budget} operations used"
    words = _in_words(make(), best[1], seed)
    return Exploration(
        method, best[0] >= 1.0, best[0], operations, words, len(seen_states), ending, curve, failures[:100]
    )


def _playout(guard: Guarded, rng: np.random.Generator, limit: int) -> tuple[float, int, list[int]]:
    """Random actions to an end: the highest reward met, steps taken, and the way to that reward."""
    best = 0.0
    way: list[int] = []
    to_best: list[int] = []
    for step in range(min(limit, PLAYOUT_STEPS)):
        actions = guard.env.legal_actions()
        if not actions:
            return best, step, to_best
        k = int(rng.integers(len(actions)))
        taken = guard.step(actions[k])
        way.append(k)
        if taken.observation is None or taken.observation.error:
            return best, step + 1, to_best
        if taken.observation.reward > best:
            best, to_best = taken.observation.reward, list(way)
        if taken.observation.done:
            return best, step + 1, to_best
    return best, min(limit, PLAYOUT_STEPS), to_best


def _in_words(env: SearchableEnvironment, path: list[int], seed: int) -> list[str]:
    env.reset(seed)
    words = []
    for k in path:
        action = env.legal_actions()[k]
        words.append(f"{action.tool} {' '.join(map(str, action.arguments.values()))}".strip())
        env.step(action)
    return words
