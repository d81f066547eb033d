"""Multi-hop and intersection questions by topology (REDSearcher, arXiv:2602.14234).

A connected sub-graph of the world becomes a constraint graph; its treewidth and its minimum source dispersion
must reach given floors; a funnel keeps what needs evidence, has one answer and does not leak it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import ceil

import numpy as np

from leadline.tasks.accept import Funnel, default_funnel
from leadline.tasks.graph import ConstraintGraph, Edge, source_dispersion, treewidth
from leadline.tasks.item import Item
from leadline.tasks.render.library import Library
from leadline.tasks.schema import BY_NAME
from leadline.tasks.verbalise import describe
from leadline.tasks.world import Fact, World


def make(
    world: World,
    library: Library,
    n: int,
    seed: int = 0,
    *,
    n_edges: int = 4,
    min_treewidth: int = 1,
    min_dispersion: int | None = None,
    funnel: Funnel | None = None,
) -> Iterator[Item]:
    """Up to `n` accepted items. `min_dispersion` defaults to half the edges, rounded up."""
    rng = np.random.default_rng([seed, 11])
    funnel = funnel or default_funnel(library)
    floor = ceil(n_edges / 2) if min_dispersion is None else min_dispersion
    candidates = _candidates(world, library, rng, n_edges, min_treewidth, floor, tries=400 * n)
    yield from islice(funnel(candidates), n)


def _candidates(
    world: World, library: Library, rng: np.random.Generator, n_edges: int, width: int, floor: int, tries: int
) -> Iterator[Item]:
    documents = {document.id: library.facts_in(document.id) for document in library.documents}
    for number in range(tries):
        facts = grow(world, n_edges, rng, close_cycle=width >= 2)
        if len(facts) < n_edges or not all(f.id in library.places for f in facts):
            continue
        graph, gold = to_graph(world, facts, rng)
        tw = treewidth(graph.pairs()).width
        if tw < width:
            continue
        around = {f.id for f in facts}
        holders = source_dispersion(around, {d: ids for d, ids in documents.items() if ids & around})
        if len(holders) < floor:
            continue
        spans = tuple(library.span(library.places[f.id][0]) for f in facts)
        yield Item(
            f"multihop-{world.seed}-{number}", "multihop", describe(graph), (gold,), "text", spans, graph,
            {"treewidth": tw, "treewidth_free": treewidth(graph.pairs(anchored=False)).width,
             "dispersion": len(holders), "master": min(around)},
        )  # fmt: skip


def grow(world: World, n_edges: int, rng: np.random.Generator, *, close_cycle: bool) -> list[Fact]:
    """A connected set of relation facts; with `close_cycle` it starts from a cycle (topology enrichment)."""
    facts = find_cycle(world, rng) if close_cycle else []
    nodes = [n for f in facts for n in (f.subject, f.object) if n >= 0]
    if not nodes:
        if close_cycle:
            return []
        nodes = [int(rng.integers(len(world.entities)))]
    stuck = 0
    while len(facts) < n_edges and stuck < 20:
        node = nodes[int(rng.integers(len(nodes)))]
        options = [(f, other) for f, other in world.neighbours(node) if f not in facts and other not in nodes]
        if not options:
            stuck += 1
            continue
        fact, other = options[int(rng.integers(len(options)))]
        facts.append(fact)
        nodes.append(other)
    return facts


def find_cycle(world: World, rng: np.random.Generator) -> list[Fact]:
    """Three facts that close a triangle: a relation between two entities that share a written value (both work
    on the same field, both were born in the same place)."""
    relations = [f for f in world.facts if f.object >= 0]
    for _ in range(300):
        link = relations[int(rng.integers(len(relations)))]
        for mine in world.by_subject.get(link.subject, []):
            if BY_NAME[mine.predicate].range not in ("text", "entity") or mine == link:
                continue
            for theirs in world.by_subject.get(link.object, []):
                if theirs.value == mine.value and theirs.predicate == mine.predicate:
                    return [link, mine, theirs]
    return []


def to_graph(world: World, facts: Sequence[Fact], rng: np.random.Generator) -> tuple[ConstraintGraph, str]:
    """Entities become variables, except one anchor that is named; the answer is the node farthest from it."""
    names = [world.entities[f.subject].name for f in facts]
    terms = list(dict.fromkeys(t for f, s in zip(facts, names, strict=True) for t in (s, f.value)))
    distance = _distances(facts, names, anchor := terms[int(rng.integers(len(terms)))])
    gold = max(
        (t for t in terms if t in set(names) or t in world.by_name), key=lambda t: (distance.get(t, 0), t)
    )
    variable = {t: f"?{i}" for i, t in enumerate(terms) if t != anchor or t == gold}
    edges = tuple(
        Edge(variable.get(s, s), f.predicate, variable.get(f.value, f.value))
        for f, s in zip(facts, names, strict=True)
    )
    return ConstraintGraph(edges, variable[gold]), gold


def _distances(facts: Sequence[Fact], names: Sequence[str], anchor: str) -> dict[str, int]:
    found, frontier = {anchor: 0}, [anchor]
    while frontier:
        node = frontier.pop(0)
        for fact, subject in zip(facts, names, strict=True):
            if node in (subject, fact.value):
                other = fact.value if node == subject else subject
                if other not in found:
                    found[other] = found[node] + 1
                    frontier.append(other)
    return found
