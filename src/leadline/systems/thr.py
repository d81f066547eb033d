"""THR: token hidden reward steers between exploitation and exploration (arXiv:2510.03669).

Idea: a token's influence on the group's correct answers is computable; weigh tokens by its sign, p > 0 to exploit,
p < 0 to explore.
Method: train.objectives.thr, a token weight on GRPO's advantages from hidden states and softmax of the scoring forward.
Experiment: log-linear policy with shared output weights, 12 prompts, 5 symbols, 4 positions, 18 right strings per
prompt; G = 8, 120 steps; exact pass@1 and pass@64. Every arm is repeated with the weights rescaled to mean 1.
Departs: no threshold tau in the p arms (the tau arm is its own claim); plain SGD.
Not verified: language models, the paper's tau and beta.
"""

from __future__ import annotations

from collections.abc import Mapping

from leadline.bench.system import Claim, Pair, Scale, system

ARMS = {
    "grpo": "grpo",
    "exploit": "grpo+thr:p=.3,tau=none",
    "explore": "grpo+thr:p=-.3,tau=none",
    "exploit-scaled": "grpo+thr:p=.3,tau=none,keep_sum=true",
    "explore-scaled": "grpo+thr:p=-.3,tau=none,keep_sum=true",
    "tau": "grpo+thr:p=0,tau=nthr",
}


@system(
    slug="thr",
    title="Token Hidden Reward: steering exploration and exploitation in GRPO",
    paper="2510.03669",
    idea="Weigh tokens by how their gradient moves the group's correct answers; the sign leans either way.",
    parts=("train.objectives.thr", "train.policies.log_linear", "train.bandit"),
    claims=(
        Claim("exploit", "p > 0 raises pass@1.", "pass@1", "THR p=+.3", "GRPO"),
        Claim("explore", "p < 0 raises pass@64.", "pass@64", "THR p=-.3", "GRPO"),
        Claim("explore-cost", "p < 0 lowers pass@1.", "pass@1", "THR p=-.3", "GRPO", "lower"),
        Claim(
            "exploit-scaled", "p > 0 raises pass@1 at equal step size.", "pass@1", "p=+.3 rescaled", "GRPO"
        ),
        Claim(
            "explore-scaled", "p < 0 raises pass@64 at equal step size.", "pass@64", "p=-.3 rescaled", "GRPO"
        ),
        Claim("tau", "Keeping dominant tokens only keeps pass@1.", "pass@1", "THR p=0 with tau", "GRPO"),
    ),
    departs="A log-linear policy, where THR's assumption (only the output layer learns) is exact.",
    not_verified="Language models; tau and beta of the paper.",
    seeds=12,
)
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    from leadline.train.bandit import train_table
    from leadline.train.objectives import build
    from leadline.train.policies.log_linear import random_log_linear
    from leadline.train.policies.table import pass_at

    one: dict[str, float] = {}
    many: dict[str, float] = {}
    for name, objective in ARMS.items():
        policy = random_log_linear(seed)
        steps = 120 if scale == "full" else 4
        train_table(policy, build(objective), n=8, lr=1.5, steps=steps, seed=seed)
        one[name], many[name] = pass_at(policy.success(), 1), pass_at(policy.success(), 64)
    return {
        "exploit": Pair(one["grpo"], one["exploit"]),
        "explore": Pair(many["grpo"], many["explore"]),
        "explore-cost": Pair(one["grpo"], one["explore"]),
        "exploit-scaled": Pair(one["grpo"], one["exploit-scaled"]),
        "explore-scaled": Pair(many["grpo"], many["explore-scaled"]),
        "tau": Pair(one["grpo"], one["tau"]),
    }
