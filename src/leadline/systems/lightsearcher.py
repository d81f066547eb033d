"""LightSearcher: fewer searches at equal accuracy (arXiv:2512.06653).

Idea: pay for few calls only when the answer is right, relative to the fewest calls that ever sufficed; and show the
policy lessons drawn from good and bad rollouts while it trains.
Method: R = .5 F1 + .5 exp(-.75 max(0, m - n)) if F1 >= .8, else .5 F1; malformed -1. n is updated after scoring.
Departs: the specification's softmax pilot over numbers of calls. The ungated penalty is kept as negative control.
The agent itself (agents.lessons, `--agent lessons`) is shown lessons at every run, since its weights stay as they are.
Not verified: trained models, the external writer of lessons (a rule-based one is shipped: agents.experience).
"""

from __future__ import annotations

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system
from leadline.chances import softmax
from leadline.train.efficiency import adaptive_tool_reward
from leadline.train.pilots.tabular import score_function

NEEDS, MAX_CALLS, GROUP = (1, 2, 5), 6, 12


def train(
    seed: int, how: str, updates: int, *, averse: bool, questions: int = 30
) -> tuple[float, float, float]:
    """Accuracy, mean calls, accuracy on the hardest type after training. how: f1, adaptive, ungated.

    A question needs 1, 2 or 5 calls; it is right with probability .9 when enough were made, else .05. `averse`
    starts the policy reluctant to search (logits -.5 m).
    """
    rng = np.random.default_rng([seed, 72])
    calls = np.arange(MAX_CALLS + 1)
    logits = np.tile(-0.5 * calls if averse else np.zeros(MAX_CALLS + 1), (len(NEEDS), 1))
    best = np.full(questions, MAX_CALLS + 1)
    for _ in range(updates):
        question = int(rng.integers(questions))
        kind = question % len(NEEDS)
        p = softmax(logits[kind])
        made = rng.choice(calls, size=GROUP, p=p)
        right = rng.random(GROUP) < np.where(made >= NEEDS[kind], 0.9, 0.05)
        fewest = min(best[question], made[right].min(initial=MAX_CALLS + 1))
        reward = np.array(
            [score(how, bool(r), int(m), int(fewest)) for r, m in zip(right, made, strict=True)]
        )
        best[question] = fewest
        if reward.std() > 0:
            advantage = (reward - reward.mean()) / reward.std()
            for m, a in zip(made, advantage, strict=True):
                logits[kind] += 0.3 * a * score_function(p, m) / GROUP
    shares = [softmax(row) for row in logits]
    hits = [
        float((s * np.where(calls >= need, 0.9, 0.05)).sum()) for s, need in zip(shares, NEEDS, strict=True)
    ]
    return float(np.mean(hits)), float(np.mean([(s * calls).sum() for s in shares])), hits[-1]


def score(how: str, right: bool, made: int, fewest: int) -> float:
    f1 = float(right)
    return f1 if how == "f1" else adaptive_tool_reward(f1, made, fewest, gated=how == "adaptive")


@system(
    slug="lightsearcher",
    title="LightSearcher: efficient deep search through experiential memory",
    paper="2512.06653",
    idea="Efficiency is rewarded only on top of correctness; lessons from contrast guide training.",
    parts=("train.efficiency", "agents.experience", "agents.lessons"),
    claims=(
        Claim("calls", "Fewer calls than the plain F1 reward", "mean calls", "adaptive", "F1 only", "lower"),
        Claim("accuracy", "At no loss of accuracy", "loss of accuracy (.02 allowed)", "adaptive", "allowance", "lower"),
        Claim("gate", "Without the gate the hard questions are given up", "accuracy on 5-call questions", "adaptive",
              "ungated"),
    ),
    departs="Softmax over numbers of calls; n is updated after scoring the group.",
    not_verified="Trained search agents and wall-clock savings.",
    seeds=10,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    updates = 4000 if scale == "full" else 400
    plain, many, _ = train(seed, "f1", updates, averse=False)
    gated, fewer, _ = train(seed, "adaptive", updates, averse=False)
    hard = {how: train(seed, how, updates, averse=True)[2] for how in ("adaptive", "ungated")}
    return {
        "calls": Pair(many, fewer),
        "accuracy": Pair(0.02, plain - gated),
        "gate": Pair(hard["ungated"], hard["adaptive"]),
    }
