"""REDSearcher: hard search questions by treewidth and source dispersion (arXiv:2602.14234); the task part.

Idea: what makes a question hard is how many unknowns must be held at once (treewidth) and over how many documents
the facts are scattered (minimum source dispersion).
Method: constraint graphs over a world, floors for both numbers, a funnel of cheap to costly verifiers.
Departs: rule readers and planted relations instead of language models; the skeleton's treewidth is also given
without the named nodes.
Not verified: the trained agents, mid-training, the human pass rate of the data.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system

Relations = dict[tuple[int, int], set[tuple[int, int]]]


def k_tree(rng: np.random.Generator, k: int, n: int = 8, d: int = 8, density: float = 0.25) -> Relations:
    """Random k-tree on n variables with random binary relations around a planted solution.

    Keys are (parent, child) with parent < child; values the allowed (value of parent, value of child) pairs.
    """
    solution = rng.integers(d, size=n)
    relations: Relations = {}
    for child in range(1, n):
        parents = rng.choice(child, size=min(k, child), replace=False)
        for parent in sorted(int(p) for p in parents):
            allowed = {(a, b) for a, b in product(range(d), repeat=2) if rng.random() < density}
            relations[parent, child] = allowed | {(int(solution[parent]), int(solution[child]))}
    return relations


def single_thread(relations: Relations, rng: np.random.Generator, n: int = 8, d: int = 8) -> bool:
    """An agent that follows one parent per node. True if its answer satisfies every relation."""
    values = [int(rng.integers(d))]
    for child in range(1, n):
        parent = min(p for p, c in relations if c == child)
        options = sorted(b for a, b in relations[parent, child] if a == values[parent])
        values.append(options[int(rng.integers(len(options)))] if options else int(rng.integers(d)))
    return all((values[p], values[c]) in allowed for (p, c), allowed in relations.items())


def joint_bag(relations: Relations, n: int = 8, d: int = 8) -> bool:
    """An agent that keeps every consistent joint binding (a full bag): always consistent when a solution exists."""
    bindings: list[tuple[int, ...]] = [(v,) for v in range(d)]
    for child in range(1, n):
        mine = [(p, allowed) for (p, c), allowed in relations.items() if c == child]
        bindings = [
            (*b, v) for b in bindings for v in range(d) if all((b[p], v) in allowed for p, allowed in mine)
        ]
        bindings = bindings[:20_000]
    return bool(bindings)


def consistency(seed: int, k: int, graphs: int, runs: int) -> float:
    """Share of globally consistent answers of the single-thread agent."""
    rng = np.random.default_rng([seed, 37, k])
    hits = [single_thread(t, rng) for t in (k_tree(rng, k) for _ in range(graphs)) for _ in range(runs)]
    return float(np.mean(hits))


def dispersion_accuracy(seed: int, m: int, trials: int, facts: int = 8, calls: int = 1) -> float:
    """Share of questions answered with `calls` retrievals when `facts` facts lie in m documents."""
    rng = np.random.default_rng([seed, 38, m])
    solved = 0
    for _ in range(trials):
        home = np.arange(facts) % m
        opened = set(rng.choice(m, size=min(calls, m), replace=False).tolist())
        solved += all(int(document) in opened for document in home)
    return solved / trials


@system(
    slug="redsearcher",
    title="REDSearcher: task synthesis by treewidth and source dispersion",
    paper="2602.14234",
    idea="Hard questions are graphs: control how many unknowns interlock and how far the facts are scattered.",
    parts=("tasks.graph", "tasks.makers.multihop", "tasks.accept"),
    claims=(
        Claim("treewidth", "A single-thread agent fails when treewidth is 2", "consistent answers", "k = 2", "k = 1",
              "lower"),
        Claim("bag", "Keeping a joint bag restores consistency", "consistent answers at k = 2", "joint bag",
              "single thread"),
        Claim("dispersion", "One retrieval stops being enough when facts are dispersed", "accuracy of a one-call agent",
              "8 documents", "1 document", "lower"),
    ),
    departs="Random k-trees with a planted solution (specification, proofs A and B).",
    not_verified="Trained agents, the multimodal extension, human checks.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    graphs, runs = (40, 20) if scale == "full" else (8, 10)
    chain, knot = (consistency(seed, k, graphs, runs) for k in (1, 2))
    rng = np.random.default_rng([seed, 39])
    bag = float(np.mean([joint_bag(k_tree(rng, 2)) for _ in range(8 if scale == "full" else 2)]))
    one, many = (dispersion_accuracy(seed, m, 50) for m in (1, 8))
    return {"treewidth": Pair(chain, knot), "bag": Pair(knot, bag), "dispersion": Pair(one, many)}
