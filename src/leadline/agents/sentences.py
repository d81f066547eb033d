"""What can be quoted: the sentences, list lines and table rows of what was read, with their offsets.

A sentence over several short lines (a form, an address, a scanned invoice, rows of a table) is cut into its lines;
one over several long lines is a wrapped sentence and stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from leadline.evidence.model import Noun, Span
from leadline.retrieval.sentences import Stretch, sentences
from leadline.retrieval.statistics import terms

SHORT_LINE = 45
"""Characters: lines that are shorter on average are no wrapped prose."""
MAX_LINES = 40
"""Sentences of one reading that are weighed."""
MAX_QUOTE = 600
"""Characters: what is longer is no sentence and is cut into its lines, too."""

Route = Literal["search", "named", "linked"]
_BULLET = re.compile(r"[-*•·▪‣]\s+(?=\S)")


class Reading(Noun, frozen=True):
    """A stretch of a document that was read, and how it was reached."""

    document: str
    title: str
    start: int
    text: str
    route: Route = "search"
    rank: int = 0
    """In the search that returned it; 0 for documents that were opened by name."""
    via: str = ""
    """For `linked`: the sentence that names this document."""


class Sentence(Noun, frozen=True):
    """One quotable stretch; `number` counts within its reading from 0."""

    reading: Reading
    span: Span
    number: int

    @property
    def text(self) -> str:
        return self.span.quote


def quotable(readings: Iterable[Reading], weights: Mapping[str, float] | None = None) -> list[Sentence]:
    """The sentences of all readings; of two readings of the same place the first counts.

    Of a reading with more than MAX_LINES (rows of a table), those that say most of what `weights` (term -> weight)
    asks for; the earlier on a tie.
    """
    found: list[Sentence] = []
    seen: set[tuple[str, int, int]] = set()
    for reading in readings:
        for number, (start, end) in _most_telling(reading.text, weights or {}):
            place = (reading.document, reading.start + start, reading.start + end)
            if place not in seen and not reading.text.startswith("#", start):  # a heading states nothing
                seen.add(place)
                found.append(Sentence(reading, Span(*place, reading.text[start:end]), number))
    return found


def _most_telling(text: str, weights: Mapping[str, float]) -> list[tuple[int, Stretch]]:
    """Numbered stretches in the order of the text, at most MAX_LINES of them."""
    numbered = list(enumerate(stretches(text)))
    if len(numbered) <= MAX_LINES:
        return numbered
    said = [sum(weights.get(term, 0.0) for term in set(terms(text[a:b]))) for _, (a, b) in numbered]
    best = sorted(range(len(numbered)), key=lambda i: (-said[i], i))[:MAX_LINES]
    return [numbered[i] for i in sorted(best)]


def stretches(text: str) -> list[Stretch]:
    """Sentences, or lines where the text is made of lines; a bullet in front is not part of what is said.

    >>> text = "A first sentence.\\nTotal | 6,000.00\\nVAT | 21 %\\nDue | 2024"
    >>> [text[a:b] for a, b in stretches(text)]
    ['A first sentence.', 'Total | 6,000.00', 'VAT | 21 %', 'Due | 2024']
    >>> text = "Dues:\\n\\n- Boats pay 40.\\n- Rafts pay 10."
    >>> [text[a:b] for a, b in stretches(text)]
    ['Dues:', 'Boats pay 40.', 'Rafts pay 10.']
    """
    found: list[Stretch] = []
    for start, end in sentences(text):
        found.extend(_lines(text, start, end) if _is_list(text[start:end]) else [(start, end)])
    return [(_after_bullet(text, start, end), end) for start, end in found]


def _after_bullet(text: str, start: int, end: int) -> int:
    bullet = _BULLET.match(text, start, end)
    return bullet.end() if bullet else start


def _is_list(text: str) -> bool:
    n_lines = text.count("\n") + 1
    return n_lines > 1 and (len(text) / n_lines < SHORT_LINE or len(text) > MAX_QUOTE or " | " in text)


def _lines(text: str, start: int, end: int) -> list[Stretch]:
    found: list[Stretch] = []
    at = start
    for line in text[start:end].split("\n"):
        left = len(line) - len(line.lstrip())
        if line.strip():
            found.append((at + left, at + len(line.rstrip())))
        at += len(line) + 1
    return found
