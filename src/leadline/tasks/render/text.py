"""Prose: encyclopedia pages, news and minutes, with controlled redundancy, dispersion, staleness,
contradictions and distractors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec
import numpy as np

from leadline.tasks.names import word
from leadline.tasks.render.library import Library, Sentence, chunks, compose
from leadline.tasks.schema import BY_NAME
from leadline.tasks.world import Fact, World

FILLER = (
    "The archive notes this without further comment.",
    "Opinions on the matter differ among local chroniclers.",
    "A longer account is kept in the town library.",
    "Visitors are asked to sign the register.",
    "The weather that year was unusually mild.",
)


class Style(msgspec.Struct, frozen=True):
    """How facts are written down. All shares are in [0, 1]."""

    redundancy: int = 1
    """In how many documents each fact stands."""
    facts_per_document: int = 5
    dispersion: float = 0.0
    """Share of facts that leave their subject's own page for a mixed document (news, minutes)."""
    staleness: float = 0.0
    """Share of attribute facts that also stand with an older value in an older document."""
    contradictions: float = 0.0
    """Share of attribute facts that also stand with a wrong value, undated."""
    distractors: int = 0
    """Documents about entities that do not exist in the world."""
    filler: float = 0.2
    """Chance of an empty sentence after each fact."""


def render_text(world: World, style: Style | None = None, *, seed: int = 0, prefix: str = "wiki") -> Library:
    """Documents that together write every fact `style.redundancy` times (true state), and the planted faults."""
    style = style or Style()
    rng = np.random.default_rng([world.seed, seed, 2])
    library = Library()
    scattered: list[int] = []
    for entity in world.entities:
        own: list[int] = []
        for fact in world.by_subject.get(entity.id, []):
            (scattered if rng.random() < style.dispersion else own).append(fact.id)
            scattered.extend([fact.id] * (style.redundancy - 1))
        for part, ids in enumerate(chunks(own, style.facts_per_document)):
            title = entity.name if part == 0 else f"{entity.name} ({part + 1})"
            compose(library, f"{prefix}/{entity.id}-{part}.txt", title, _prose(world, ids, style, rng))
    _mixed(world, library, scattered, style, rng, prefix)
    _faults(world, library, style, rng, prefix)
    _distractors(library, style, rng, prefix)
    return library


def sentence(world: World, fact: Fact, rng: np.random.Generator, value: str | None = None) -> str:
    """A wording of a fact, chosen at random; `value` replaces the true one."""
    wordings = BY_NAME[fact.predicate].wordings
    wording = wordings[int(rng.integers(len(wordings)))]
    return wording.format(s=world.entities[fact.subject].name, o=fact.value if value is None else value)


def _prose(world: World, ids: Sequence[int], style: Style, rng: np.random.Generator) -> Iterator[Sentence]:
    for index in ids:
        yield sentence(world, world.facts[index], rng), index, "true"
        if rng.random() < style.filler:
            yield FILLER[int(rng.integers(len(FILLER)))], -1, ""


def _mixed(
    world: World, library: Library, ids: list[int], style: Style, rng: np.random.Generator, prefix: str
) -> None:
    """News and minutes: facts of unrelated subjects side by side, dated."""
    order = [ids[i] for i in rng.permutation(len(ids))]
    for number, group in enumerate(chunks(order, style.facts_per_document)):
        day = date(2018, 1, 1) + timedelta(days=int(rng.integers(2500)))
        kind = "News" if number % 2 == 0 else "Minutes"
        title = f"{kind} of {day.isoformat()}, no. {number}"
        unique = list(dict.fromkeys(group))
        compose(library, f"{prefix}/{kind.lower()}-{number}.txt", title, _prose(world, unique, style, rng),
                date=day.isoformat())  # fmt: skip


def _faults(world: World, library: Library, style: Style, rng: np.random.Generator, prefix: str) -> None:
    """Stale and false values, each in a document of its own."""
    for state, share in (("stale", style.staleness), ("false", style.contradictions)):
        for fact in world.facts:
            predicate = BY_NAME[fact.predicate]
            if predicate.range not in ("number", "date") or rng.random() >= share:
                continue
            wrong = _other_value(fact.value, predicate.range, rng)
            day = f"{int(rng.integers(1990, 2010))}-06-30" if state == "stale" else ""
            name = world.entities[fact.subject].name
            title = f"{name}, {'edition of ' + day[:4] if day else 'a note'}"
            text = sentence(world, fact, rng, wrong)
            compose(library, f"{prefix}/{state}-{fact.id}.txt", title, [(text, fact.id, state)], date=day)


def _other_value(value: str, kind: str, rng: np.random.Generator) -> str:
    if kind == "date":
        moved = date.fromisoformat(value) + timedelta(days=int(rng.integers(200, 2000)))
        return moved.isoformat()
    number = int(value.replace(",", ""))
    return f"{round(number * float(rng.uniform(1.25, 3.0))) + 1:,}"


def _distractors(library: Library, style: Style, rng: np.random.Generator, prefix: str) -> None:
    for number in range(style.distractors):
        name = f"{word(rng, 2)} {word(rng, 2)}"
        lines = [(f"{name} {FILLER[int(rng.integers(len(FILLER)))].lower()}", -1, "") for _ in range(4)]
        compose(library, f"{prefix}/other-{number}.txt", name, lines)
