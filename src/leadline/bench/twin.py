"""What the twins share: a world of the right size, its documents, and cases from the task makers."""

from __future__ import annotations

from leadline.bench.protocol import Case, Twin
from leadline.tasks.item import Item
from leadline.tasks.makers import maker
from leadline.tasks.render.library import Library
from leadline.tasks.render.text import Style, render_text
from leadline.tasks.world import World, make_world


def twin_world(seed: int, n: int, style: Style | None = None) -> tuple[World, Library]:
    """A world with room for `n` cases (facts grow with n, between 600 and 20,000)."""
    world = make_world(min(20_000, max(600, 30 * n)), seed)
    return world, render_text(world, style or Style(dispersion=0.4, distractors=max(10, n)))


def twin_of(kind: str, seed: int, n: int, style: Style | None = None) -> tuple[list[Item], Library]:
    """Items of one maker over a twin world."""
    world, library = twin_world(seed, n, style)
    return list(maker(kind)(world, library, n, seed)), library


def answer_twin(kind: str, seed: int, n: int) -> Twin:
    """Cases with short answers and their evidence documents."""
    items, library = twin_of(kind, seed, n)
    return Twin([answer_case(item) for item in items], library.documents)


def answer_case(item: Item) -> Case:
    """Gold: answers, answer_type, and the ids of the evidence documents."""
    evidence = sorted({span.document for span in item.evidence})
    gold = {"answers": list(item.answers), "answer_type": item.answer_type, "evidence": evidence}
    return Case(item.id, item.question, gold, {"kind": item.kind, **item.metadata})
