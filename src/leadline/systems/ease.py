"""EASE: efficient ordering-aware automated selection of exemplars (arXiv:2405.16122).

Idea: one ordered list of exemplars for a whole task, found by a neural bandit that sees the order.
Method: NeuralUCB over embeddings of ordered lists, candidates filtered by optimal transport to the validation set.
Assumes: a black box that scores a list; a clean validation set of 20.
Departs: the black box is a simulated in-context learner (70 % wrong labels in the pool), the network is 64-64 and
trained for 80 steps, 4 x 120 candidates -> 25 kept, budget 100: the specification's laptop size.
Not verified: the paper's tasks with gpt-3.5; joint instruction choice beyond its test.
"""

from __future__ import annotations

from leadline.bench.system import Claim, Pair, Scale, system
from leadline.explore.exemplars import Arm, EaseConfig, best_of_n, ease, evolve, nearest
from leadline.explore.in_context_toy import InContextLearner

LAPTOP = EaseConfig(budget=100, initial=30, samples=120, keep=25, batches=4, hidden=(64, 64), steps=80)
SMOKE = EaseConfig(budget=24, initial=20, samples=30, keep=10, batches=2, hidden=(16,), steps=20)
K = 5


def _claim(
    id: str, text: str, baseline: str, metric: str = "validation accuracy", method: str = "EASE"
) -> Claim:
    return Claim(id, text, metric, method, baseline)


@system(
    slug="ease",
    title="EASE: efficient ordering-aware automated selection of exemplars",
    paper="2405.16122",
    idea="A neural bandit over ordered exemplar lists, with an optimal-transport filter.",
    parts=("explore.exemplars", "explore.neural_ucb", "explore.in_context_toy"),
    claims=(
        _claim("random", "EASE beats random lists at equal evaluations", "best of N"),
        _claim("nearest", "EASE beats the exemplars nearest to the validation set", "nearest embeddings"),
        _claim("filter", "The transport filter helps at 70 % noise", "EASE without it"),
        _claim("order", "Seeing the order helps", "bag of exemplars"),
        _claim("evolution", "EASE beats evolution on a copy of the best list (the specification: it does not)",
               "evolution"),
        _claim("test", "EASE beats random lists on held-out items", "best of N", "test accuracy"),
    ),
    departs="A simulated learner; evolution changes a copy of its best list (the released one walks at random).",
    not_verified="Language models as black boxes; exact values of the paper's tables.",
    seeds=8,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    config = LAPTOP if scale == "full" else SMOKE
    learner = InContextLearner(seed)
    pool, score = len(learner.x), learner.score
    ours = ease(score, learner.embed, pool, K, config, seed, cost=learner.cost)
    chance = best_of_n(score, pool, K, config.budget, seed)
    close = Arm(nearest(learner.rows, learner.validation_rows, K))
    others = {
        "random": chance.value,
        "nearest": score(close),
        "filter": ease(score, learner.embed, pool, K, config, seed).value,
        "order": ease(score, learner.embed_bag, pool, K, config, seed, cost=learner.cost).value,
        "evolution": evolve(score, pool, K, config.budget, config.initial, seed).value,
    }
    pairs = {id: Pair(value, ours.value) for id, value in others.items()}
    return {**pairs, "test": Pair(learner.test(chance.best), learner.test(ours.best))}
