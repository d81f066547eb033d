"""Reaction optimisation on the four shared spaces: best so far and entropy of 20 experiments, beside BoTorch.

python -m benchmarks.iron_mind [--runs 20] [--botorch 3]

Curves (median best after 5, 10, 15, 20) with the bootstrap interval of the last; Cliff's delta against random. BoTorch
fits its hyperparameters at each step and runs on one space for a few seeds only: it is some hundred times slower.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from benchmarks.record import record, table

from leadline.bench.stats import mean_interval
from leadline.environments.reactions import ReactionSpace, reaction_space
from leadline.explore.botorch_peer import BoTorch
from leadline.explore.campaign import (
    Campaign,
    bootstrap_median,
    campaign,
    cliffs_delta,
    random_best_of,
    size_of,
)
from leadline.explore.optimise import GaussianProcess, OneFactor, RandomProposer
from leadline.systems.llm_go_iron_mind import SPLITS, with_and_without_names

ARMS: dict[str, Callable[[ReactionSpace, int], Any]] = {
    "random": RandomProposer,
    "one factor at a time": OneFactor,
    "GP-EI": lambda space, seed: GaussianProcess(space, "ei", seed),
    "GP-UCB": lambda space, seed: GaussianProcess(space, "ucb", seed),
    "GP-PI": lambda space, seed: GaussianProcess(space, "pi", seed),
}
COLUMNS = [
    "space",
    "proposer",
    "best after 5",
    "10",
    "15",
    "20 (median, 95 %)",
    "entropy (mean, 95 %)",
    "delta",
    "size",
]


def line(
    space: str, name: str, runs: list[Campaign], shape: tuple[int, ...], against: list[Campaign]
) -> list[Any]:
    curves = np.array([c.best_so_far for c in runs])
    median, low, high = bootstrap_median(curves[:, -1].tolist())
    entropy = mean_interval([c.entropy(shape) for c in runs])
    delta = cliffs_delta([c.best for c in runs], [c.best for c in against])
    return [
        space, name, *(float(np.nanmedian(curves[:, t - 1])) for t in (5, 10, 15)),
        f"{median:.1f} [{low:.1f}, {high:.1f}]", f"{entropy.mean:.3f} [{entropy.low:.3f}, {entropy.high:.3f}]",
        delta, size_of(delta),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--botorch", type=int, default=3)
    asked = parser.parse_args()
    rows, exact = [], []
    for name in ("buchwald-hartwig", "suzuki-doyle", "reductive-amination", "chan-lam"):
        space = reaction_space(name)
        exact.append([name, *random_best_of(space.measured().tolist(), 20)])
        found = {
            arm: [campaign(space, make(space, s)) for s in range(asked.runs)] for arm, make in ARMS.items()
        }
        rows += [line(name, arm, runs, space.shape, found["random"]) for arm, runs in found.items()]
    prior = []
    for name in SPLITS:
        both = [with_and_without_names(name, seed, 20) for seed in range(asked.runs)]
        arms = {key: [runs[key] for _, runs in both] for key in both[0][1]}
        prior += [line(name, key, runs, both[0][0].shape, arms["ei"]) for key, runs in arms.items()]
    small, peers, seconds = reaction_space("reductive-amination"), {}, {}
    for name, make in (("GP-EI", ARMS["GP-EI"]), ("BoTorch LogEI", BoTorch)):
        start = time.process_time()
        peers[name] = [campaign(small, make(small, seed)) for seed in range(asked.botorch)]
        seconds[name] = (time.process_time() - start) / asked.botorch
    peer = [[name, float(np.median([c.best for c in runs])), float(np.mean([c.best for c in runs])), seconds[name]]
            for name, runs in peers.items()]  # fmt: skip
    text = (
        f"{asked.runs} runs of 20 experiments, the first random one included. Delta: Cliff's, against random.\n\n"
        + table(COLUMNS, rows)
        + "\n\nExact best of 20 by chance:\n\n" + table(["space", "mean", "median"], exact)
        + "\n\nPrior knowledge from half of the options (delta against EI there):\n\n" + table(COLUMNS, prior)
        + f"\n\nBeside BoTorch on reductive amination, {asked.botorch} seeds:\n\n"
        + table(["optimiser", "median best", "mean best", "CPU seconds per run"], peer)
    )  # fmt: skip
    record(
        "iron_mind",
        "Reaction optimisation",
        text,
        {"rows": rows, "prior": prior, "exact": exact, "peer": peer},
    )


if __name__ == "__main__":
    main()
