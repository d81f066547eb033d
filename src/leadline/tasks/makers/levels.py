"""Chains of three levels of difficulty (DeepResearch-9K, arXiv:2603.01152).

L1: one hop, the subject named. L2: two hops, the bridge never named. L3: a relay of five hops in which no document
covers two consecutive facts, and values are blurred instead of named. Levels are constructive: the number of
searches that the intended solution needs is 1, 2 and 5.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from leadline.tasks.accept import no_leak
from leadline.tasks.graph import ConstraintGraph, Edge
from leadline.tasks.item import Item
from leadline.tasks.render.library import Library
from leadline.tasks.verbalise import describe, describe_chain
from leadline.tasks.world import Fact, World

HOPS = {1: 1, 2: 2, 3: 5}


def make(world: World, library: Library, n: int, seed: int = 0) -> Iterator[Item]:
    """`n` items, the levels in turn."""
    rng = np.random.default_rng([seed, 12])
    made = 0
    for number in range(200 * n):
        if made >= n:
            return
        level = made % 3 + 1
        chain = sample_chain(world, library, HOPS[level], rng, separate=level == 3)
        if chain is None:
            continue
        item = to_item(world, library, chain, level, f"levels-{world.seed}-{number}")
        if not no_leak(item):
            made += 1
            yield item


def sample_chain(
    world: World, library: Library, hops: int, rng: np.random.Generator, *, separate: bool
) -> list[Fact] | None:
    """Functional facts f1..fh where the object of each is the subject of the next, ending in any value; with
    `separate`, consecutive facts never share a document."""
    node = int(rng.integers(len(world.entities)))
    chain: list[Fact] = []
    seen = {node}
    for hop in range(hops):
        last = hop == hops - 1
        options = [
            f
            for f in world.by_subject.get(node, [])
            if len(world.get(node, f.predicate)) == 1 and f.id in library.places
            and (f.object not in seen if f.object >= 0 else last)
        ]  # fmt: skip
        if separate and chain:
            before = {p.document for p in library.places[chain[-1].id]}
            options = [f for f in options if not before & {p.document for p in library.places[f.id]}]
        if not options:
            return None
        fact = options[int(rng.integers(len(options)))]
        chain.append(fact)
        node = fact.object
        seen.add(node)
    return chain


def to_item(world: World, library: Library, chain: list[Fact], level: int, identity: str) -> Item:
    """The question of a chain at its level of obfuscation."""
    names = [world.entities[f.subject].name for f in chain]
    edges = tuple(Edge(s, f.predicate, f.value) for s, f in zip(names, chain, strict=True))
    variables = [names[0], *(f"?{i}" for i in range(len(chain)))]
    graph = ConstraintGraph(
        tuple(Edge(variables[i], f.predicate, variables[i + 1]) for i, f in enumerate(chain)), variables[-1]
    )
    question = describe_chain(edges) if level < 3 else describe(graph)
    spans = tuple(library.span(library.places[f.id][0]) for f in chain)
    return Item(identity, "levels", question, (chain[-1].value,), "text", spans, graph,
                {"level": level, "hops": len(chain)})  # fmt: skip
