"""A world's facts locked in pictures: a scanned form per entity, bar charts per quantity.

The document of a picture holds the text that a perfect reader would read off it, so that every fact knows its place;
the pixels and the box of each value stand beside it. Needs Pillow (extra `docs`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from leadline.tasks.render.images import Picture, bar_chart, scanned_form
from leadline.tasks.render.library import Library, Sentence, chunks, compose
from leadline.tasks.schema import PREDICATES
from leadline.tasks.world import World


class Pictures(NamedTuple):
    """The library, and the picture of each of its documents by document id."""

    library: Library
    pictures: dict[str, Picture]


def render_forms(
    world: World, entities: Iterable[int] | None = None, *, seed: int = 0, prefix: str = "forms"
) -> Pictures:
    """One scanned form per entity (default: all) with a "label: value" line per fact."""
    made = Pictures(Library(), {})
    for entity in (world.entities[i] for i in entities) if entities is not None else world.entities:
        facts = world.by_subject.get(entity.id, [])
        if facts:
            picture = scanned_form(
                entity.name, [(f.predicate, f.value) for f in facts], seed=seed + entity.id
            )
            lines = [(f"{f.predicate}: {f.value}", f.id, "true") for f in facts]
            _add(made, f"{prefix}/{entity.id}.png", entity.name, lines, picture)
    return made


def render_charts(world: World, *, bars: int = 8, seed: int = 0, prefix: str = "charts") -> Pictures:
    """Bar charts of every quantity, `bars` entities each."""
    made = Pictures(Library(), {})
    for predicate in (p for p in PREDICATES if p.range == "number"):
        ids = [f.id for f in world.facts if f.predicate == predicate.name]
        for number, group in enumerate(chunks(ids, bars)):
            facts = [world.facts[i] for i in group]
            names = [world.entities[f.subject].name for f in facts]
            title = f"{predicate.name} ({predicate.unit}), chart {number + 1}"
            values = [float(f.value.replace(",", "")) for f in facts]
            picture = bar_chart(
                title, list(zip(names, values, strict=True)), unit=predicate.unit, seed=seed + number
            )
            lines = [
                (f"{name}: {f.value} {predicate.unit}", f.id, "true")
                for name, f in zip(names, facts, strict=True)
            ]
            _add(made, f"{prefix}/{predicate.name}-{number}.png", title, lines, picture)
    return made


def _add(made: Pictures, uri: str, title: str, lines: list[Sentence], picture: Picture) -> None:
    document = compose(made.library, uri, title, lines, media_type="image/png")
    digest = hashlib.sha256(picture.png).hexdigest()
    made.library.documents[-1] = msgspec.structs.replace(document, sha256=digest)
    made.pictures[document.id] = picture
