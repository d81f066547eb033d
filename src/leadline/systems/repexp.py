"""RepExp: representation-based exploration, from test time to post-training (arXiv:2510.11686).

Idea: prefer answers whose hidden representation is far from what was seen; at test time as a choice of candidates, in
training as a bonus.
Method: explore.coreset picks by elliptical novelty; train.objectives.repexp adds beta * leverage to the reward.
Experiment: (a) 256 candidates in 64 dimensions, 40 Zipf clusters, right answers a rare cluster of at most 4: samples
until the first right one, against random order; control with the largest cluster right. (b) RL: 32 prompts x 32 arms
in 8 clusters of features, a rare right arm; G = 8; bonus .1 with mean-only advantages against beta = 0 and against a
bonus permuted within the group.
Departs: features are fixed vectors per arm; scale-free ridge.
Not verified: language models; the token-level variant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system


def candidates(rng: np.random.Generator, *, rare: bool, noise: float = 0.3, n: int = 256) -> tuple[Any, Any]:
    """Features [n, 64] in 40 clusters of Zipf(1.2) sizes, and which are right: one rare or the largest cluster."""
    share = np.arange(1, 41) ** -1.2
    cluster = rng.choice(40, size=n, p=share / share.sum())
    centres = rng.standard_normal((40, 64))
    counts = np.bincount(cluster, minlength=40)
    few = np.flatnonzero((counts > 0) & (counts <= 4))
    right = int(rng.choice(few)) if rare else int(counts.argmax())
    return centres[cluster] + noise * rng.standard_normal((n, 64)), cluster == right


def samples_needed(rng: np.random.Generator, *, rare: bool, draws: int) -> Pair:
    """Mean place of the first right candidate: random order, elliptical order."""
    from leadline.explore.coreset import elliptical_select, samples_to_correct

    places = []
    for _ in range(draws):
        features, right = candidates(rng, rare=rare)
        order = elliptical_select(features, len(features), rng=rng).order
        places.append(
            (samples_to_correct(rng.permutation(len(right)), right), samples_to_correct(order, right))
        )
    mean = np.mean(places, axis=0)
    return Pair(float(mean[0]), float(mean[1]))


def trained(seed: int, beta: float, steps: int, *, permute: bool = False) -> float:
    """pass@16 of a table after GRPO with the bonus on features of the sampled arm."""
    from dataclasses import replace

    import torch

    from leadline.train.bandit import train_table
    from leadline.train.hooks import Hooks, State, compose
    from leadline.train.objectives import get
    from leadline.train.objectives.repexp import group_bonus
    from leadline.train.policies.table import SoftmaxTable, pass_at
    from leadline.train.rows import Rows

    rng = torch.Generator().manual_seed(seed)
    logits = torch.randn(32, 32, generator=rng, dtype=torch.float64)
    logits[:, :2] = torch.stack([logits[:, 2:].logsumexp(1) - 4.5, logits[:, 2:].logsumexp(1) - 1.0], 1)
    right = torch.zeros(32, 32, dtype=torch.bool)
    right[:, 0], right[:16, 1] = True, True
    features = torch.randn(8, 16, generator=rng, dtype=torch.float64)[torch.arange(32) % 8]
    features = features + 0.3 * torch.randn(32, 16, generator=rng, dtype=torch.float64)
    shuffle = torch.Generator().manual_seed(seed + 5)

    def bonus(rows: Rows, state: State) -> torch.Tensor:
        found = group_bonus(features[rows.ids[:, 0]], rows.group_id, rows.correct, beta=beta)
        return found.view(32, 8)[:, torch.randperm(8, generator=shuffle)].flatten() if permute else found

    base = get("grpo", advantage="mean")
    hooks = compose(base, Hooks("repexp", group_bonus=(bonus,))) if beta else replace(base)
    policy = SoftmaxTable(logits, right)
    train_table(policy, hooks, n=8, lr=2.0, steps=steps, seed=seed)
    return pass_at(policy.success(), 16)


@system(
    slug="repexp",
    title="RepExp: representation-based exploration for language models",
    paper="2510.11686",
    idea="Elliptical novelty of hidden states picks diverse candidates at test time and rewards them in training.",
    parts=("explore.coreset", "train.objectives.repexp", "train.bandit"),
    claims=(
        Claim(
            "coreset",
            "Fewer samples to the first rare right answer.",
            "samples",
            "elliptical",
            "random",
            "lower",
        ),
        Claim(
            "control",
            "The same where the right answer is the most common.",
            "samples",
            "elliptical",
            "random",
            "lower",
        ),
        Claim("rl", "The bonus raises pass@16.", "pass@16 after RL", "RepExp", "GRPO"),
        Claim(
            "rl-content", "It is the novelty, not the noise.", "pass@16 after RL", "RepExp", "permuted bonus"
        ),
    ),
    departs="Fixed feature vectors in place of hidden states; scale-free ridge.",
    not_verified="Language models; verifier efficiency on mathematics.",
    seeds=10,
)
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    full = scale == "full"
    rng = np.random.default_rng(seed)
    steps = 100 if full else 4
    reached = trained(seed, 0.1, steps)
    return {
        "coreset": samples_needed(rng, rare=True, draws=10 if full else 2),
        "control": samples_needed(rng, rare=False, draws=10 if full else 2),
        "rl": Pair(trained(seed, 0.0, steps), reached),
        "rl-content": Pair(trained(seed, 0.1, steps, permute=True), reached),
    }
