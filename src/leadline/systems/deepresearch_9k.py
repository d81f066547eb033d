"""DeepResearch-9K: questions of three graded levels (arXiv:2603.01152); the data part.

Idea: difficulty is constructed: 1 hop named, 2 hops unnamed, 5 hops relayed over separate sources and blurred.
Method: chains over a world; level 3 forbids that one document covers two consecutive facts.
Departs: chains come from a seeded world instead of obfuscated public questions. The rule reward is scored on the
response only; the released one also reads the prompt's example answer (train.rewards offers both).
Not verified: the 9,000 rows (a 1-byte placeholder in the repository), the teacher's accuracies.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system
from leadline.tasks.item import Item
from leadline.tasks.makers.levels import make
from leadline.tasks.reader import Knowledge
from leadline.tasks.render.text import Style, render_text
from leadline.tasks.world import make_world


def follow(item: Item, knowledge: Knowledge, rng: np.random.Generator, p: float) -> bool:
    """A scripted agent: one look-up per hop, each succeeding with probability p. True if it ends at the gold."""
    assert item.graph is not None
    node = item.graph.edges[0].subject
    for edge in item.graph.edges:
        found = knowledge.follow([node], edge.predicate)
        if rng.random() >= p or not found:
            return False
        node = found[0]
    return node in item.answers


def single_page(item: Item) -> bool:
    """Whether one evidence document covers two consecutive facts: a shortcut that level 3 must not have."""
    documents = [span.document for span in item.evidence]
    return any(a == b for a, b in pairwise(documents))


def accuracies(seed: int, n: int, p: float) -> tuple[dict[int, float], float]:
    """Accuracy per level, and the share of level-3 items with a single-page shortcut."""
    world = make_world(1500, seed)
    library = render_text(world, Style(dispersion=0.4))
    knowledge = Knowledge.of(document.text for document in library.documents)
    rng = np.random.default_rng([seed, 36])
    by_level: dict[int, list[Item]] = {1: [], 2: [], 3: []}
    for item in make(world, library, 3 * n, seed):
        by_level[item.metadata["level"]].append(item)
    right = {
        level: float(np.mean([follow(item, knowledge, rng, p) for item in items]))
        for level, items in by_level.items()
    }
    return right, float(np.mean([single_page(item) for item in by_level[3]]))


@system(
    slug="deepresearch-9k",
    title="DeepResearch-9K: graded multi-hop questions (and DeepResearch-R1)",
    paper="2603.01152",
    idea="Three constructed levels: hops, hidden names, separated sources.",
    parts=("tasks.makers.levels", "tasks.verbalise", "bench.metrics.answers"),
    claims=(
        Claim("l1-l2", "Level 2 is harder than level 1 for the same agent", "accuracy", "L1", "L2"),
        Claim("l2-l3", "Level 3 is harder than level 2 for the same agent", "accuracy", "L2", "L3"),
        Claim("hops", "Accuracy is the per-hop success to the power of the hops", "|accuracy - p^5| on L3 (.1 allowed)",
              "measured", "allowance", "lower"),
    ),
    departs="World chains and a scripted agent with per-hop success .8.",
    not_verified="Official rows and teacher verdicts; RL results of DeepResearch-R1.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    p = 0.8
    right, shortcuts = accuracies(seed, 150 if scale == "full" else 40, p)
    assert shortcuts == 0, "a level-3 chain has two consecutive facts in one document"
    return {
        "l1-l2": Pair(baseline=right[2], method=right[1]),
        "l2-l3": Pair(baseline=right[3], method=right[2]),
        "hops": Pair(baseline=0.1, method=abs(right[3] - p**5)),
    }
