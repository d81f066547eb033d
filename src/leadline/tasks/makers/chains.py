"""Questions from the longest chains around rare entities, with masked hints (MedResearcher-R1, arXiv:2508.14880).

KISA: an entity is rare when its share of the corpus' tokens is below a threshold; the longest chain of the
sub-graph sampled around it becomes the question. MTG: the hint keeps the relations and masks the entities; it is
stored apart from the question, and must never reach training prompts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

import numpy as np

from leadline.tasks.accept import Funnel, default_funnel
from leadline.tasks.graph import ConstraintGraph, Edge
from leadline.tasks.item import Item
from leadline.tasks.render.library import Library
from leadline.tasks.verbalise import describe
from leadline.tasks.walks import longest_chain, sampler, walk_graph
from leadline.tasks.world import Fact, World

RARE = 1e-6
"""The paper's bound, a share of tokens, for corpora of millions; the default of `make` suits small worlds."""


def make(
    world: World,
    library: Library,
    n: int,
    seed: int = 0,
    *,
    size: int = 8,
    min_hops: int = 3,
    how: str = "max-chain",
    max_share: float | None = None,
    funnel: Funnel | None = None,
) -> Iterator[Item]:
    """Up to `n` items of at least `min_hops` hops. `max_share` is the rarity bound (None: the rarer half)."""
    rng = np.random.default_rng([seed, 13])
    funnel = funnel or default_funnel(library)
    candidates = _candidates(world, library, rng, size, min_hops, how, max_share, tries=200 * n)
    yield from islice(funnel(candidates), n)


def _candidates(
    world: World,
    library: Library,
    rng: np.random.Generator,
    size: int,
    min_hops: int,
    how: str,
    max_share: float | None,
    tries: int,
) -> Iterator[Item]:
    graph, shares = walk_graph(world), token_shares(library, world)
    bound = float(np.median(list(shares.values()))) if max_share is None else max_share
    for number in range(tries):
        nodes = sampler(how)(graph, size, rng)
        inside = {a: [b for b in graph[a] if b in set(nodes)] for a in nodes}
        path = max((longest_chain(inside, a, size) for a in nodes), key=len)
        path = path[: int(rng.integers(min_hops + 1, max(min_hops + 2, len(path) + 1)))]
        if len(path) <= min_hops or shares[path[-1]] > bound:
            continue
        item = to_item(world, library, path, f"chains-{world.seed}-{number}")
        if item is not None:
            yield item


def token_shares(library: Library, world: World) -> dict[int, float]:
    """Entity id -> occurrences of its name divided by the number of tokens of the library.

    3 in 5,000,000 tokens is 6e-7 (rare below the paper's 1e-6), 6 is 1.2e-6 (not rare).
    """
    counts: Counter[str] = Counter()
    tokens = 0
    pattern = re.compile(r"[A-Z]\w+(?: [A-Z]\w+)*")
    for document in library.documents:
        counts.update(pattern.findall(document.text))
        tokens += document.text.count(" ") + 1
    return {e.id: counts[e.name] / tokens for e in world.entities}


def masked_hint(relations: Sequence[str]) -> list[str]:
    """MTG: one "[MASK] relation [MASK]" per hop.

    >>> masked_hint(["r1", "r2"])
    ['[MASK] r1 [MASK]', '[MASK] r2 [MASK]']
    """
    return [f"[MASK] {relation} [MASK]" for relation in relations]


def path_facts(world: World, path: Sequence[int]) -> list[tuple[Fact, bool]]:
    """For each step of a node path a fact that links its ends, and whether it is read forwards."""
    steps = []
    for a, b in pairwise(path):
        fact = next(f for f, other in world.neighbours(a) if other == b)
        steps.append((fact, fact.subject == a))
    return steps


def to_item(world: World, library: Library, path: Sequence[int], identity: str) -> Item | None:
    """A question that names the first entity of the path and asks for the last; None if a fact is unwritten."""
    steps = path_facts(world, path)
    if not all(fact.id in library.places for fact, _ in steps):
        return None
    terms = [world.entities[path[0]].name, *(f"?{i}" for i in range(len(steps)))]
    edges = tuple(
        Edge(terms[i], f.predicate, terms[i + 1]) if forward else Edge(terms[i + 1], f.predicate, terms[i])
        for i, (f, forward) in enumerate(steps)
    )
    graph = ConstraintGraph(edges, terms[-1])
    spans = tuple(library.span(library.places[fact.id][0]) for fact, _ in steps)
    hint = masked_hint([fact.predicate for fact, _ in steps])
    return Item(identity, "chains", describe(graph), (world.entities[path[-1]].name,), "text", spans, graph,
                {"hops": len(steps), "hint": hint})  # fmt: skip
