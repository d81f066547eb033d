"""A seeded closed world: typed entities and facts about them, from 10^2 to 10^6 facts in linear time.

The world is the truth. What documents say of it (once or often, scattered, outdated, wrong) is rendering; see
render/. Same seed and size, same bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np

from leadline.errors import UsageError
from leadline.tasks.names import entity_name, unique_words
from leadline.tasks.schema import COLOURS, FIELDS, KINDS, Predicate, of_kind


class Entity(NamedTuple):
    id: int
    kind: str
    name: str
    aliases: tuple[str, ...] = ()


class Fact(NamedTuple):
    """`subject` and, for relations, `object` are entity ids; `value` is the object as it is written."""

    id: int
    subject: int
    predicate: str
    value: str
    object: int = -1
    """-1 for attributes."""


class World:
    """Entities, facts, and look-ups in both directions. Read-only after it is made."""

    def __init__(self, entities: list[Entity], facts: list[Fact], seed: int) -> None:
        self.entities, self.facts, self.seed = entities, facts, seed

    @cached_property
    def by_subject(self) -> dict[int, list[Fact]]:
        """Entity id -> facts about it, in order of id."""
        table: dict[int, list[Fact]] = {}
        for fact in self.facts:
            table.setdefault(fact.subject, []).append(fact)
        return table

    @cached_property
    def by_object(self) -> dict[int, list[Fact]]:
        """Entity id -> relations that point to it."""
        table: dict[int, list[Fact]] = {}
        for fact in self.facts:
            if fact.object >= 0:
                table.setdefault(fact.object, []).append(fact)
        return table

    @cached_property
    def by_name(self) -> dict[str, int]:
        return {entity.name: entity.id for entity in self.entities}

    def get(self, subject: int, predicate: str) -> list[Fact]:
        return [fact for fact in self.by_subject.get(subject, []) if fact.predicate == predicate]

    def neighbours(self, entity: int) -> Iterator[tuple[Fact, int]]:
        """Relations of an entity in both directions with the entity at the other end."""
        for fact in self.by_subject.get(entity, []):
            if fact.object >= 0:
                yield fact, fact.object
        for fact in self.by_object.get(entity, []):
            yield fact, fact.subject


def make_world(n_facts: int, seed: int = 0) -> World:
    """A world of about `n_facts` facts (within 3 % or ten). Raises UsageError below 100."""
    if n_facts < 100:
        raise UsageError(f"A world needs at least 100 facts, not {n_facts}.")
    rng = np.random.default_rng([seed, 1])
    n_entities = max(20, round(n_facts / _facts_per_entity()))
    entities = _entities(n_entities, rng)
    members = {kind: [e.id for e in entities if e.kind == kind] for kind in KINDS}
    facts: list[Fact] = []
    for entity in entities:
        for predicate in of_kind(entity.kind):
            for value, target in _objects(predicate, entity, entities, members, rng):
                facts.append(Fact(len(facts), entity.id, predicate.name, value, target))
    return World(entities, facts, seed)


def _facts_per_entity() -> float:
    """Expected number of facts of a random entity: "many" predicates average (1 + most) / 2."""
    per_kind = {kind: sum((1 + p.most) / 2 for p in of_kind(kind)) for kind in KINDS}
    return sum(share * per_kind[kind] for kind, share in KINDS.items())


def _entities(n: int, rng: np.random.Generator) -> list[Entity]:
    kinds = [kind for kind, share in KINDS.items() for _ in range(max(2, round(share * n)))]
    words = unique_words(rng)
    entities = []
    for index, position in enumerate(rng.permutation(len(kinds))):
        name, aliases = entity_name(kinds[position], next(words), rng)
        entities.append(Entity(index, kinds[position], name, aliases))
    return entities


def _objects(
    predicate: Predicate,
    subject: Entity,
    entities: list[Entity],
    members: dict[str, list[int]],
    rng: np.random.Generator,
) -> Iterator[tuple[str, int]]:
    """Written values (and object ids) of one predicate for one subject; a relation never points to itself."""
    if predicate.range != "entity":
        yield _literal(predicate, rng), -1
        return
    pool = members[predicate.object]
    if predicate.hierarchy:
        pool = pool[: bisect_left(pool, subject.id)]
    wanted = int(rng.integers(1, predicate.most + 1)) if predicate.cardinality == "many" else 1
    others = len(pool) - (subject.kind == predicate.object and not predicate.hierarchy)
    chosen: list[int] = []
    while len(chosen) < min(wanted, others):
        target = pool[int(rng.integers(len(pool)))]
        if target != subject.id and target not in chosen:
            chosen.append(target)
    for target in chosen:
        yield entities[target].name, target


def _literal(predicate: Predicate, rng: np.random.Generator) -> str:
    if predicate.range == "number":
        # Log-uniform: real magnitudes are spread over decades.
        value = np.exp(rng.uniform(np.log(predicate.low), np.log(predicate.high)))
        return f"{round(float(value)):,}"
    if predicate.range == "date":
        first = date(int(predicate.low), 1, 1)
        days = (date(int(predicate.high), 12, 31) - first).days
        return (first + timedelta(days=int(rng.integers(days)))).isoformat()
    choices = COLOURS if predicate.name == "coloured" else FIELDS
    return choices[int(rng.integers(len(choices)))]
