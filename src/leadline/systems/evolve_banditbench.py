"""EVOLvE / BanditBench: in-context exploration in bandits (arXiv:2410.06238).

Idea: verbalised bandits measure exploration; an optimal algorithm's statistics, traces or actions can be handed on.
Method: 16 multi-armed and 2 contextual configurations; history as RH, SH or AG; regret, its fit, fractions, wins.
Assumes: expected regret, not sampled; UCB with alpha .5 inside the root.
Departs: the classic algorithms play all runs at once; MovieLens is replaced by a synthetic table of the same form.
Greedy has no bonus (the released one inherits UCB's).
A language model of 135M chooses arms in benchmarks/language_models.py.
Not verified: the Gemini and Gemma figures; fine-tuning a language model on oracle traces.
"""

from __future__ import annotations

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system
from leadline.environments.bandits import Level, make_arms, ratings_bandit, synthetic_ratings
from leadline.explore.bandit_metrics import opt_frac
from leadline.explore.bandits import (
    LinUCB,
    Play,
    Policy,
    RandomArm,
    greedy,
    play,
    play_contextual,
    thompson,
    ucb,
    uniform,
)
from leadline.explore.distil import HistoryNet
from leadline.explore.distil_guided import GuideNet


def arms_and_play(
    seed: int, runs: int, k: int, level: Level, horizon: int, policy: Policy
) -> tuple[Play, np.ndarray]:
    """Play one policy on the bandits of a seed; all policies of a seed see the same arms. Also the best arms."""
    arms = make_arms(runs, k, np.random.default_rng((seed, 1)), level=level)
    return play(arms, policy, horizon, np.random.default_rng((seed, 2))), arms.means.argmax(1)


def distilled(seed: int, full: bool, horizon: int = 60) -> dict[str, Pair]:
    """Oracle fine-tuning in small, on new bandits that UCB, greedy and chance play too."""
    net = HistoryNet(5, horizon, seed)
    net.fit(np.random.default_rng((seed, 4)), 500 if full else 3)
    arms = make_arms(400 if full else 20, 5, np.random.default_rng((seed, 5)))
    ours = net.regret(arms, np.random.default_rng((seed, 6)))
    others = {
        name: play(arms, policy, horizon, np.random.default_rng((seed, 7))).regret[:, -1]
        for name, policy in {"ucb": ucb(), "greedy": greedy, "chance": uniform}.items()
    }
    return {
        "oft": Pair(float(others["chance"].mean()) / 2, float(ours.mean())),
        "oft-ucb": Pair(1.1 * float(others["ucb"].mean()), float(ours.mean())),
        "oft-tail": Pair(0.7 * float(np.percentile(others["greedy"], 95)), float(np.percentile(ours, 95))),
    }


def guided(seed: int, full: bool) -> dict[str, Pair]:
    """The net that sees mean and bonus: on five arms, and with the same weights on twenty."""
    net = GuideNet(seed)
    net.fit(np.random.default_rng((seed, 8)), 300 if full else 3)
    pairs = {}
    for id, k, horizon in (("ag", 5, 60), ("ag-wide", 20, 300 if full else 30)):
        arms = make_arms(400 if full else 20, k, np.random.default_rng((seed, 9, k)))
        oracle = play(arms, ucb(), horizon, np.random.default_rng((seed, 10))).regret[:, -1]
        ours = net.play(arms, horizon, np.random.default_rng((seed, 10))).regret[:, -1]
        pairs[id] = Pair(1.05 * float(oracle.mean()), float(ours.mean()))
    return pairs


def final(seed: int, runs: int, k: int, level: Level, horizon: int, policy: Policy) -> np.ndarray:
    return arms_and_play(seed, runs, k, level, horizon, policy)[0].regret[:, -1]


