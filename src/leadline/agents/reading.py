"""Reading a long page in segments, keeping what is useful (DeepResearcher, arXiv:2504.03160, section 3.3).

A page is cut into viewports. At each the reader notes new facts and says whether to go on; a page whose beginning is
worthless is left early. What was noted before is never noted again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

VIEWPORT = 40_960
"""Characters of a segment (the paper's)."""


class Glance(NamedTuple):
    """What one segment gave: new facts (may be empty) and whether to turn the page."""

    facts: tuple[str, ...]
    page_down: bool


class Prospect(NamedTuple):
    """What the reader is told about a segment."""

    question: str
    goal: str
    notes: tuple[str, ...]
    number: int
    total: int
    text: str


Reader = Callable[[Prospect], Glance]


class ReadingAgent:
    """Keeps its notes over all pages of a run; `read` returns only what is new."""

    def __init__(self, reader: Reader, *, viewport: int = VIEWPORT) -> None:
        self.reader, self.viewport = reader, viewport
        self.notes: list[str] = []
        self.segments_read = 0

    def read(self, page: str, *, question: str, goal: str) -> list[str]:
        """Notes of a page that were not there before, in reading order."""
        segments = split(page, self.viewport)
        found: list[str] = []
        for index, text in enumerate(segments, 1):
            new, page_down = self.look(
                Prospect(question, goal, tuple(self.notes), index, len(segments), text)
            )
            found += new
            if not page_down:
                break
        return found

    def look(self, prospect: Prospect) -> Glance:
        """One segment: its facts that were not noted before, and whether to turn the page."""
        self.segments_read += 1
        facts, page_down = self.reader(prospect)
        new = tuple(fact for fact in dict.fromkeys(facts) if fact not in self.notes)
        self.notes += new
        return Glance(new, page_down)


def split(page: str, viewport: int) -> list[str]:
    """Segments of at most `viewport` characters, cut at a line or sentence end in their last tenth where there is one.

    >>> split("aaaa. bbbb. cc", 12)
    ['aaaa. bbbb. ', 'cc']
    """
    segments, start = [], 0
    while start < len(page):
        end = min(len(page), start + viewport)
        if end < len(page):
            tail = page[start + viewport * 9 // 10 : end]
            cut = max(tail.rfind("\n"), tail.rfind(". ") + 1)
            end = start + viewport * 9 // 10 + cut + 1 if cut > 0 else end
        segments.append(page[start:end])
        start = end
    return segments


def word_reader(useful: Callable[[str, str], bool], *, patience: int = 1) -> Reader:
    """A reader by rule: notes the lines that `useful(line, goal)` accepts; goes on while something was found, and for
    `patience` segments without."""
    barren = 0

    def look(prospect: Prospect) -> Glance:
        nonlocal barren
        lines = [line.strip() for line in prospect.text.splitlines() if line.strip()]
        facts = tuple(line for line in lines if useful(line, prospect.goal) and line not in prospect.notes)
        barren = 0 if facts or prospect.number == 1 else barren + 1
        if prospect.number == 1 and not facts:
            barren = 1
        return Glance(facts, bool(facts) or barren <= patience)

    return look


def shares_words(line: str, goal: str, least: int = 2) -> bool:
    """At least `least` words of four and more letters in common."""
    words = {w for w in goal.lower().split() if len(w) >= 4}
    return len(words & set(line.lower().replace(".", " ").replace(",", " ").split())) >= least


def cover(notes: Sequence[str], wanted: Sequence[str]) -> float:
    """Share of `wanted` strings that occur in the notes."""
    text = "\n".join(notes)
    return sum(item in text for item in wanted) / len(wanted) if wanted else 1.0
