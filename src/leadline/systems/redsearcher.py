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
from typing import Any

import numpy as np

from leadline.bench.clue_reader import reader
from leadline.bench.protocol import Prompt
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.errors import need
from leadline.tasks.accept import default_funnel
from leadline.tasks.item import Item
from leadline.tasks.makers.multihop import make
from leadline.tasks.reader import Knowledge, read_statements
from leadline.tasks.render.text import Style, render_text
from leadline.tasks.search import LibrarySearch, library_search
from leadline.tasks.world import make_world

Relations = dict[tuple[int, int], set[tuple[int, int]]]


def k_tree(
    rng: np.random.Generator, k: int, n: int = 8, d: int = 8, density: float = 0.25
) -> tuple[Relations, tuple[int, ...]]:
    """Random k-tree on n variables with random binary relations around a planted solution, and that solution.

    Keys are (parent, child) with parent < child; values the allowed (value of parent, value of child) pairs.
    """
    solution = rng.integers(d, size=n)
    relations: Relations = {}
    cliques: list[tuple[int, ...]] = [tuple(range(k))]  # each new node is joined to all of one k-clique
    for child in range(1, n):
        parents = tuple(range(child)) if child < k else cliques[int(rng.integers(len(cliques)))]
        for parent in parents:
            allowed = {(a, b) for a, b in product(range(d), repeat=2) if rng.random() < density}
            relations[parent, child] = allowed | {(int(solution[parent]), int(solution[child]))}
        if child >= k:
            cliques += [(*(p for p in parents if p != left), child) for left in parents]
    return relations, tuple(int(value) for value in solution)


def single_thread(relations: Relations, start: int, rng: np.random.Generator, n: int = 8, d: int = 8) -> bool:
    """An agent that follows one parent per node from the entity that the question names (value `start` of variable 0).
    True if its answer satisfies every relation."""
    values = [start]
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
    drawn = [k_tree(rng, k) for _ in range(graphs)]
    hits = [single_thread(relations, solution[0], rng) for relations, solution in drawn for _ in range(runs)]
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


def follow_one_thread(item: Item, search: LibrarySearch, calls: int) -> str:
    """Answers a question by giving each unknown the first value that one of its neighbours allows, and never looks
    back: what a single line of reasoning does. "" when it runs out of calls or values."""
    assert item.graph is not None
    ends = [t for edge in item.graph.edges for t in (edge.subject, edge.object)]
    bound = {t: t for t in ends if not t.startswith("?")}
    known, queries = Knowledge(), [item.question]
    while item.graph.answer not in bound:
        edge = next((e for e in item.graph.edges if (e.subject in bound) != (e.object in bound)), None)
        if edge is None:
            return ""
        forward = edge.subject in bound
        here, there = (edge.subject, edge.object) if forward else (edge.object, edge.subject)
        for query in (*queries, bound[here]):
            if search.calls >= calls:
                return ""
            for statement in (s for text in search.texts(query, 10) for s in read_statements(text)):
                known.add(statement)
        queries = []
        values = known.follow([bound[here]], edge.predicate, inverse=not forward)
        if not values:
            return ""
        bound[there] = values[0]
    return bound[item.graph.answer]


def difficulty(seed: int, n: int, *, n_facts: int = 1300) -> tuple[float, float]:
    """Logistic coefficients of success with ten calls, over made questions of 3 to 6 edges: that of treewidth for the
    agent of one thread, and that of dispersion for the one that keeps all candidates."""
    linear: Any = need("sklearn.linear_model", "lab", "A logistic regression")
    world = make_world(n_facts, seed)
    library = render_text(world, Style(dispersion=0.6))
    funnel = default_funnel(library)
    rows, thread, joint = [], [], []
    with library_search(library.documents) as search:
        for width, edges in product((1, 2), (3, 4, 5, 6)):
            shape = {"n_edges": edges, "min_treewidth": width, "min_dispersion": 1}
            for item in make(world, library, n, seed, **shape, funnel=funnel):
                rows.append((item.metadata["treewidth"], item.metadata["dispersion"]))
                thread.append(follow_one_thread(item, search.afresh(), 10) in item.answers)
                joint.append(
                    reader(Prompt(item.id, item.question), search.afresh(), budget=10).text in item.answers
                )
    fits = [linear.LogisticRegression(C=100).fit(rows, y).coef_[0] for y in (thread, joint)]
    return float(fits[0][0]), float(fits[1][1])


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
        Claim("triangles", "Treewidth 3 is no easier than 2 for it", "consistent answers (.02 allowed above k = 2)",
              "k = 3", "k = 2 and .02", "lower"),
        Claim("dispersion", "One retrieval stops being enough when facts are dispersed", "accuracy of a one-call agent",
              "8 documents", "1 document", "lower"),
        Claim("made-width", "On made questions success of a single thread falls with treewidth",
              "logistic coefficient of treewidth", "measured", "0", "lower"),
        Claim("made-dispersion", "On made questions success with ten calls falls with source dispersion",
              "logistic coefficient of dispersion", "measured", "0", "lower"),
    ),
    departs="Random k-trees with a planted solution (specification, proofs A and B), and made questions (proof C). The "
    "two coefficients are of two agents: one that keeps all candidates does not mind treewidth.",
    not_verified="Trained agents, the multimodal extension, human checks.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    graphs, runs = (40, 20) if scale == "full" else (8, 10)
    chain, knot, triangle = (consistency(seed, k, graphs, runs) for k in (1, 2, 3))
    rng = np.random.default_rng([seed, 39])
    bag = float(np.mean([joint_bag(k_tree(rng, 2)[0]) for _ in range(8 if scale == "full" else 2)]))
    one, many = (dispersion_accuracy(seed, m, 50) for m in (1, 8))
    width, scatter = difficulty(seed, 30 if scale == "full" else 6)
    return {
        "treewidth": Pair(chain, knot),
        "bag": Pair(knot, bag),
        "triangles": Pair(knot + 0.02, triangle),
        "dispersion": Pair(one, many),
        "made-width": Pair(0.0, width),
        "made-dispersion": Pair(0.0, scatter),
    }
