"""Search trees: nodes per second and bytes per node beside TreeQuest and a plain-object MCTS; frontier against UCT.

python -m benchmarks.tree [--nodes 100000]

All grow 4 scored children per expansion from one scripted expander (a table of random scores) under the same UCT
constant. "ask and tell" goes through Python for each batch of leaves; "simulate" takes one leaf after the other, as the
plain objects do, with the expander compiled by numba. TreeQuest (pip install treequest) adds one node per step; it
runs to a fiftieth of the nodes.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from benchmarks.record import record, table

from leadline.bench.stats import mean_interval, paired_interval
from leadline.explore.synthetic_tree import grow
from leadline.explore.tree import TreeSearch
from leadline.explore.tree_config import TreeConfig, children

WIDTH, LAM = 4, math.sqrt(2)
SCORES = np.random.default_rng(0).random(2**16)
LIST = SCORES.tolist()


def ours(nodes: int, batch: int, strategy: str = "uct") -> TreeSearch:
    search = TreeSearch(TreeConfig(strategy, lam=LAM))  # type: ignore[arg-type]
    while search.n < nodes:
        leaves = search.ask(batch)
        at = (search.n + np.arange(WIDTH * len(leaves))) % len(SCORES)
        rows = children(score=SCORES[at])
        search.tell_many(leaves, np.full(len(leaves), WIDTH, np.int32), rows)
    return search


def expand(nodes: Any, leaf: int, rows: Any) -> int:
    for k in range(WIDTH):
        rows["score"][k] = SCORES[(WIDTH * leaf + 1 + k) % len(SCORES)]
    return WIDTH


def simulated(nodes: int, compiled: Any) -> TreeSearch:
    search = TreeSearch(TreeConfig("uct", lam=LAM))
    search.simulate(compiled, (nodes - 1) // WIDTH, width=WIDTH)
    return search


class Plain:
    """One object per node, as most implementations have it."""

    __slots__ = ("children", "n", "parent", "total")

    def __init__(self, parent: Plain | None, score: float) -> None:
        self.parent, self.children, self.n, self.total = parent, [], 1, score  # type: ignore[var-annotated]


def plain(nodes: int) -> None:
    root, count = Plain(None, 0.0), 1
    while count < nodes:
        node = root
        while node.children:
            log_n = math.log(node.n)
            node = max(node.children, key=lambda c: c.total / c.n + LAM * math.sqrt(log_n / c.n))
        for _ in range(WIDTH):
            score = LIST[count % len(LIST)]
            node.children.append(Plain(node, score))
            count += 1
            up: Plain | None = node
            while up is not None:
                up.n, up.total = up.n + 1, up.total + score
                up = up.parent


def treequest(nodes: int) -> None:
    from treequest import StandardMCTS

    count = 0

    def expand(state: Any) -> tuple[int, float]:
        nonlocal count
        count += 1
        return count, LIST[count % len(LIST)]

    algorithm = StandardMCTS(samples_per_action=WIDTH, exploration_weight=LAM)
    state = algorithm.init_tree()
    while count < nodes:
        state = algorithm.step(state, {"expand": expand}, inplace=True)


def rate(run: Callable[[int], object], nodes: int) -> float:
    start = time.process_time()
    run(nodes)
    return nodes / (time.process_time() - start)


def speeds(nodes: int, rounds: int = 5) -> dict[str, list[float]]:
    """Nodes per CPU second, interleaved rounds."""
    from numba import njit

    compiled = njit(expand)
    arms: dict[str, tuple[Callable[[int], object], int]] = {
        "plain objects": (plain, nodes),
        **{f"ask and tell, batch {b}": (lambda n, b=b: ours(n, b), nodes) for b in (1, 16, 256)},  # type: ignore[misc]
        "simulate": (lambda n: simulated(n, compiled), nodes),
    }
    try:
        import treequest as _

        arms["TreeQuest"] = (treequest, nodes // 50)
    except ImportError:
        print("TreeQuest is not installed: left out.")
    ours(20_000, 16)  # compile before the clock runs
    simulated(100, compiled)
    found: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, (run, n) in arms.items():
            found[name].append(rate(run, n))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--trees", type=int, default=300)
    asked = parser.parse_args()
    found = speeds(asked.nodes)
    medians = {name: statistics.median(values) for name, values in found.items()}
    rows = [
        [name, f"{m:,.0f}", f"{m / medians['plain objects']:.1f}",
         f"{m / medians['TreeQuest']:.1f}" if "TreeQuest" in medians else "-"]
        for name, m in medians.items()
    ]  # fmt: skip
    growth = []
    for nodes in (10_000, 100_000, 1_000_000):
        for strategy in ("uct", "best"):
            start = time.process_time()
            search = ours(nodes, 256, strategy)
            seconds = time.process_time() - start
            growth.append([strategy, nodes, seconds, 1e6 * seconds / nodes, search.bytes_per_node])
    frontier = TreeConfig("deepsearch", backup="paper")
    by_uct = {
        "UCT, every child first": TreeConfig("uct", backup="paper"),
        "UCT, unvisited children score 0": TreeConfig("uct", backup="paper", unvisited_first=False),
    }
    mine = [grow(seed, frontier) for seed in range(asked.trees)]
    trees, against = [["frontier", *_intervals(mine), "", ""]], {}
    for name, config in by_uct.items():
        theirs = [grow(seed, config) for seed in range(asked.trees)]
        fewer = paired_interval([g.expansions for g in mine], [g.expansions for g in theirs])
        better = paired_interval([g.reward for g in mine], [g.reward for g in theirs])
        trees.append([name, *_intervals(theirs), _show(fewer), _show(better)])
        against[name] = {"expansions": fewer, "reward": better}
    text = (
        f"UCT tree of {asked.nodes:,} nodes, 4 children per expansion, medians of 5 interleaved rounds.\n\n"
        + table(["", "nodes per CPU second", "x plain objects", "x TreeQuest"], rows)
        + "\n\nGrowth, batches of 256 (cost per node should not rise):\n\n"
        + table(["strategy", "nodes", "CPU seconds", "microseconds per node", "bytes per node"], growth)
        + f"\n\n{asked.trees} synthetic trees (4 x 10, quality a random walk) until 8 trajectories ended; "
        "mean and 95 % interval; paired difference of frontier:\n\n"
        + table(["selection", "expansions", "mean reward", "expansions less", "reward more"], trees)
    )
    record(
        "tree",
        "Search trees",
        text,
        {"nodes_per_s": found, "growth": growth, "frontier": trees, "paired": against},
    )


def _intervals(found: list[Any]) -> list[str]:
    return [
        _show(mean_interval([g.expansions for g in found])),
        _show(mean_interval([g.reward for g in found])),
    ]


def _show(interval: Any) -> str:
    return f"{interval.mean:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


if __name__ == "__main__":
    main()
