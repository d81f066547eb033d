"""Reaction optimisation on the four shared spaces: best so far and entropy of 20 experiments, beside BoTorch.

python -m benchmarks.iron_mind [--runs 100] [--botorch 3]

Best-so-far and entropy curves of every proposer, in figures (results/iron_mind.svg: median with quartiles, mean) and
in tables (after 5, 10, 15, 20 experiments, the bootstrap interval of the last); Cliff's delta against random, with
Mann-Whitney's p, Bonferroni over the proposers of a space. BoTorch fits its hyperparameters at each step and runs on
one space for a few seeds only: it is some hundred times slower.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from benchmarks.record import RESULTS, record, table
from matplotlib.figure import Figure
from scipy.stats import mannwhitneyu

from leadline.bench.stats import mean_interval
from leadline.environments.reactions import ReactionSpace, reaction_space
from leadline.explore.botorch_peer import BoTorch
from leadline.explore.campaign import (
    Campaign,
    bootstrap_median,
    campaign,
    cliffs_delta,
    complexity,
    importance_balance,
    radar_area,
    random_best_of,
    size_of,
)
from leadline.explore.optimise import GaussianProcess, OneFactor, RandomProposer
from leadline.files import DISK
from leadline.systems.llm_go_iron_mind import SPLITS, with_and_without_names

ARMS: dict[str, Callable[[ReactionSpace, int], Any]] = {
    "random": RandomProposer,
    "one factor at a time": OneFactor,
    "GP-EI": lambda space, seed: GaussianProcess(space, "ei", seed),
    "GP-UCB": lambda space, seed: GaussianProcess(space, "ucb", seed),
    "GP-PI": lambda space, seed: GaussianProcess(space, "pi", seed),
}
NAMES = {
    "ei": "GP-EI",
    "prior": "prior, tau 8",
    "shuffled": "prior, names permuted",
    "greedy": "prior, greedy",
}
COLUMNS = [
    "space",
    "proposer",
    "best after 5",
    "10",
    "15",
    "20 (median, 95 %)",
    "entropy after 5",
    "10",
    "20 (mean, 95 %)",
    "delta",
    "size",
    "p",
]
SPACE_COLUMNS = [
    "space", "settings", "parameters", "mean options", "skew", "scarcity", "PIB", "PIB normalised", "score",
]  # fmt: skip
STEPS = 20
Curves = dict[str, dict[str, dict[str, list[float]]]]
"""space -> proposer -> quartiles of the best and mean entropy after 1 .. 20 experiments."""


def line(
    space: str, name: str, runs: list[Campaign], shape: tuple[int, ...], against: list[Campaign], arms: int
) -> list[Any]:
    curves = np.array([c.best_so_far for c in runs])
    median, low, high = bootstrap_median(curves[:, -1].tolist())
    entropy = mean_interval([c.entropy(shape) for c in runs])
    ours, theirs = [c.best for c in runs], [c.best for c in against]
    delta = cliffs_delta(ours, theirs)
    p = 1.0 if runs is against else min(1.0, float(mannwhitneyu(ours, theirs).pvalue) * (arms - 1))
    return [
        space, name, *(float(np.nanmedian(curves[:, t - 1])) for t in (5, 10, 15)),
        f"{median:.1f} [{low:.1f}, {high:.1f}]",
        *(float(np.mean([c.entropy(shape, t) for c in runs])) for t in (5, 10)),
        f"{entropy.mean:.3f} [{entropy.low:.3f}, {entropy.high:.3f}]", delta, size_of(delta), f"{p:.2g}",
    ]  # fmt: skip


def curves(runs: list[Campaign], shape: tuple[int, ...]) -> dict[str, list[float]]:
    best = np.array([c.best_so_far for c in runs])
    entropy = [[c.entropy(shape, t) for t in range(1, STEPS + 1)] for c in runs]
    low, median, high = np.nanpercentile(best, [25, 50, 75], axis=0)
    return {
        "low": low.tolist(), "median": median.tolist(), "high": high.tolist(),
        "entropy": np.mean(entropy, axis=0).tolist(),
    }  # fmt: skip


def draw(found: Curves) -> bytes:
    """Best so far above, entropy below, a column per space."""
    figure = Figure(figsize=(3 * len(found), 5.5), layout="constrained")
    axes = figure.subplots(2, len(found), squeeze=False, sharex=True)
    for column, (space, arms) in enumerate(found.items()):
        for name, arm in arms.items():
            x = np.arange(1, STEPS + 1)
            (drawn,) = axes[0, column].plot(x, arm["median"], label=name, linewidth=1.2)
            axes[0, column].fill_between(x, arm["low"], arm["high"], alpha=0.12, color=drawn.get_color())
            axes[1, column].plot(x, arm["entropy"], linewidth=1.2)
        axes[0, column].set_title(space, fontsize=9)
        axes[1, column].set_xlabel("experiments")
    axes[0, 0].set_ylabel("best so far (median, quartiles)")
    axes[1, 0].set_ylabel("cumulative entropy (mean)")
    axes[0, 0].legend(fontsize=7)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def spaces_table(names: list[str]) -> list[list[Any]]:
    """Complexity of the spaces: the axes of the paper's radar, and its area relative to the smallest."""
    axes, normal = [], []
    for name in names:
        space = reaction_space(name)
        share = importance_balance(space)
        axes.append([*complexity(space), share.value])
        normal.append(share.normalised)
    largest = np.max(axes, axis=0).tolist()
    areas = np.array([radar_area(a, largest) for a in axes])
    return [[n, *a, m, area / areas.min()] for n, a, m, area in zip(names, axes, normal, areas, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--botorch", type=int, default=3)
    asked = parser.parse_args()
    rows, exact = [], []
    drawn: Curves = {}
    for name in SPLITS:
        space = reaction_space(name)
        exact.append([name, *random_best_of(space.measured().tolist(), 20)])
        found = {
            arm: [campaign(space, make(space, s)) for s in range(asked.runs)] for arm, make in ARMS.items()
        }
        rows += [
            line(name, arm, runs, space.shape, found["random"], len(ARMS)) for arm, runs in found.items()
        ]
        drawn[name] = {arm: curves(found[arm], space.shape) for arm in ("random", "GP-EI", "GP-UCB")}
    prior = []
    for name in SPLITS:
        both = [with_and_without_names(name, seed, 20) for seed in range(asked.runs)]
        arms = {key: [runs[key] for _, runs in both] for key in both[0][1]}
        shape = both[0][0].shape
        prior += [line(name, key, runs, shape, arms["ei"], len(arms)) for key, runs in arms.items()]
        drawn[f"{name}, other half"] = {NAMES[key]: curves(runs, shape) for key, runs in arms.items()}
    small, peers, seconds = reaction_space("reductive-amination"), {}, {}
    for name, make in (("GP-EI", ARMS["GP-EI"]), ("BoTorch LogEI", BoTorch)):
        start = time.process_time()
        peers[name] = [campaign(small, make(small, seed)) for seed in range(asked.botorch)]
        seconds[name] = (time.process_time() - start) / max(asked.botorch, 1)
    peer = [[name, float(np.median([c.best for c in runs])), float(np.mean([c.best for c in runs])), seconds[name]]
            for name, runs in peers.items()]  # fmt: skip
    text = (
        f"{asked.runs} runs of 20 experiments, the first random one included. Delta: Cliff's, against random.\n\n"
        + table(COLUMNS, rows)
        + "\n\nExact best of 20 by chance:\n\n" + table(["space", "mean", "median"], exact)
        + "\n\nPrior knowledge from half of the options (delta against EI there):\n\n" + table(COLUMNS, prior)
        + f"\n\nBeside BoTorch on reductive amination, {asked.botorch} seeds:\n\n"
        + table(["optimiser", "median best", "mean best", "CPU seconds per run"], peer)
        + "\n\nThe spaces themselves (PIB: balance of the parameters' importances; score: area of the radar):\n\n"
        + table(SPACE_COLUMNS, spaces_table(list(SPLITS)))
    )  # fmt: skip
    record(
        "iron_mind",
        "Reaction optimisation",
        text,
        {"rows": rows, "prior": prior, "exact": exact, "peer": peer, "curves": drawn},
    )
    DISK.write(RESULTS / "iron_mind.svg", draw(drawn))


if __name__ == "__main__":
    main()
