"""EASE: efficient ordering-aware automated selection of exemplars (arXiv:2405.16122).

Idea: one ordered list of exemplars for a whole task, found by a neural bandit that sees the order.
Method: NeuralUCB over embeddings of ordered lists, candidates filtered by optimal transport to the validation set.
Assumes: a black box that scores a list; a clean validation set of 20.
Departs: the black box is a simulated in-context learner (70 % wrong labels in the pool), the network is 64-64 and
trained for 80 steps, 4 x 120 candidates -> 25 kept, budget 100: the specification's laptop size.
Eight instructions say nothing to much of the truth. Subset selectors draw 20,000 subsets.
Not verified: the paper's tasks with gpt-3.5.
"""

from __future__ import annotations

import msgspec

from leadline.bench.system import Claim, Pair, Scale, system
from leadline.explore.exemplar_baselines import (
    Criterion,
    best_of_n,
    best_subset,
    by_influence,
    determinantal,
    evolve,
    mean_discrepancy,
    nearest,
    retrieve_then_sample,
)
from leadline.explore.exemplars import Arm, EaseConfig, cosine_cost, ease, transport_cost
from leadline.explore.in_context_toy import InContextLearner

LAPTOP = EaseConfig(budget=100, initial=30, samples=120, keep=25, batches=4, hidden=(64, 64), steps=80)
SMOKE = EaseConfig(budget=24, initial=20, samples=30, keep=10, batches=2, hidden=(16,), steps=20)
K = 5
INSTRUCTIONS = 8


def _claim(
    id: str, text: str, baseline: str, metric: str = "validation accuracy", method: str = "EASE"
) -> Claim:
    return Claim(id, text, metric, method, baseline)


@system(
    slug="ease",
    title="EASE: efficient ordering-aware automated selection of exemplars",
    paper="2405.16122",
    idea="A neural bandit over ordered exemplar lists, with an optimal-transport filter.",
    parts=("explore.exemplars", "explore.exemplar_baselines", "explore.neural_ucb", "explore.in_context_toy"),
    claims=(
        _claim("random", "EASE beats random lists at equal evaluations", "best of N"),
        _claim("nearest", "EASE beats the exemplars nearest to the validation set", "nearest embeddings"),
        _claim("retrieval", "... and random lists of the ten nearest, at equal evaluations", "retrieve, then sample"),
        _claim("mmd", "... and the subset with the closest mean", "MMD"),
        _claim("dpp", "... and the close and diverse subset", "DPP"),
        _claim("transport", "... and the subset of least transport cost, in one order", "OT"),
        _claim("influence", "... and the exemplars of highest influence, at equal evaluations", "influence"),
        _claim("filter", "The transport filter helps at 70 % noise", "EASE without it"),
        _claim("order", "Seeing the order helps", "bag of exemplars"),
        _claim("thompson", "The upper bound beats Thompson draws (nothing is specified)", "EASE, Thompson"),
        _claim("joint", "Choosing the instruction as well beats a random one at equal evaluations",
               "EASE, random instruction", method="EASE, lists and instructions"),
        _claim("evolution", "EASE beats evolution on a copy of the best list (the specification: it does not)",
               "evolution"),
        _claim("test", "EASE beats random lists on held-out items", "best of N", "test accuracy"),
    ),
    departs="A simulated learner; evolution changes a copy of its best list (the released one walks at random).",
    not_verified="Language models as black boxes; exact values of the paper's tables.",
    seeds=30,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    config = LAPTOP if scale == "full" else SMOKE
    learner = InContextLearner(seed)
    pool, score, rows, aim = len(learner.x), learner.score, learner.rows, learner.validation_rows
    ours = ease(score, learner.embed, pool, K, config, seed, cost=learner.cost)
    drawn = msgspec.structs.replace(config, style="thompson")
    chance = best_of_n(score, pool, K, config.budget, seed)
    others = {
        "random": chance,
        "retrieval": retrieve_then_sample(score, rows, aim, K, config.budget, seed),
        "influence": by_influence(score, pool, K, config.budget, seed),
        "filter": ease(score, learner.embed, pool, K, config, seed),
        "order": ease(score, learner.embed_bag, pool, K, config, seed, cost=learner.cost),
        "thompson": ease(score, learner.embed, pool, K, drawn, seed, cost=learner.cost),
        "evolution": evolve(score, pool, K, config.budget, config.initial, seed),
    }
    draws = 20_000 if scale == "full" else 100
    criteria: dict[str, Criterion] = {
        "mmd": mean_discrepancy(aim),
        "dpp": determinantal(aim),
        "transport": lambda chosen: transport_cost(cosine_cost(chosen, aim)),
    }
    others |= {id: best_subset(score, rows, K, by, draws, seed) for id, by in criteria.items()}
    pairs = {id: Pair(found.value, ours.value) for id, found in others.items()}
    close = Arm(nearest(rows, aim, K))
    return {
        **pairs,
        "nearest": Pair(score(close), ours.value),
        "joint": joint(seed, config),
        "test": Pair(learner.test(chance.best), learner.test(ours.best)),
    }


def joint(seed: int, config: EaseConfig) -> Pair:
    """EASE under a random instruction, and over lists and instructions together."""
    learner = InContextLearner(seed, instructions=INSTRUCTIONS)
    pool = len(learner.x)
    fixed = ease(learner.score, learner.embed, pool, K, config, seed, cost=learner.cost)
    both = ease(
        learner.score, learner.embed, pool, K, config, seed, cost=learner.cost, instructions=INSTRUCTIONS
    )
    return Pair(fixed.value, both.value)
