"""Does a task file hold what it promises? The gold answer scores 1, a wrong one 0, the evidence is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from leadline.evidence.model import Document
from leadline.tasks.graph import solve
from leadline.tasks.item import Item, missing_evidence
from leadline.tasks.reader import Knowledge


class Finding(NamedTuple):
    item: str
    problem: str


def check_items(items: Iterable[Item], documents: dict[str, Document]) -> Iterator[Finding]:
    """One finding per problem; nothing when all is well."""
    for item in items:
        if not item.question.strip():
            yield Finding(item.id, "empty question")
        if not item.answers or not all(answer.strip() for answer in item.answers):
            yield Finding(item.id, "empty answer")
        for span in missing_evidence(item, documents):
            yield Finding(item.id, f"evidence is not in {span.document} at {span.start}: {span.quote[:60]!r}")
        if item.graph is not None and item.evidence:
            found = solve(item.graph, Knowledge.of(span.quote for span in item.evidence))
            if not set(found) & set(item.answers):
                yield Finding(item.id, "its own evidence does not lead to the answer")
