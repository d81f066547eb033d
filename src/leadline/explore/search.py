"""Any searchable environment under any strategy at one price: `explore("uct", make, budget)`.

A tree strategy grows a tree whose nodes are scored by random playouts; `go-explore` and the classic graph searches run
on the archive; proposers run campaigns in reaction spaces. What is counted and limited is steps in the environment,
playouts included.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from leadline.environments.base import Action, SearchableEnvironment
from leadline.environments.reactions import Reactions
from leadline.errors import NotFound, UsageError
from leadline.explore.archive import ExploreConfig
from leadline.explore.cells import Judge
from leadline.explore.checkpoint import load, save
from leadline.explore.judges import BreadthFirst, DepthFirst, RandomJudge
from leadline.explore.optimise import PROPOSERS, ModelProposer
from leadline.explore.run_restarts import RestartRun
from leadline.explore.run_tree import TreeRun
from leadline.explore.runs import ArchiveRun, CampaignRun, Run
from leadline.models.base import ChatModel

Make = Callable[[], SearchableEnvironment]
TREES = ("uct", "best", "beam", "frontier")
ARCHIVES = ("dfs", "bfs", "go-explore")
BY_MODEL = "llm"
"""The proposer that asks a language model."""
RESTARTS = "restarts"
"""Random episodes from the start."""
METHODS = (RESTARTS, *ARCHIVES, *TREES, *PROPOSERS, BY_MODEL)


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
    *, judge: Judge | None = None, model: ChatModel | None = None, timeout_s: float = float("inf"),
    checkpoint: Path | None = None, every_s: float = 5.0, name: str = "",
    progress: Callable[[int, int], None] = lambda done, total: None,
    stop: Callable[[], object] = bool,
) -> Exploration:  # fmt: skip
    """Search until a reward of 1, an exhausted space, `budget` steps, or `stop` says so.

    `judge` replaces chance in go-explore; `model` proposes in llm. The search is written to `checkpoint` every so many
    seconds and at its end, and goes on from there if the file exists: with the same result as without a stop, and
    further with a larger budget. `name` says what is searched, so that a checkpoint of something else is refused.
    """
    run = _run(method, make, budget, seed, judge, model, timeout_s)
    what = {"method": method, "seed": seed, "name": name}
    if checkpoint is not None and checkpoint.exists():
        _resume(run, checkpoint, what)
    saved = time.monotonic()
    stopped = False
    while not run.ended() and not stopped:
        run.iterate()
        progress(min(run.operations, budget), budget)
        stopped = bool(stop())
        if checkpoint is not None and (run.ended() or stopped or time.monotonic() - saved >= every_s):
            save(checkpoint, "explore", {**what, "run": run.state()})
            saved = time.monotonic()
    return _result(method, run, make(), seed)


def _run(
    method: str, make: Make, budget: int, seed: int,
    judge: Judge | None, model: ChatModel | None, timeout_s: float,
) -> Run:  # fmt: skip
    if method in ARCHIVES:
        classic: dict[str, Judge] = {"dfs": DepthFirst(), "bfs": BreadthFirst()}
        config = ExploreConfig(
            max_operations=budget, max_actions=1 if method == "bfs" else 10**9, timeout_s=timeout_s,
            reconsider=True,
        )  # fmt: skip
        return ArchiveRun(make, classic.get(method) or judge or RandomJudge(seed), config, seed)
    if method == RESTARTS:
        return RestartRun(make, budget, seed, timeout_s)
    if method in TREES:
        return TreeRun(method, make, budget, seed, timeout_s)
    if method not in METHODS:
        raise NotFound("exploration method", method, METHODS)
    env = make()
    if not isinstance(env, Reactions):
        raise UsageError(f"{method} proposes experiments.", remedy="Use it with --env reactions:NAME.")
    if method in PROPOSERS:
        return CampaignRun(env, PROPOSERS[method](env.space, seed), budget)
    if model is None:
        raise UsageError("llm asks a language model.", remedy="Name one: --model local.")
    return CampaignRun(env, ModelProposer(env.space, model, seed=seed), budget)


def _resume(run: Run, path: Path, what: dict[str, Any]) -> None:
    state = load(path, "explore")
    other = [f"{key} {state[key]!r}" for key, value in what.items() if state[key] != value]
    if other:
        raise UsageError(
            f"{path} is the checkpoint of another search: {', '.join(other)}.",
            remedy="Name another file, or the same method, environment and seed.",
        )
    run.resume(state["run"])


def _result(method: str, run: Run, env: SearchableEnvironment, seed: int) -> Exploration:
    reward, path = run.best_way()
    words = _setting_in_words(run, path) if isinstance(run, CampaignRun) else in_words(env, path, seed)
    return Exploration(
        method,
        reward >= 1.0,
        reward,
        run.operations,
        words,
        run.states(),
        run.ending or "stopped",
        run.curve,
        run.failures,
    )


def _setting_in_words(run: CampaignRun, setting: list[int]) -> list[str]:
    return [f"{p.name}: {p.options[k]}" for p, k in zip(run.space.parameters, setting, strict=False)]


def in_words(env: SearchableEnvironment, path: list[int], seed: int) -> list[str]:
    """The actions of a path as text."""
    env.reset(seed)
    words = []
    for k in path:
        action = env.legal_actions()[k]
        words.append(action_in_words(action))
        env.step(action)
    return words


def action_in_words(action: Action) -> str:
    return f"{action.tool} {' '.join(map(str, action.arguments.values()))}".strip()
