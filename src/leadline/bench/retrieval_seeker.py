"""An agent without a language model for MiniComp: it shows what a retriever is worth, everything else held fixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from leadline.bench.retrieval_minicomp import TEMPLATES, MiniComp, Question

ASKED = {"trade": "profession {value}", "town": "lives in {value}", "thing": "collects {value}"}

Search = Callable[[str, int], list[str]]
"""(query, k) -> page ids."""


class Result(NamedTuple):
    answer: str
    confidence: float
    retrieved: tuple[str, ...]
    searches: int
    reads: int


def investigate(
    question: Question,
    world: MiniComp,
    search: Search,
    *,
    k: int = 5,
    snippet: int = 0,
    read: bool = False,
    budget: int = 12,
) -> Result:
    """Search the clues of the first page, then each candidate's teacher; stop when every clue is verified.

    snippet: words of a page that a result shows (0: all). read: opening a page shows it whole.
    Confidence is the share of clues verified for the answer given.
    """
    state = _Reader(world, search, k, snippet, read)
    clue, beyond = question.clues, question.teacher
    said = [ASKED[kind].format(value=value) for kind, value in clue.items()]
    queries = [clue_query(question)] + [f"{a}, {b}" for a, b in _pairs(said)]
    best, share, n = "", 0.0, len(clue) + len(beyond)
    tried: set[str] = set()
    for query in queries:
        if state.searches >= budget:
            break
        for page_id in state.find(query):
            if page_id in tried:
                continue
            tried.add(page_id)
            own = state.stated(page_id)
            right = sum(own.get(kind) == value for kind, value in clue.items())
            if right == len(clue) and "teacher" in own and state.searches < budget:
                right += _best_match(state, own["teacher"], beyond)
            if right / n > share:
                best, share = world.pages[page_id].name, right / n
            if share == 1:
                return state.result(best, 1.0)
    return state.result(best, share)


def clue_query(question: Question) -> str:
    """The first query of the agent."""
    return ", ".join(ASKED[kind].format(value=value) for kind, value in question.clues.items())


def _best_match(state: _Reader, name: str, clues: Mapping[str, str]) -> int:
    """Clues verified on the page of that name."""
    for page_id in state.find(name):
        if state.world.pages[page_id].name == name:
            own = state.stated(page_id)
            return sum(own.get(kind) == value for kind, value in clues.items())
    return 0


def _pairs(values: Sequence[str]) -> list[tuple[str, str]]:
    return [(a, b) for i, a in enumerate(values) for b in values[i + 1 :]]


class _Reader:
    """Counts searches and reads, and sees of a page only what a snippet or an open page shows."""

    def __init__(self, world: MiniComp, search: Search, k: int, snippet: int, read: bool) -> None:
        self.world, self.search, self.k, self.snippet, self.read = world, search, k, snippet, read
        self.searches, self.reads = 0, 0
        self.seen: dict[str, None] = {}

    def find(self, query: str) -> list[str]:
        self.searches += 1
        found = self.search(query, self.k)
        self.seen |= dict.fromkeys(found)
        return found

    def stated(self, page_id: str) -> dict[str, str]:
        """The facts whose sentence is visible."""
        page = self.world.pages[page_id]
        shown = page.text
        if self.snippet and self.read:
            self.reads += 1
        elif self.snippet:
            shown = " ".join(page.text.split()[: self.snippet])
        return {
            kind: value
            for kind, value in page.facts.items()
            if TEMPLATES[kind].format(name=page.name, value=value) in shown
        }

    def result(self, answer: str, confidence: float) -> Result:
        return Result(answer, confidence, tuple(self.seen), self.searches, self.reads)
