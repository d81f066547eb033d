"""DARS: difficulty-adaptive rollout sampling (arXiv:2508.13755).

Idea: after a cheap first pass, sample hard prompts more, until their summed |advantage| reaches that of a medium one.
Method: train.samplers.two_stage allocates (et or hw), advantages are r - mean over ragged groups, and the loss sums
rows over a constant, so that prompts with more rollouts weigh more.
Experiment: (a) 64 prompts x 64 arms, one right arm, initial success log-uniform in [.002, .5]; every arm gets the same
number of rollouts; exact pass@k.
(b) A transformer of a million parameters is taught Countdown (600 supervised steps, after which it solves one task in
fifty at once); 40 steps of ET with 32 prompts, n = 8, N_max = 32, and of GRPO with n = 8 until it has made as many
rollouts (about 140 steps); tasks that neither saw and of which the base solves under a quarter.
Chosen on another seed: the learning rate, 1e-4 (at 3e-4 both arms lose what the base could do).
Found in (b), 10 seeds: pass@16 .296 against .176, +.119 [.098, .140]; pass@1 the same, +.002 [-.004, .008]. On the
other seed the base had .234: GRPO's many more steps lose some of it, ET's few win.
Departs: in (a) every row weighs .25 / 8 in every arm (plain SGD), so that arms differ only in where their rollouts go;
the paper trains language models with full-batch updates.
Not verified: gains on mathematics benchmarks; the breadth half of the paper.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leadline.bench.system import Claim, Pair, Scale, Trial, system

if TYPE_CHECKING:
    from leadline.train.hooks import Hooks
    from leadline.train.policies.table import SoftmaxTable


def problems(seed: int, *, n_prompts: int = 64, n_arms: int = 64) -> SoftmaxTable:
    """A table whose arm 0 is right with log-uniform probability; the other logits are normal."""
    import torch

    from leadline.train.policies.table import SoftmaxTable

    rng = torch.Generator().manual_seed(seed)
    low, high = math.log(0.002), math.log(0.5)
    p = (low + (high - low) * torch.rand(n_prompts, generator=rng, dtype=torch.float64)).exp()
    logits = torch.randn(n_prompts, n_arms, generator=rng, dtype=torch.float64)
    logits[:, 0] = torch.logsumexp(logits[:, 1:], 1) + torch.log(p / (1 - p))
    right = torch.zeros(n_prompts, n_arms, dtype=torch.bool)
    right[:, 0] = True
    return SoftmaxTable(logits, right)


def countdown(seed: int, scale: Scale) -> Mapping[str, Pair]:
    """A taught transformer: pass@16 on hard tasks that it never saw, after equally many rollouts."""
    from leadline.train.pilots import taught
    from leadline.train.threads import threads

    with threads(1):
        base = taught.countdown(seed, scale, prompts=32, steps=40)
        hard = base.hard(8, 0.25)
        et = taught.learn(base.arm("grpo+dars:max_length=40"), steps=base.settings.steps)
        even = base.arm("grpo:advantage=mean,aggregate=rows-const")
        taught.learn(even, rollouts=et.total["rollouts"])
        reached = [
            taught.pass_at(arm, hard, 32 if scale == "full" else 16, (1, 16), seed) for arm in (even, et)
        ]
    return {f"countdown-{k}": Pair(*(found[k] for found in reached)) for k in (16, 1)}


@system(
    slug="dars",
    title="DARS: difficulty-adaptive rollout sampling",
    paper="2508.13755",
    idea="Sample hard prompts more until their summed |advantage| matches a medium prompt's, and sum over rows.",
    parts=("train.samplers.two_stage", "train.objectives.dars", "train.bandit", "train.pilots.taught"),
    claims=(
        Claim(
            "depth-et", "Equal treatment raises pass@16 at equal rollouts.", "pass@16", "DARS-ET", "GRPO n=8"
        ),
        Claim(
            "depth-hw",
            "Hardness weighting raises pass@16 at equal rollouts.",
            "pass@16",
            "DARS-HW",
            "GRPO n=8",
        ),
        Claim("naive-16", "ET beats 16 rollouts for every prompt.", "pass@16", "DARS-ET", "GRPO n=16"),
        Claim("naive-32", "ET beats 32 rollouts for every prompt.", "pass@16", "DARS-ET", "GRPO n=32"),
        Claim(
            "needs-sum", "The benefit is in the sum over rows.", "pass@16", "DARS-ET", "ET, mean per prompt"
        ),
        Claim(
            "control",
            "With a mean per prompt the same rows raise it too (control: must not).",
            "pass@16",
            "ET, mean per prompt",
            "GRPO n=8",
        ),
        Claim(
            "pass-1",
            "Depth alone raises pass@1 (the paper does not promise it).",
            "pass@1",
            "DARS-ET",
            "GRPO n=8",
        ),
        Claim(
            "countdown-16",
            "Countdown: ET raises pass@16 on hard held-out tasks.",
            "pass@16",
            "DARS-ET",
            "GRPO n=8",
        ),
        Claim("countdown-1", "Countdown: and pass@1 (not promised).", "pass@1", "DARS-ET", "GRPO n=8"),
    ),
    departs="A softmax table with plain SGD, and a transformer of a million parameters on Countdown; breadth is not "
    "tested.",
    not_verified="Avg@128 and Pass@128 on mathematics; the breadth update.",
    seeds=10,
    also=(Trial(countdown, seeds=10),),
)
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    from leadline.train import aggregation
    from leadline.train.bandit import train_table
    from leadline.train.objectives import build
    from leadline.train.policies.table import pass_at

    steps = 60 if scale == "full" else 8
    grpo = build("grpo:advantage=mean,aggregate=rows-const")
    found: dict[str, tuple[float, float]] = {}

    def arm(name: str, hooks: Hooks, n: int = 8, **limits: Any) -> int:
        policy = problems(seed)
        run = train_table(policy, hooks, n=n, lr=0.25 * n / 8, seed=seed, **limits)
        found[name] = pass_at(policy.success(), 16), pass_at(policy.success(), 1)
        return run.rollouts

    et = build("grpo+dars")
    budget = arm("et", et, steps=steps)
    hw_budget = arm("hw", build("grpo+dars:rule=hw"), steps=steps)
    arm("grpo", grpo, max_rollouts=budget)
    arm("grpo-hw-budget", grpo, max_rollouts=hw_budget)
    arm("grpo-16", grpo, 16, max_rollouts=budget)
    arm("grpo-32", grpo, 32, max_rollouts=budget)
    per_prompt = replace(
        et, aggregate=lambda r: aggregation.weights(r.mask, "group-mean", group_id=r.group_id)
    )
    arm("per-prompt", per_prompt, max_rollouts=budget, per="prompt")
    return {
        "depth-et": Pair(found["grpo"][0], found["et"][0]),
        "depth-hw": Pair(found["grpo-hw-budget"][0], found["hw"][0]),
        "naive-16": Pair(found["grpo-16"][0], found["et"][0]),
        "naive-32": Pair(found["grpo-32"][0], found["et"][0]),
        "needs-sum": Pair(found["per-prompt"][0], found["et"][0]),
        "control": Pair(found["grpo"][0], found["per-prompt"][0]),
        "pass-1": Pair(found["grpo"][1], found["et"][1]),
    }
