"""InfiGUI-G1: adaptive exploration policy optimization for GUI grounding (arXiv:2508.05731).

Idea: let one answer name several click points and pay utility over cost: failures teach to name more, successes one.
Method: train.rewards.adaptive_exploration (1 / sqrt(N k) for a first hit at place k of N, -1 / N without one), RLOO.
Experiment: instructions x 16 elements; half start with a high logit on a wrong element (the trap), half with +2 on the
right one. The policy draws up to 6 elements without replacement and learns a shared wish to go on after each.
n = 8, B = 16, SGD. Long run: 32 instructions, trap +4, lr 4, 600 steps. Early check: 64, trap +5, lr 3, 400 steps.
A single answer catches up with enough steps: the claim is about speed.
Departs: a bandit, no screens; the format part of the reward is constant here and left out.
Not verified: vision-language models, ScreenSpot and the other benchmarks, the synthetic-screen version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system

if TYPE_CHECKING:
    from leadline.train.policies.candidates import CandidateTable

MOST, ELEMENTS, BATCH = 6, 16, 16
SUCCESS, TOP_1, CANDIDATES = range(3)
"""Columns of a curve: P(first is right | hard), share of hard ones whose likeliest element is right, E[N]."""


def any_hit(n: int, first: int) -> float:
    """The reward without a cost."""
    return float(first > 0)


def problems(
    seed: int, n: int, trap: float, most: int, reward: Callable[[int, int], float]
) -> CandidateTable:
    """The first half of n instructions is hard: its favourite is wrong."""
    import torch

    from leadline.train.policies.candidates import CandidateTable

    rng = torch.Generator().manual_seed(seed)
    right, wrong = torch.stack([torch.randperm(ELEMENTS, generator=rng)[:2] for _ in range(n)]).T
    hard = torch.arange(n) < n // 2
    logits = torch.zeros(n, ELEMENTS, dtype=torch.float64)
    logits[torch.arange(n), torch.where(hard, wrong, right)] = torch.where(hard, trap, 2.0).double()
    return CandidateTable(logits, right, most, reward)


def curve(policy: CandidateTable, seed: int, lr: float, steps: int) -> np.ndarray[Any, Any]:
    """[steps, 3] while RLOO trains it; rows weigh lr / n, prompts as their mean."""
    from leadline.train.bandit import train_table
    from leadline.train.objectives import build

    hard = len(policy.right) // 2

    def watch(seen: CandidateTable) -> tuple[float, float, float]:
        top = float(seen.top_1()[:hard].double().mean())
        return float(seen.success()[:hard].mean()), top, seen.mean_candidates()

    hooks = build("grpo:advantage=rloo,high=.4,aggregate=seq-mean-token-sum")
    run = train_table(
        policy, hooks, n=8, lr=lr / BATCH, steps=steps, batch=BATCH, seed=seed, watch=watch
    )  # fmt: skip
    return np.array(run.history)


@system(
    slug="infigui-g1-aepo",
    title="InfiGUI-G1: adaptive exploration policy optimization for GUI grounding",
    paper="2508.05731",
    idea="Name several points in one answer and pay utility over cost: failures explore, successes converge.",
    parts=("train.rewards.adaptive_exploration", "train.policies.candidates", "bench.metrics.grounding"),
    claims=(
        Claim("cost", "Hard top-1 is at least .5 above any-hit's.", "top-1, hard", "AER", "any hit + .5"),
        Claim("early", "Hard instructions are learned earlier.", "P(correct), hard, step 400", "AER", "single answer"),
        Claim("speed", "... over the whole curve.", "mean P(correct), hard", "AER", "single answer"),
        Claim("converges", "Candidates become fewer after success.", "E[N]", "AER, step 600", "AER, step 100", "lower"),
        Claim("cap", "Without the cost they stay near the cap of 6.", "E[N]", "any hit", "5.5"),
    ),
    departs="The bandit version: no screens, no model; the constant format part of the reward is left out.",
    not_verified="Vision-language models, GUI benchmarks; synthetic screens.",
    seeds=8,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    from leadline.train.rewards.adaptive_exploration import candidate_reward

    arms = {"aer": (MOST, candidate_reward), "any": (MOST, any_hit), "single": (1, any_hit)}
    long, early = (600, 400) if scale == "full" else (20, 10)
    runs = {arm: curve(problems(seed, 32, 4.0, *how), seed, 4.0, long) for arm, how in arms.items()}
    aer, plain = (
        curve(problems(seed, 64, 5.0, *arms[arm]), seed, 3.0, early)[-1, SUCCESS] for arm in ("aer", "single")
    )
    before = min(100, long) - 1
    return {
        "cost": Pair(runs["any"][-1, TOP_1] + 0.5, runs["aer"][-1, TOP_1]),
        "early": Pair(plain, aer),
        "speed": Pair(runs["single"][:, SUCCESS].mean(), runs["aer"][:, SUCCESS].mean()),
        "converges": Pair(runs["aer"][before, CANDIDATES], runs["aer"][-1, CANDIDATES]),
        "cap": Pair(5.5, runs["any"][-1, CANDIDATES]),
    }
