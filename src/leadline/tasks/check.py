"""Does a task file hold what it promises? The gold answer scores 1, a wrong one 0, the evidence is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from leadline.errors import LeadlineError
from leadline.evidence.model import Document
from leadline.tasks.graph import solve
from leadline.tasks.item import Item, missing_evidence
from leadline.tasks.reader import Knowledge


class Finding(NamedTuple):
    item: str
    problem: str


Verify = Callable[[str, list[str], str], float]
"""(answer, accepted answers, answer type) -> score in [0, 1]; bench.metrics.answers.verify_answer is one."""

WRONG = "no such answer"


def check_items(
    items: Iterable[Item], documents: dict[str, Document], verify: Verify | None = None
) -> Iterator[Finding]:
    """One finding per problem; nothing when all is well. With `verify` the scorer itself is tried on each item."""
    for item in items:
        if not item.question.strip():
            yield Finding(item.id, "empty question")
        if not item.answers or not all(answer.strip() for answer in item.answers):
            yield Finding(item.id, "empty answer")
        elif verify is not None:
            yield from _scored(item, verify)
        for span in missing_evidence(item, documents):
            yield Finding(item.id, f"evidence is not in {span.document} at {span.start}: {span.quote[:60]!r}")
        if item.graph is not None and item.evidence:
            found = solve(item.graph, Knowledge.of(span.quote for span in item.evidence))
            if not set(found) & set(item.answers):
                yield Finding(item.id, "its own evidence does not lead to the answer")


def _scored(item: Item, verify: Verify) -> Iterator[Finding]:
    golds = list(item.answers)
    try:
        for answer in golds:
            if verify(answer, golds, item.answer_type) != 1:
                yield Finding(
                    item.id, f"the gold answer {answer[:60]!r} does not score 1 as {item.answer_type}"
                )
        if verify(WRONG, golds, item.answer_type) != 0:
            yield Finding(item.id, f"a wrong answer does not score 0 as {item.answer_type}")
    except LeadlineError as error:
        yield Finding(item.id, error.message)
