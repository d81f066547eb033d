"""Fathom-DeepResearch: no dead groups in RL, and a reward that looks at every tool call (arXiv:2509.24107).

Idea: prune solved prompts, replay a success where all rollouts failed, scale up the groups that carry a signal; pay
wrong rollouts for new searches, up to a cap.
Method: train.objectives.fathom_rapo; train.efficiency.step_level_reward on counts of labelled calls.
Experiment: 64 prompts x 24 arms, half start at p = .47 for the right arm, half near uniform; G = 5, 16 prompts a step,
60 epochs of plain SGD. Knob: the gradient of the wrong-answer reward in the number of unique searches.
The synthesizer's rule, that nothing is cited which was not in the trace, is agents.compose (`--agent NAME+long`): there
a section may cite what was found for another sub-question.
Departs: tables instead of a 4B agent; its RAPO is called fathom_rapo here (the name clashes with arXiv:2510.03865).
Not verified: the judge's labels, DUETQA, the synthesizer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leadline.bench.system import Claim, Pair, Scale, system

if TYPE_CHECKING:
    from leadline.train.policies.table import SoftmaxTable

ARMS = {
    "grpo": "grpo:advantage=population-std",
    "scale": "grpo+fathom_rapo:replay=false",
    "replay": "grpo+fathom_rapo:scale=false",
    "rapo": "grpo+fathom_rapo",
}


def problems(seed: int, *, n_prompts: int = 64, n_arms: int = 24) -> SoftmaxTable:
    """The first half of the prompts starts with the right arm at p = .47, the second half uniform with small noise."""
    import torch

    from leadline.train.policies.table import SoftmaxTable

    rng = torch.Generator().manual_seed(seed)
    logits = 0.1 * torch.randn(n_prompts, n_arms, generator=rng, dtype=torch.float64)
    logits[: n_prompts // 2, 0] = (
        torch.logsumexp(logits[: n_prompts // 2, 1:], 1) + torch.tensor(0.47 / 0.53).log()
    )
    right = torch.zeros(n_prompts, n_arms, dtype=torch.bool)
    right[:, 0] = True
    return SoftmaxTable(logits, right)


def knob(unique: int, step: float = 1.0) -> float:
    """Slope of a wrong rollout's reward in its unique searches, below and above the cap of 8."""
    from leadline.train.efficiency import step_level_reward

    low = step_level_reward({"unique_search": unique, "exploration": 4}, correct=False)
    high = step_level_reward({"unique_search": unique + int(step), "exploration": 4}, correct=False)
    return (high - low) / step


@system(
    slug="fathom-deepresearch",
    title="Fathom-DeepResearch: RAPO for multi-turn RL and step-level rewards",
    paper="2509.24107",
    idea="Prune what is solved, replay a success where all rollouts failed, scale up what still carries a signal.",
    parts=("train.objectives.fathom_rapo", "train.replay", "train.efficiency", "agents.compose"),
    claims=(
        Claim("hard", "RAPO raises p(right) on hard prompts.", "p(right), hard half", "RAPO", "GRPO"),
        Claim(
            "rollouts", "RAPO needs fewer rollouts for the same epochs.", "rollouts", "RAPO", "GRPO", "lower"
        ),
        Claim("scaling", "Pruning and scaling alone help.", "p(right), hard half", "prune + scale", "GRPO"),
        Claim(
            "replay", "Replay adds to pruning and scaling.", "p(right), hard half", "RAPO", "prune + scale"
        ),
        Claim("knob", "A unique search pays below the cap and not above.", "reward slope", "below", "above"),
    ),
    departs="Tables and SGD; solved means the answer, not the format part of the reward. The report writer "
    "(agents.compose) cites numbers of evidence instead of addresses.",
    not_verified="Labels by a judge model, the data set, a trained report writer.",
    seeds=8,
)
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    from leadline.train.bandit import train_table
    from leadline.train.objectives import build

    epochs = 60 if scale == "full" else 5
    hard: dict[str, float] = {}
    rollouts: dict[str, float] = {}
    for name, objective in ARMS.items():
        policy = problems(seed)
        # An epoch passes over the prompts that are left, so pruning saves steps as well as rollouts.
        run = train_table(policy, build(objective), n=5, lr=2 / 16, epochs=epochs, batch=16, seed=seed)
        hard[name] = float(policy.success()[len(policy.right) // 2 :].mean())
        rollouts[name] = run.rollouts
    return {
        "hard": Pair(hard["grpo"], hard["rapo"]),
        "rollouts": Pair(rollouts["grpo"], rollouts["rapo"]),
        "scaling": Pair(hard["grpo"], hard["scale"]),
        "replay": Pair(hard["scale"], hard["rapo"]),
        "knob": Pair(knob(9), knob(3)),
    }
