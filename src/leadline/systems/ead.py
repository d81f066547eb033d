"""EAD: exploratory annealed decoding in RL with verifiable rewards (arXiv:2510.05251).

Idea: heat the first tokens, which choose the plan, and cool the later ones, which must be right.
Method: explore.decoding's schedule as the sampler's temperature, truncated importance weights min(pi / q, 2) as token
weights (train.objectives.ead).
Experiment: (a) plan-then-execute. Closed form: pass@16 of the best annealed schedule against the best fixed one. RL: a
table of 1 plan token (12 plans, logits -.9 k) and 20 precision tokens, 16 prompts whose right plan differs; GRPO
G = 8, exact pass@16 at temperature 1 after training.
(b) A transformer of a million parameters is taught Countdown (600 supervised steps); 80 steps of each arm (16 prompts,
G = 8); the schedule cools within half an answer of 16 tokens; pass@16 at temperature 1 on tasks that nobody saw. The
learning rate, 1e-4, is the one chosen for DARS on another seed.
Found in (b), 5 seeds: against T = 1 pass@16 is -.05 [-.11, .01], inconclusive, though answers are right more often on
the way (.046 against .032, +.015 [.010, .020]); against cold to hot +.05 [.01, .09]; whether the weights matter stays
open (+.01 [-.06, .08]; in (a) training without them wins, by .019 [.015, .023]).
Departs: cutoff 0 (ten unheated tokens would be the whole plan here) and a constant d of half the length.
Not verified: language models; the paper's cap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leadline.bench.system import Claim, Pair, Scale, Trial, system

if TYPE_CHECKING:
    from leadline.train.policies.table import SoftmaxTable

LENGTH = 20
ANSWER = 16
"""Tokens of a Countdown answer."""


def arms(length: int) -> dict[str, str]:
    """Objectives for answers of about `length` tokens, by name."""
    hot = f"preset=paper,cutoff=0,growth=0,d0={length / 2}"
    return {
        "fixed": "grpo",
        "fixed-1.2": "grpo+ead:constant=1.2",
        "ead": f"grpo+ead:{hot}",
        "uncorrected": f"grpo+ead:{hot},cap=0",
        "reversed": f"grpo+ead:{hot},reverse_at={length + 1}",
    }


def problems(seed: int, *, n_prompts: int = 16, gap: float = 7.0) -> SoftmaxTable:
    """[P, 21, 20]: plans fill the first position, of which the right one is drawn from plans 2..7."""
    import torch

    from leadline.environments.plan_toy import PlanToy
    from leadline.train.policies.table import SoftmaxTable

    toy = PlanToy(length=LENGTH, gap=gap)
    rng = torch.Generator().manual_seed(seed)
    logits = torch.zeros(n_prompts, LENGTH + 1, toy.symbols, dtype=torch.float64)
    logits[:, 0] = -30.0  # no plan
    logits[:, 0, : toy.plans] = torch.from_numpy(toy.plan_logits)
    logits[:, 1:] = torch.from_numpy(toy.precision_logits)
    right = torch.zeros_like(logits, dtype=torch.bool)
    right[:, 1:, 0] = True
    right[torch.arange(n_prompts), 0, torch.randint(2, 8, (n_prompts,), generator=rng)] = True
    return SoftmaxTable(logits, right)


def closed_form(length: int) -> Pair:
    """pass@16 of the best fixed temperature and of the best annealed schedule."""
    import numpy as np

    from leadline.environments.plan_toy import PlanToy
    from leadline.explore.decoding import Annealing

    toy = PlanToy(length=length)
    fixed = max(toy.pass_at(16, lambda t, tau=tau: np.full_like(t, tau)) for tau in (0.6, 0.8, 1.0, 1.2, 1.5))  # type: ignore[misc]
    hot = [Annealing(tau_max=m, d0=length / 2, growth=0, cutoff=0) for m in (1.2, 1.5)]
    return Pair(fixed, max(toy.pass_at(16, schedule.tau) for schedule in hot))


def countdown(seed: int, scale: Scale) -> Mapping[str, Pair]:
    """A taught transformer: pass@16 at temperature 1 on tasks that it never saw, and the mean reward on the way."""
    from leadline.train.pilots import taught
    from leadline.train.threads import threads

    reached: dict[str, float] = {}
    rewards: dict[str, float] = {}
    with threads(1):
        base = taught.countdown(seed, scale, prompts=16, steps=80)
        for name, objective in arms(ANSWER).items():
            arm = base.arm(objective)
            records = [arm.step() for _ in range(base.settings.steps)]
            reached[name] = taught.pass_at(arm, base.held_out, 16, (16,), seed)[16]
            rewards[name] = sum(record["reward"] for record in records) / len(records)
    others = {"": "fixed", "-hot": "fixed-1.2", "-direction": "reversed", "-correction": "uncorrected"}
    found = {f"countdown{end}": Pair(reached[name], reached["ead"]) for end, name in others.items()}
    return found | {"countdown-reward": Pair(rewards["fixed"], rewards["ead"])}


@system(
    slug="ead",
    title="Exploratory annealed decoding for verifiable reinforcement learning",
    paper="2510.05251",
    idea="Sample early tokens hot and late tokens cold, and correct with truncated importance weights.",
    parts=(
        "train.objectives.ead",
        "train.importance",
        "explore.decoding",
        "environments.plan_toy",
        "train.pilots.taught",
    ),
    claims=(
        Claim(
            "sampling", "The best schedule beats the best fixed T.", "pass@16, closed form", "EAD", "fixed T"
        ),
        Claim("rl", "EAD with weights beats T = 1 in RL.", "pass@16 after RL", "EAD + TIS", "T = 1"),
        Claim(
            "rl-hot",
            "EAD with weights beats T = 1.2 in RL.",
            "pass@16 after RL",
            "EAD + TIS",
            "T = 1.2 + TIS",
        ),
        Claim(
            "direction",
            "Hot to cold beats cold to hot (control).",
            "pass@16 after RL",
            "EAD + TIS",
            "reversed",
        ),
        Claim("correction", "The weights matter.", "pass@16 after RL", "EAD + TIS", "EAD without TIS"),
        Claim(
            "countdown", "Countdown: EAD with weights beats T = 1.", "pass@16 after RL", "EAD + TIS", "T = 1"
        ),
        Claim(
            "countdown-hot", "Countdown: it beats T = 1.2.", "pass@16 after RL", "EAD + TIS", "T = 1.2 + TIS"
        ),
        Claim(
            "countdown-direction",
            "Countdown: hot to cold beats cold to hot (control).",
            "pass@16 after RL",
            "EAD + TIS",
            "reversed",
        ),
        Claim(
            "countdown-correction",
            "Countdown: the weights matter.",
            "pass@16 after RL",
            "EAD + TIS",
            "EAD without TIS",
        ),
        Claim("countdown-reward", "Countdown: more reward on the way.", "mean reward", "EAD + TIS", "T = 1"),
    ),
    departs="A table policy, and a transformer of a million parameters on Countdown; cutoff 0 and constant d.",
    not_verified="Language models; the cap of the paper.",
    seeds=8,
    also=(Trial(countdown),),
)
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    from leadline.train.bandit import train_table
    from leadline.train.objectives import build
    from leadline.train.policies.table import pass_at

    steps = 80 if scale == "full" else 5
    reached: dict[str, float] = {}
    for name, objective in arms(LENGTH).items():
        policy = problems(seed)
        train_table(policy, build(objective), n=8, lr=1.0, steps=steps, seed=seed)
        reached[name] = pass_at(policy.success(), 16)
    return {
        "sampling": closed_form(LENGTH),
        "rl": Pair(reached["fixed"], reached["ead"]),
        "rl-hot": Pair(reached["fixed-1.2"], reached["ead"]),
        "direction": Pair(reached["reversed"], reached["ead"]),
        "correction": Pair(reached["uncorrected"], reached["ead"]),
    }
