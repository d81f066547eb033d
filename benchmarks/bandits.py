"""Bandits: regret beside the specified values, and 10,000 steps x 100 runs at once.

python -m benchmarks.bandits [--runs 400]

Win rates as in BanditBench: on each of the 16 configurations two agents are compared by a t-test (p < .05) on the mean
reward of 30 runs of 1000 steps; a rate is wins over all comparisons. Thompson plays the eight with Bernoulli arms only
and so has no rate.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
from benchmarks.record import record, table

from leadline.bench.stats import mean_interval
from leadline.environments.bandits import CONFIGURATIONS, make_arms
from leadline.explore.bandit_metrics import fit_regret, min_frac, opt_frac, suff_fail, win_rates
from leadline.explore.bandits import epsilon_greedy, greedy, play, thompson, ucb, uniform

SPECIFIED = {
    (5, "easy", 300): 16.3,
    (5, "hard", 1000): 38.6,
    (20, "easy", 300): 73.2,
    (20, "hard", 1000): 139.5,
}
"""UCB, alpha .5: means of 60 runs in the specification (EVOLvE, arXiv:2410.06238)."""


def rates() -> list[list[object]]:
    """Pairwise win rates over the 16 configurations (the domain is only a name to these agents)."""
    agents = {"UCB": ucb(), "greedy": greedy, "epsilon-greedy .1": epsilon_greedy(), "random": uniform}
    rewards: dict[str, list[list[float]]] = {name: [] for name in agents}
    for number, c in enumerate(CONFIGURATIONS):
        arms = make_arms(30, c.k, np.random.default_rng((number, 1)), kind=c.kind, level=c.level)
        for name, policy in agents.items():
            done = play(arms, policy, 1000, np.random.default_rng((number, 2)))
            rewards[name].append(done.rewards.mean(1).tolist())
    return [[name, 100 * rate] for name, rate in win_rates(rewards).items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    runs = parser.parse_args().runs
    rows = []
    for (k, level, horizon), wanted in SPECIFIED.items():
        arms = make_arms(runs, k, np.random.default_rng(1), level=level)  # type: ignore[arg-type]
        gap, best = 0.5 if level == "easy" else 0.2, arms.means.argmax(1)
        for name, policy in {"UCB": ucb(), "Thompson": thompson, "greedy": greedy, "random": uniform}.items():
            done = play(arms, policy, horizon, np.random.default_rng(2))
            mean = mean_interval(done.regret[:, -1].tolist())
            fit = fit_regret(done.regret.mean(0), gap)
            rows.append([
                f"K {k}, gap {gap}, T {horizon}", name, f"{mean.mean:.1f} [{mean.low:.1f}, {mean.high:.1f}]",
                wanted if name == "UCB" else "", float(np.percentile(done.regret[:, -1], 95)),
                min_frac(done.arms, k, horizon), opt_frac(done.arms, best, horizon),
                suff_fail(done.arms, best, horizon // 2), fit.b, fit.a,
            ])  # fmt: skip
    seconds = []
    for _ in range(3):
        arms = make_arms(100, 20, np.random.default_rng(0))
        start = time.perf_counter()
        play(arms, ucb(), 10_000, np.random.default_rng(1))
        seconds.append(time.perf_counter() - start)
    won = rates()
    columns = ["bandit", "policy", "regret [95 %]", "specified", "95th percentile", "MinFrac", "OptFrac",
               "SuffFail(T/2)", "fit b", "fit a"]  # fmt: skip
    text = (
        f"{runs} runs, Bernoulli arms.\n\n{table(columns, rows)}\n\n10,000 steps x 100 runs of UCB with 20 arms: "
        f"{statistics.median(seconds):.2f} s (wall clock, median of 3).\n\n"
        + table(["agent", "win rate, %"], won)
    )
    record(
        "bandits",
        "Bandits",
        text,
        {"columns": columns, "rows": rows, "seconds_10000x100": seconds, "win_rates": won},
    )


if __name__ == "__main__":
    main()
