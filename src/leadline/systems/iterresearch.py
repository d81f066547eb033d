"""IterResearch: a workspace rebuilt each round, and efficiency-aware policy optimisation (arXiv:2511.07327).

Idea: keep a report instead of a history, and pay earlier rounds of a success less, so that short successes win.
Method: state = (question, report, last action and result); r_t = gamma^(T-t) R; all rounds of all rollouts of a
question are one group; advantages standardised over it.
Departs: the experiment is the specification's tabular pilot (facts found x {useful search, redundant search,
answer}); gamma .95 and .995 are both run. Sequence-level ratios are exact here (on-policy), so no clipping acts.
Not verified: trained 30B agents, interaction scaling to 2,048 rounds, the clip range.
"""

from __future__ import annotations

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system
from leadline.chances import softmax
from leadline.train.efficiency import geometric_round_rewards
from leadline.train.tabular import score_function

NEED, MAX_ROUNDS, GROUP, QUESTIONS = 4, 16, 16, 4


def episode(logits: np.ndarray, rng: np.random.Generator) -> tuple[list[tuple[int, int]], float]:
    """One rollout of the softmax policy; returns [(facts found, action)] and the outcome. Actions: 0 useful search
    (finds a fact with probability .8), 1 redundant search, 2 answer."""
    found, path = 0, []
    for _ in range(MAX_ROUNDS):
        action = int(rng.choice(3, p=softmax(logits[found])))
        path.append((found, action))
        if action == 2:
            return path, float(found == NEED or rng.random() < 0.05)
        if action == 0 and rng.random() < 0.8:
            found = min(NEED, found + 1)
    return path, 0.0


def train(seed: int, gamma: float, updates: int, lr: float = 0.5) -> tuple[float, float]:
    """Train from uniform logits; returns accuracy and mean rounds over 400 evaluation episodes.

    gamma 1 is the baseline: every round of a success earns the same.
    """
    rng = np.random.default_rng([seed, 71])
    logits = np.zeros((NEED + 1, 3))
    for _ in range(updates):
        gradient = np.zeros_like(logits)
        for _ in range(QUESTIONS):
            group = [episode(logits, rng) for _ in range(GROUP)]
            rewards = [geometric_round_rewards(won, len(path), gamma) for path, won in group]
            pooled = np.concatenate(rewards)
            spread = pooled.std()
            if spread == 0:
                continue
            for (path, _), earned in zip(group, rewards, strict=True):
                for (found, action), reward in zip(path, earned, strict=True):
                    step = score_function(softmax(logits[found]), action)
                    gradient[found] += (reward - pooled.mean()) / spread * step / len(pooled)
        logits += lr * gradient / QUESTIONS * 4
    runs = [episode(logits, rng) for _ in range(400)]
    return float(np.mean([won for _, won in runs])), float(np.mean([len(path) for path, _ in runs]))


@system(
    slug="iterresearch",
    title="IterResearch: Markovian state reconstruction and EAPO",
    paper="2511.07327",
    idea="Rebuild the workspace each round; discount a success backwards so that fewer rounds win.",
    parts=("agents.contexts.workspace", "train.efficiency", "train.objectives.eapo"),
    claims=(
        Claim("rounds", "EAPO needs fewer rounds than the plain outcome reward", "mean rounds", "gamma .95", "gamma 1",
              "lower"),
        Claim("accuracy", "Accuracy stays within two points", "loss of accuracy (.02 allowed)", "gamma .95",
              "allowance", "lower"),
    ),
    departs="Tabular policy (the specification's experiment A); the workspace itself is a context with property tests.",
    not_verified="Language-model training; the two published scaling curves disagree and neither is asserted.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    updates = 80 if scale == "full" else 15
    plain, rounds = train(seed, 1.0, updates)
    discounted, fewer = train(seed, 0.95, updates)
    return {"rounds": Pair(rounds, fewer), "accuracy": Pair(0.02, plain - discounted)}
