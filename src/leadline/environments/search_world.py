"""A small invented world behind a search tool and an open tool: multi-turn questions for the agentic rewards.

Entities are two-letter names; each relation maps every entity to another. A page holds one fact ("ab r cd"). A
question names an entity and a chain of relations; each hop needs a search of its own, because no page holds two facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from leadline.environments.base import Action, Observation, Tool

SEARCH = Tool(
    "search",
    "Find the page of an entity and a relation, written `entity relation`.",
    {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
)
OPEN = Tool(
    "open",
    "Read a page by its number.",
    {"type": "object", "properties": {"page": {"type": "integer"}}, "required": ["page"]},
)
RELATIONS = "pqrs"


class World(NamedTuple):
    """`facts[relation][entity]` is the entity that the relation leads to."""

    entities: tuple[str, ...]
    facts: dict[str, dict[str, str]]

    def page(self, number: int) -> str:
        relation, entity = RELATIONS[number // len(self.entities)], self.entities[number % len(self.entities)]
        return f"{entity} {relation} {self.facts[relation][entity]}"

    @property
    def n_pages(self) -> int:
        return len(self.entities) * len(self.facts)


class Question(NamedTuple):
    entity: str
    chain: str
    """Relations to follow, first to last."""

    @property
    def text(self) -> str:
        return f"{self.entity} {self.chain}"


def make(rng: np.random.Generator, *, n_entities: int = 30, relations: int = 2) -> World:
    """Each relation is a random permutation of the entities, so every entity is somebody's answer."""
    letters = "abcdefghijkl"
    names = [a + b for a in letters for b in letters]
    entities = tuple(names[i] for i in rng.permutation(len(names))[:n_entities])
    facts = {}
    for relation in RELATIONS[:relations]:
        targets = rng.permutation(n_entities).tolist()
        facts[relation] = {e: entities[t] for e, t in zip(entities, targets, strict=True)}
    return World(entities, facts)


def answer(world: World, question: Question) -> str:
    """The entity at the end of the chain."""
    at = question.entity
    for relation in question.chain:
        at = world.facts[relation][at]
    return at


def ask(world: World, rng: np.random.Generator, hops: int) -> Question:
    entity = world.entities[int(rng.integers(len(world.entities)))]
    relations = list(world.facts)
    return Question(entity, "".join(relations[i] for i in rng.integers(len(relations), size=hops)))


class SearchWorld:
    """Search and open over the pages of a world. Answers are judged by the task, not here."""

    tools: Sequence[Tool] = (SEARCH, OPEN)

    def __init__(self, world: World) -> None:
        self.world = world

    def reset(self, seed: int = 0) -> Observation:
        return Observation(f"{self.world.n_pages} pages")

    def step(self, action: Action) -> Observation:
        return self.search(action.arguments) if action.tool == "search" else self.open(action.arguments)

    def search(self, arguments: dict[str, Any]) -> Observation:
        """The object of the fact, or a plain "none"."""
        words = str(arguments.get("query", "")).split()
        if len(words) != 2 or words[1] not in self.world.facts or words[0] not in self.world.facts[words[1]]:
            return Observation("none", error="", cost={"calls": 1.0})
        return Observation(self.world.facts[words[1]][words[0]], cost={"calls": 1.0})

    def open(self, arguments: dict[str, Any]) -> Observation:
        page = arguments.get("page")
        if not isinstance(page, int) or not 0 <= page < self.world.n_pages:
            message = f"page must be a whole number from 0 to {self.world.n_pages - 1}"
            return Observation(message, error=message)
        return Observation(self.world.page(page), cost={"calls": 1.0})
