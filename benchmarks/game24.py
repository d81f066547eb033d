"""Game of 24, the 100 test rows: operations to solve with classic search and with judges of known accuracy.

python -m benchmarks.game24 [--seeds 5]

The released environment and budget of Intelligent Go-Explore (700 operations). DFS and BFS are deterministic: their
figures are those of the released baselines, to the last operation. An unsolved puzzle counts 700. "Reconsidered": when
nothing archived is left to try, rejected states are returned to before anything is tried twice.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from benchmarks.record import record, table

from leadline.bench.stats import mean_interval
from leadline.environments.game24 import TEST_ROWS, Game24
from leadline.explore.archive import ExploreConfig, Found, GoExplore
from leadline.explore.judges import BreadthFirst, DepthFirst
from leadline.systems.intelligent_go_explore import judged

ARMS: dict[str, tuple[str, ...]] = {
    "all three choices": (),
    "all three, rejected states reconsidered": (),
    "no state choice": ("state",),
    "no action choice": ("action",),
    "no filter": ("filter",),
    "chance": ("state", "action", "filter"),
}


def classic(judge: Any, max_actions: int) -> list[Found]:
    config = ExploreConfig(max_actions=max_actions)
    return [GoExplore(lambda r=row: Game24(r), judge, config).run() for row in TEST_ROWS]  # type: ignore[misc]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    seeds = range(parser.parse_args().seeds)
    rows: list[list[Any]] = []
    for name, judge, depth in (("DFS", DepthFirst(), 10**9), ("BFS", BreadthFirst(), 1)):
        n = [f.operations for f in classic(judge, depth)]
        rows.append([name, "-", f"{np.mean(n):.2f}", max(n), 100, "-"])
    for accuracy in (0.5, 0.7, 0.8, 0.9):
        for name, without in ARMS.items():
            if name == "chance" and accuracy > 0.5:
                continue  # the judge is not asked
            complete = name.endswith("reconsidered")
            runs = [
                [judged(row, accuracy, seed, without, complete=complete) for row in TEST_ROWS]
                for seed in seeds
            ]
            mean = mean_interval([float(np.mean([f.operations for f in run])) for run in runs])
            solved = float(np.mean([f.solved for run in runs for f in run]))
            rows.append([
                name, accuracy if name != "chance" else "-", f"{mean.mean:.1f} [{mean.low:.1f}, {mean.high:.1f}]",
                max(f.operations for run in runs for f in run), round(100 * solved, 1),
                round(float(np.mean([f.archive for run in runs for f in run])), 1),
            ])  # fmt: skip
    columns = ["search", "judge's accuracy", "mean operations [95 %]", "worst", "% solved", "archive"]
    text = f"{len(seeds)} seeds; the interval is over seeds.\n\n" + table(columns, rows)
    record("game24", "Game of 24 by Go-Explore", text, {"columns": columns, "rows": rows})


if __name__ == "__main__":
    main()
