"""BabyAI in one room: an archive against random restarts at equal actions (Intelligent Go-Explore, arXiv:2405.15143).

python -m benchmarks.babyai [--seeds 25]

Budgets of the paper: 260 actions by the archive (10 after each return), 256 by restarts (4 lives of 64 or 2 of 128).
Chance chooses everywhere, so that the archive alone is measured; BabyAI's own bot, which sees the whole room, is the
ceiling. Four of the paper's five kinds of mission; the fifth ("pick up X, then go to Y") has no level of this size.
"""

from __future__ import annotations

import argparse
from functools import partial
from importlib.util import find_spec

from benchmarks.record import record, table

from leadline.bench.stats import mean_interval, paired_interval
from leadline.explore.archive import ExploreConfig, GoExplore
from leadline.explore.judges import RandomJudge
from leadline.explore.search import explore

LEVELS = {
    "go to": ("BabyAI-GoToLocal-v0", 64), "pick up": ("BabyAI-PickupLoc-v0", 64),
    "open": ("BabyAI-OpenDoor-v0", 128), "put next": ("BabyAI-PutNextLocal-v0", 128),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=25)
    seeds = range(parser.parse_args().seeds)
    if find_spec("minigrid") is None:
        print("MiniGrid is not installed: pip install 'leadline[explore]'.")
        raise SystemExit(2)
    from leadline.environments.adapters.minigrid import MiniGrid

    rows = []
    for mission, (level, life) in LEVELS.items():
        won: dict[str, list[float]] = {"archive": [], "restarts": []}
        for seed in seeds:
            make = partial(MiniGrid, level, seed, max_steps=life)
            config = ExploreConfig(max_operations=260, max_actions=10, reconsider=True)
            won["archive"].append(float(GoExplore(make, RandomJudge(seed), config, seed).run().solved))
            won["restarts"].append(float(explore("restarts", make, 256, seed).solved))
        difference = paired_interval(won["archive"], won["restarts"])
        rows.append([mission, life, *(f"{i.mean:.2f} [{i.low:.2f}, {i.high:.2f}]" for i in
                     (mean_interval(won["archive"]), mean_interval(won["restarts"]), difference))])  # fmt: skip
    columns = ["mission", "life", "archive, chance as judge", "random restarts", "difference [95 %]"]
    text = f"Share solved, {len(seeds)} seeds.\n\n{table(columns, rows)}"
    record("babyai", "BabyAI: an archive against restarts", text, {"columns": columns, "rows": rows})


if __name__ == "__main__":
    main()