@system(
    slug="evolve-banditbench",
    title="EVOLvE / BanditBench: in-context exploration of LLMs in bandits",
    paper="2410.06238",
    idea="Verbalised bandits, and three ways to hand an optimal algorithm's knowledge to a model.",
    parts=("environments.bandits", "explore.bandits", "explore.bandit_metrics", "explore.bandit_prompts",
           "explore.distil", "explore.distil_guided"),
    claims=(
        Claim("ucb", "UCB beats chance (K 5, gap .5, T 300)", "mean regret", "UCB", "random", "lower"),
        Claim("ucb-hard", "UCB beats chance (K 20, gap .2, T 1000)", "mean regret", "UCB", "random", "lower"),
        Claim("thompson", "Thompson sampling beats UCB (K 5, gap .5, T 300)", "mean regret", "Thompson", "UCB",
              "lower"),
        Claim("tail", "Greedy has the worse tail (K 5, gap .5, T 300)", "95th percentile of regret", "UCB", "greedy",
              "lower"),
        Claim("mean-k20", "UCB beats greedy in the mean (K 20, gap .5, T 300; the specification: it does not)",
              "mean regret", "UCB", "greedy", "lower"),
        Claim("optimal", "UCB chooses the best arm more often than greedy (K 5, gap .5, T 300)", "OptFrac", "UCB",
              "greedy"),
        Claim("linucb", "LinUCB beats chance (K 10, T 200)", "mean regret", "LinUCB", "random", "lower"),
        Claim("oft", "A net distilled from UCB has less than half of chance's regret (K 5, T 60)", "mean regret",
              "distilled", "half of random", "lower"),
        Claim("oft-ucb", "... and is within 10 % of UCB", "mean regret", "distilled", "1.1 x UCB", "lower"),
        Claim("oft-tail", "... and has a lighter tail than greedy", "95th percentile of regret", "distilled",
              ".7 x greedy", "lower"),
        Claim("ag", "A net that sees mean and bonus is within 5 % of UCB (K 5, T 60)", "mean regret", "AG net",
              "1.05 x UCB", "lower"),
        Claim("ag-wide", "... and with the same weights on 20 arms, never seen (T 300)", "mean regret", "AG net",
              "1.05 x UCB", "lower"),
    ),
    departs="Synthetic ratings instead of MovieLens; our own names of arms.",
    not_verified="Language models' win rates; oracle fine-tuning (OFT) of a language model.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    runs = 60 if scale == "full" else 8
    policies = {"ucb": ucb(), "greedy": greedy, "ts": thompson, "chance": uniform}
    easy = {name: arms_and_play(seed, runs, 5, "easy", 300, policy) for name, policy in policies.items()}
    mean = {name: float(done.regret[:, -1].mean()) for name, (done, _) in easy.items()}
    tail = {name: float(np.percentile(done.regret[:, -1], 95)) for name, (done, _) in easy.items()}
    optimal = {name: opt_frac(done.arms, best, 300) for name, (done, best) in easy.items()}
    hard = [
        float(final(seed, runs, 20, "hard", 1000 if scale == "full" else 200, p).mean())
        for p in (uniform, ucb())
    ]
    wide = [float(final(seed, runs, 20, "easy", 300, p).mean()) for p in (greedy, ucb())]
    bandit = ratings_bandit(synthetic_ratings(np.random.default_rng((seed, 3))))
    repeats = range(10 if scale == "full" else 2)
    context = [
        float(
            np.mean(
                [play_contextual(bandit, make(r), 200, np.random.default_rng((seed, r)))[-1] for r in repeats]
            )
        )
        for make in (lambda r: RandomArm(10, r), lambda r: LinUCB(10, 5, seed=r))
    ]
    return {
        "ucb": Pair(mean["chance"], mean["ucb"]),
        "ucb-hard": Pair(*hard),
        "thompson": Pair(mean["ucb"], mean["ts"]),
        "tail": Pair(tail["greedy"], tail["ucb"]),
        "mean-k20": Pair(*wide),
        "optimal": Pair(optimal["greedy"], optimal["ucb"]),
        "linucb": Pair(*context),
        **distilled(seed, scale == "full"),
        **guided(seed, scale == "full"),
    }
