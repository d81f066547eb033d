"""A planner over a local and a web agent, and one flat agent with all their tools, as tables (arXiv:2508.08088).

Five tools over two sources: chunk, graph and adjacent find in the local one; browse finds in the web once search has
given a link.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from leadline.bench.metrics.tagged import tiered_f1_reward
from leadline.chances import softmax
from leadline.train.pilots.tabular import Array, group_step

TOOLS = ("chunk", "graph", "adjacent", "search", "browse")
LOCAL, WEB = (0, 1, 2), (3, 4)
CHANCE = (0.5, 0.5, 0.2, 0.9, 0.7)
"""That a call of each tool hits."""
TURNS, GROUP, LR, N_TEST = 8, 5, 0.4, 300
Needs = tuple[bool, bool]
BOTH: Needs = (True, True)


class Played(NamedTuple):
    """An episode of an agent that acts with tools."""

    path: list[tuple[int, int]]
    """(state, action) of each turn."""
    found: tuple[bool, bool]
    """What there is to be found in the local source, and in the web."""
    used: set[int]
    """The tools that were called."""


class Planned(NamedTuple):
    """An episode of the planner."""

    path: list[tuple[int, int]]
    reward: float
    right: bool


def play(
    logits: Array, tools: tuple[int, ...], needs: Needs, rng: np.random.Generator, turns: int = TURNS
) -> Played:
    """Low-level turns: state = (local found, link found, web found); the last action means "answer"."""
    local = link = web = False
    path, used = [], set()
    for _ in range(turns):
        state = local + 2 * link + 4 * web
        p = softmax(logits[state])
        action = int(rng.choice(len(tools) + 1, p=p))
        path.append((state, action))
        if action == len(tools):
            break
        tool = tools[action]
        used.add(tool)
        hit = rng.random() < CHANCE[tool]
        local |= tool in LOCAL and hit and needs[0]
        link |= tool == 3 and hit
        web |= tool == 4 and link and hit and needs[1]
    return Played(path, (local, web), used)


def needs_of(rng: np.random.Generator) -> Needs:
    """A question that needs the local source, the web, or both."""
    return ((True, False), (False, True), BOTH)[int(rng.integers(3))]


def enough(found: Sequence[bool], needs: Needs) -> bool:
    """Whether all that a question needs was found."""
    return all(f or not n for f, n in zip(found, needs, strict=True))


def practise(logits: Array, tools: tuple[int, ...], updates: int, rng: np.random.Generator) -> None:
    """GRPO in place of an agent with these tools on questions of all kinds: right when it found what it needs."""
    for _ in range(updates):
        needs = needs_of(rng)
        group = []
        for _ in range(GROUP):
            path, found, used = play(logits, tools, needs, rng)
            group.append((path, tiered_f1_reward(True, float(enough(found, needs)), len(used), len(tools))))
        group_step(logits, group, LR)


def train_flat(seed: int, updates: int) -> float:
    """One policy with all five tools; returns accuracy on questions that need both sources."""
    rng = np.random.default_rng([seed, 73])
    every = tuple(range(len(TOOLS)))
    logits = np.zeros((8, len(every) + 1))
    practise(logits, every, updates, rng)
    return float(np.mean([all(play(logits, every, BOTH, rng).found) for _ in range(N_TEST)]))


class Hierarchy(NamedTuple):
    """Accuracy on questions that need both sources."""

    free: float
    """With eight planner turns."""
    bounded: float
    """With eight tool calls in all: what a flat agent's eight turns are."""


def train_hierarchy(seed: int, updates: int) -> Hierarchy:
    """A third of the updates each for the local agent, the web agent and the planner."""
    rng = np.random.default_rng([seed, 74])
    low: dict[tuple[int, ...], Array] = {tools: np.zeros((8, len(tools) + 1)) for tools in (LOCAL, WEB)}
    for tools, logits in low.items():
        practise(logits, tools, updates // 3, rng)
    planner = np.zeros((4, 4))  # ask local, ask web, ask both, answer
    for _ in range(updates - 2 * (updates // 3)):
        needs = needs_of(rng)
        group = [plan(planner, low, needs, rng) for _ in range(GROUP)]
        group_step(planner, [(one.path, one.reward) for one in group], LR)
    return Hierarchy(
        *(
            float(np.mean([plan(planner, low, BOTH, rng, calls=calls).right for _ in range(N_TEST)]))
            for calls in (None, TURNS)
        )
    )


def plan(
    planner: Array,
    low: dict[tuple[int, ...], Array],
    needs: Needs,
    rng: np.random.Generator,
    calls: int | None = None,
) -> Planned:
    """A planner's rollout: each of its turns runs low-level agents. `calls` bounds their tool calls in all."""
    found, path, asked = [False, False], [], set()
    left = TURNS * TURNS * 2 if calls is None else calls
    for _ in range(TURNS):
        state = found[0] + 2 * found[1]
        action = int(rng.choice(4, p=softmax(planner[state])))
        path.append((state, action))
        if action == 3:
            break
        asked.add(action)
        for tools, wanted in ((LOCAL, (0, 2)), (WEB, (1, 2))):
            if action in wanted and left > 0:
                moves, got, _ = play(low[tools], tools, needs, rng, min(TURNS, left))
                left -= sum(move < len(tools) for _, move in moves)
                found = [a or b for a, b in zip(found, got, strict=True)]
    right = enough(found, needs)
    return Planned(path, tiered_f1_reward(True, float(right), len(asked), 3), right)
