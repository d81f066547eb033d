"""Reverse construction with obfuscation (DeepMiner, arXiv:2510.08276, section 3.1).

From an entity that is neither unknown nor famous: at least four documents about it and around it, a question that
needs facts of several of them, specifics replaced by vaguer descriptions, and filters for difficulty (a plain search
must not find it) and quality (derivable, one answer).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from leadline.tasks.accept import no_leak
from leadline.tasks.item import Item
from leadline.tasks.render.library import Library, Written
from leadline.tasks.schema import BY_NAME, of_kind
from leadline.tasks.verbalise import blur_date, blur_number
from leadline.tasks.world import Entity, Fact, World

Search = Callable[[str, int], Sequence[str]]
"""(query, k) -> document texts, best first."""


def make(
    world: World,
    library: Library,
    n: int,
    seed: int = 0,
    *,
    search: Search | None = None,
    min_documents: int = 4,
) -> Iterator[Item]:
    """Up to `n` items. With `search`, items whose answer a plain search for the question shows are dropped."""
    rng = np.random.default_rng([seed, 15])
    made = 0
    for number, index in enumerate(rng.permutation(len(world.entities))):
        if made >= n:
            return
        entity = world.entities[index]
        if not moderately_known(world, entity):
            continue
        item = build(world, library, entity, rng, f"reverse-{world.seed}-{number}", min_documents)
        if item is None or no_leak(item):
            continue
        if search is not None and any(entity.name in text for text in search(item.question, 5)):
            continue
        made += 1
        yield item


def moderately_known(world: World, entity: Entity, *, low: int = 2, high: int = 40) -> bool:
    """Mentioned by some others, but no hub."""
    return low <= len(world.by_object.get(entity.id, [])) <= high


def build(
    world: World,
    library: Library,
    entity: Entity,
    rng: np.random.Generator,
    identity: str,
    min_documents: int,
) -> Item | None:
    """A question about `entity` from clues in at least `min_documents` documents that fit nobody else."""
    about = [f for f in world.by_subject.get(entity.id, []) if f.id in library.places]
    around = [f for f in world.by_object.get(entity.id, []) if f.id in library.places]
    order = [around[i] for i in rng.permutation(len(around))] + [
        about[i] for i in rng.permutation(len(about))
    ]
    chosen: list[Fact] = []
    places: list[Written] = []
    for fact in order:
        place = library.places[fact.id][0]
        if len(places) < min_documents and place.document in {p.document for p in places}:
            continue
        chosen.append(fact)
        places.append(place)
        clues = [clue(world, f, entity, rng) for f in chosen]
        if len({p.document for p in places}) >= min_documents and fits(world, entity, chosen) == [entity.id]:
            kind = entity.kind
            text = f"Which {kind} is meant? " + " ".join(f"{c[0].upper()}{c[1:]}." for c in clues)
            return Item(identity, "reverse", text, (entity.name,), "text",
                        tuple(library.span(p) for p in places), None,
                        {"documents": len({p.document for p in places}), "obfuscation": clues})  # fmt: skip
    return None


def clue(world: World, fact: Fact, entity: Entity, rng: np.random.Generator) -> str:
    """A fact about (or pointing to) the hidden entity, with specifics blurred."""
    predicate = BY_NAME[fact.predicate]
    if fact.subject == entity.id:
        value = blurred(world, fact)
        return f"{predicate.question.format(s='it')} is {value}"
    other = world.entities[fact.subject]
    return f"it is {predicate.question.format(s=describe_entity(world, other, without=fact.predicate))}"


def blurred(world: World, fact: Fact) -> str:
    predicate = BY_NAME[fact.predicate]
    if predicate.range == "date":
        return f"a day {blur_date(fact.value)}"
    if predicate.range == "number":
        return blur_number(fact.value)
    if predicate.range == "entity":
        return describe_entity(world, world.entities[fact.object], without=fact.predicate)
    return fact.value


def describe_entity(world: World, entity: Entity, *, without: str) -> str:
    """An entity by one of its own attributes instead of its name."""
    for predicate in of_kind(entity.kind):
        if predicate.name != without and predicate.range != "entity":
            for fact in world.get(entity.id, predicate.name):
                return f"a certain {entity.kind} ({predicate.question.format(s='which')}: {blurred(world, fact)})"
    return f"a certain {entity.kind}"


def fits(world: World, entity: Entity, facts: Sequence[Fact]) -> list[int]:
    """Ids of all entities of the same kind that the blurred clues describe as well."""
    return [
        other.id
        for other in world.entities
        if other.kind == entity.kind and all(_also(world, other.id, fact, entity.id) for fact in facts)
    ]


def _also(world: World, other: int, fact: Fact, entity: int) -> bool:
    if fact.subject == entity:
        return any(blurred(world, f) == blurred(world, fact) for f in world.get(other, fact.predicate))
    mine = describe_entity(world, world.entities[fact.subject], without=fact.predicate)
    return any(
        f.predicate == fact.predicate
        and describe_entity(world, world.entities[f.subject], without=f.predicate) == mine
        for f in world.by_object.get(other, [])
    )
