"""WebLeaper: entity-dense information seeking from tables (arXiv:2510.24697); the task part.

Idea: many targets per question make seeking measurable; joining tables and hiding the entry point remove shortcuts.
Method: tables as trees, maximal bicliques to join them, Reverse-Union with an anchor described but never named;
ISR = found / required, ISE = required / actions.
Departs: list pages are cut from a seeded world's tables. ISE keeps the printed n / T; found / T is offered.
Not verified: trained agents, omega of the soft F reward, the biclique minima (2 and 2 here).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from leadline.bench.metrics.seeking import ise, isr, keep_trajectory, soft_fscore
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.tasks.item import Item
from leadline.tasks.makers.tables import tasks_from_trees, world_trees
from leadline.tasks.render.lists import list_pages
from leadline.tasks.search import LibrarySearch, library_search
from leadline.tasks.world import make_world


def shortcut(item: Item, search: LibrarySearch) -> bool:
    """Whether one BM25 query with the question finds, in its first five, a page that lists exactly the gold set."""
    gold = set(item.answers[0].split("; "))
    return any(
        set(page.text.split("\n\n", 1)[1].strip(".\n").split(". ")) == gold
        for page in search(item.question, 5)
    )


FIND, WASTE, STOP = range(3)
STATES = 10
"""States of the cloned policy: the tenth of the targets that has been found."""


class Trajectory(NamedTuple):
    """Steps as (state, action), with the ISR and ISE (found / T) of the whole."""

    steps: list[tuple[int, int]]
    isr: float
    ise: float


def rollout(policy: np.ndarray, n_targets: int, rng: np.random.Generator) -> Trajectory:
    """One seeker: at each step it finds a target, wastes an action, or stops; policy[state] are the chances."""
    found, steps = 0, []
    for _ in range(12 * n_targets):
        if found == n_targets:
            break
        state = STATES * found // n_targets
        action = int(np.searchsorted(policy[state].cumsum(), rng.random()))
        steps.append((state, action))
        if action == STOP:
            break
        found += action == FIND
    names = [str(i) for i in range(n_targets)]
    moves = sum(action != STOP for _, action in steps)
    return Trajectory(
        steps, isr(names, names[:found]), ise(names, names[:found], max(1, moves), mode="found")
    )


def seekers(rng: np.random.Generator, n: int) -> list[Trajectory]:
    """Scripted seekers with a wasted-action rate from [0, .8] and a chance to stop early from [0, .15]."""
    made = []
    for _ in range(n):
        waste, stop = rng.uniform(0, 0.8), rng.uniform(0, 0.15)
        policy = np.tile([(1 - stop) * (1 - waste), (1 - stop) * waste, stop], (STATES, 1))
        made.append(rollout(policy, int(rng.integers(10, 40)), rng))
    return made


def cloned(trajectories: list[Trajectory], rng: np.random.Generator, n: int) -> tuple[float, float]:
    """ISR and ISE on new tasks of a tabular policy cloned from trajectories (action frequencies per state)."""
    counts = np.full((STATES, 3), 0.1)
    for trajectory in trajectories:
        for state, action in trajectory.steps:
            counts[state, action] += 1
    policy = counts / counts.sum(axis=1, keepdims=True)
    made = [rollout(policy, int(rng.integers(10, 40)), rng) for _ in range(n)]
    return float(np.mean([t.isr for t in made])), float(np.mean([t.ise for t in made]))


def filters(rng: np.random.Generator, n: int) -> dict[str, tuple[float, float]]:
    """ISR and ISE after cloning equally many trajectories: any, complete ones (ISR), economical ones (ISE), both."""
    pool = seekers(rng, n)
    keep: dict[str, Callable[[Trajectory], bool]] = {
        "none": lambda t: True,
        "isr": lambda t: t.isr > 0.7,
        "ise": lambda t: t.ise > 0.5,
        "both": lambda t: keep_trajectory(t.isr, t.ise, alpha=0.7, beta=0.5),
    }
    kept = {name: [t for t in pool if test(t)] for name, test in keep.items()}
    size = min(map(len, kept.values()))
    return {name: cloned(found[:size], rng, n // 4) for name, found in kept.items()}


def groups_with_signal(
    rng: np.random.Generator, *, soft: bool, updates: int = 50, n_targets: int = 20
) -> float:
    """Share of groups of eight rollouts whose rewards differ, over the first updates of a policy that names each of
    20 targets and 20 others with its own chance (REINFORCE with group-normalised rewards)."""
    names = [f"e{i}" for i in range(2 * n_targets)]
    gold, logits, signal = names[:n_targets], np.full(2 * n_targets, -0.5), 0
    for _ in range(updates):
        chance = 1 / (1 + np.exp(-logits))
        picks = rng.random((8, 2 * n_targets)) < chance
        said = [[name for name, on in zip(names, pick, strict=True) if on] for pick in picks]
        reward = np.array([soft_fscore(s, gold, _same) if soft else float(set(s) == set(gold)) for s in said])
        if reward.std() > 0:
            signal += 1
            advantage = (reward - reward.mean()) / reward.std()
            logits += 0.1 * (advantage[:, None] * (picks - chance)).mean(axis=0)
    return signal / updates


def _same(a: str, b: str) -> float:
    return float(a == b)


@system(
    slug="webleaper",
    title="WebLeaper: entity-dense information-seeking tasks from tables",
    paper="2510.24697",
    idea="Dozens of targets per question, tables joined, the entry point hidden.",
    parts=("tasks.trees", "tasks.makers.tables", "bench.metrics.seeking"),
    claims=(
        Claim("shortcut", "Reverse-Union leaves at least .30 fewer shortcuts to a list page than Union",
              "share with a page of the gold set in the top 5", "Reverse-Union", "Union less .30", "lower"),
        Claim("economy", "Trajectories filtered by ISR and ISE teach the most economical seeking", "ISE of the clone",
              "both filters", "no filter"),
        Claim("over-isr", "More economical than filtering by ISR alone", "ISE of the clone", "both filters",
              "ISR only"),
        Claim("complete", "At no loss of completeness", "ISR lost against the best filter (.02 allowed)",
              "both filters", "allowance", "lower"),
        Claim("signal", "Soft F gives nearly every group a signal, all-correct hardly any",
              "share of groups with unequal rewards", "soft F", "all-correct"),
        Claim("variance", "ISE is measured better with more targets", "variance of ISE", "64 targets", "4 targets",
              "lower"),
    ),
    departs="World tables and pages made from them; a shortcut is a page that lists exactly the gold set, found by its "
    "title. Trajectories are filtered at ISR .7 and ISE .5: the paper's .3 and .1 keep almost all of these seekers.",
    not_verified="SFT and RL results; theme similarity of joined tables.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rng = np.random.default_rng([seed, 40])
    world = make_world(1200, seed)
    trees = world_trees(world, rng)
    items = list(tasks_from_trees(trees, 600 if scale == "full" else 60, rng, f"w{seed}"))
    with library_search(list_pages(trees).documents, titles_only=True) as search:
        union, hidden = (
            float(np.mean([shortcut(i, search) for i in items if i.kind == f"tables-{kind}"]))
            for kind in ("union", "reverse-union")
        )
    clones = filters(rng, 2000 if scale == "full" else 300)
    best = max(complete for complete, _ in clones.values())
    few, many = (float(np.var(n / rng.geometric(0.3, size=(4000, n)).sum(axis=1))) for n in (4, 64))
    updates = 50 if scale == "full" else 10
    soft, strict = (groups_with_signal(rng, soft=s, updates=updates) for s in (True, False))
    return {
        "shortcut": Pair(union - 0.3, hidden),
        "economy": Pair(clones["none"][1], clones["both"][1]),
        "over-isr": Pair(clones["isr"][1], clones["both"][1]),
        "complete": Pair(0.02, best - clones["both"][0]),
        "signal": Pair(strict, soft),
        "variance": Pair(few, many),
    }
