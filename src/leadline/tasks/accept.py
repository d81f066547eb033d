"""The one accept filter of all task makers: unanswerable without the evidence, answerable with it.

Shared by REDSearcher (stages i and iv), DeR2's two-phase validation, DUETQA and DeepMiner. A solver is any
function from an item and texts to answers: the rule reader here, a model agent elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from leadline.tasks.graph import solve
from leadline.tasks.item import Item
from leadline.tasks.reader import Knowledge
from leadline.tasks.render.library import Library

Solver = Callable[[Item, Sequence[str]], list[str]]
"""(item, texts) -> candidate answers; more than one means that it cannot decide."""

Check = Callable[[Item], str]
"""Why an item is refused; empty when it passes."""


def rule_solver(item: Item, texts: Sequence[str]) -> list[str]:
    """Read the texts with the rule reader and solve the item's constraint graph."""
    return solve(item.graph, Knowledge.of(texts)) if item.graph is not None else []


def needs_evidence(solver: Solver) -> Check:
    """Refuse what the solver answers without any text."""
    return lambda item: "answered without evidence" if set(solver(item, [])) & set(item.answers) else ""


def has_one_answer(solver: Solver, texts: Callable[[Item], Sequence[str]]) -> Check:
    """Refuse unless the texts lead to exactly the gold answer."""

    def check(item: Item) -> str:
        found = solver(item, texts(item))
        if not set(found) & set(item.answers):
            return "not answerable with its evidence"
        return "several answers" if set(found) - set(item.answers) else ""

    return check


def no_leak(item: Item) -> str:
    """Refuse when a gold answer stands in the question."""
    question = item.question.lower()
    return "the question names the answer" if any(a.lower() in question for a in item.answers) else ""


class Funnel:
    """Apply checks from cheap to costly; `counts` says how many items each reason stopped. A question that was
    accepted before is not accepted again."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = checks
        self.counts: Counter[str] = Counter()

    def __call__(self, items: Iterable[Item]) -> Iterator[Item]:
        seen: set[str] = set()
        for item in items:
            reason = "asked before" if item.question in seen else ""
            reason = reason or next(filter(None, (check(item) for check in self.checks)), "")
            self.counts[reason or "accepted"] += 1
            if not reason:
                seen.add(item.question)
                yield item


def default_funnel(library: Library) -> Funnel:
    """No leak, not answerable without text, and exactly one answer over the whole library, so that twins and
    shortcuts in documents that the maker never looked at count too."""
    everything = Knowledge.of(document.text for document in library.documents)

    def reader_of_all(item: Item, texts: Sequence[str]) -> list[str]:
        return solve(item.graph, everything) if item.graph is not None else []

    return Funnel([no_leak, needs_evidence(rule_solver), has_one_answer(reader_of_all, lambda item: [])])
