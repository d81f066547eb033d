"""HierSearch: a planner over a local and a web agent, trained level by level (arXiv:2508.08088).

Idea: first teach each low-level agent its own tools, then freeze them and teach the planner when to ask whom; only
refined evidence goes up.
Method: GRPO with R = F1, or .1 x share of tools tried when wrong but well-formed; the knowledge refiner in between.
Departs: the specification's tabular pilot; total question updates are equal (the paper gives the hierarchy three
times as many). The agent itself (agents.hierarchy, `--agent hierarchy`) is prompted, not trained.
Not verified: trained models; per-test-set filter ratios.
"""

from __future__ import annotations

import numpy as np

from leadline.agents.refiner import KnowledgeRefiner, Round
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.models.embed import embedder
from leadline.train.pilots.hierarchy_pilot import train_flat, train_hierarchy

TOPICS = "harbour lights|soil chemistry|train tickets|olive harvest|violin strings|tax forms|bird migration"


def refiner_recall(seed: int, n: int) -> tuple[float, float]:
    """Share of gold evidence kept by the refiner and by a random choice of the same size (alpha = beta = .3).

    Ten lines per round, two of them gold; the next thought takes up the gold, the conclusion is wrong in 30 %.
    """
    rng = np.random.default_rng([seed, 75])
    refiner = KnowledgeRefiner(embedder("wordllama"), 0.3, 0.3)
    topics = TOPICS.split("|")
    kept = chance = 0.0
    for _ in range(n):
        topic, *others = (topics[i] for i in rng.permutation(len(topics)))
        gold = [
            f"The {topic} were measured in {rng.integers(1900, 2020)}.",
            f"A report on {topic} names {rng.integers(99)}.",
        ]
        lines = gold + [f"The {others[i % 6]} changed in {rng.integers(1900, 2020)}." for i in range(8)]
        order = [lines[i] for i in rng.permutation(10)]
        about = others[0] if rng.random() < 0.3 else topic
        one = Round("where to look", tuple(order), f"So the {topic} matter here.")
        evidence = refiner.refine("Local Chunk Corpus", [one], f"The answer concerns {about}.").evidence
        kept += len(set(gold) & set(evidence)) / 2
        chance += len(evidence) / 10
    return kept / n, chance / n


@system(
    slug="hiersearch",
    title="HierSearch: hierarchical local and web deep search",
    paper="2508.08088",
    idea="Train the hands first, then the head; pass evidence up, not opinions.",
    parts=("agents.hierarchy", "agents.refiner", "bench.metrics.tagged", "train.pilots.hierarchy_pilot"),
    claims=(
        Claim("both", "At equal updates the hierarchy answers questions that need both sources better",
              "accuracy on both-source questions", "hierarchy", "flat"),
        Claim("calls", "The same at eight tool calls a question in all", "accuracy on both-source questions",
              "hierarchy", "flat"),
        Claim("refiner", "The refiner keeps gold evidence", "recall of gold evidence", "refiner", "random choice"),
    ),
    departs="Tabular agents, equal question updates. Calls are free while they train, so a low-level agent uses all "
    "its turns, and eight calls in all rarely reach the second source. The flat agent learns better here than in the "
    "specification's prototype (.92 after 300 updates, there .33): the gap is 10 points after 90 and 2 after 900.",
    not_verified="Trained language models; alpha and beta per test set; the graph of triples.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    updates = 900 if scale == "full" else 60
    kept, chance = refiner_recall(seed, 100 if scale == "full" else 10)
    flat, hierarchy = train_flat(seed, updates), train_hierarchy(seed, updates)
    return {
        "both": Pair(flat, hierarchy.free),
        "calls": Pair(flat, hierarchy.bounded),
        "refiner": Pair(chance, kept),
    }
