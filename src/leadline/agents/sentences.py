"""What can be quoted: the sentences, list lines and table rows of what was read, with their offsets.

A sentence over several short lines (a form, an address, a scanned invoice, rows of a table) is cut into its lines;
one over several long lines is a wrapped sentence and stays whole. A line that ends well before the others do, with a
capital letter after it, ends a paragraph: a heading is no part of the sentence under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from leadline.agents.letterheads import headers_end
from leadline.evidence.model import Noun, Span
from leadline.retrieval.enclosing import are_settings, enclosing, is_section
from leadline.retrieval.sentences import Stretch, sentences
from leadline.retrieval.statistics import terms

SHORT_LINE = 45
"""Characters: lines that are shorter on average are no wrapped prose."""
SHORT_OF = 0.7
"""Share of the longest line below which a line is no full one."""
MAX_LINES = 40
"""Sentences of one reading that are weighed."""
MAX_QUOTE = 600
"""Characters: what is longer is no sentence and is cut into its lines, too."""

Route = Literal["search", "named", "linked"]
_BULLET = re.compile(r"[-*•·▪‣]\s+(?=\S)")
_RULER = frozenset("|-: ")
_CAPITAL_LINE = re.compile(r"[^\S\n]*\n\s*(?=[\"“‘(]?[^\W\d_a-zß-öø-ÿ])")
_NUMBERED = re.compile(r"(?:§ ?)?(?:\d{1,2}(?:\.\d{1,2}){0,3}|[IVX]{1,5}|[A-Z])[.)]?[ \t]+[^\W\d_].{0,70}")
_FIGURE = re.compile(r"\W*(?:[A-Z]{3}\s?)?\d[\d.,:/\-\s]*(?:\s?[A-Z]{3})?\W*")


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
    heading: bool = False
    """It only says what stands below it: the document's title, a numbered heading, the header of a table, a section."""
    header: str = ""
    """Of a row: the header of its table, where it was read together with it. Of a setting: the sections around it."""
    letterhead: bool = False
    """It is the headers of a mail."""

    @property
    def text(self) -> str:
        return self.span.quote


def quotable(readings: Iterable[Reading], weights: Mapping[str, float] | None = None) -> list[Sentence]:
    """The sentences of all readings; of two readings of the same place the first counts. Headers of a mail are one.

    Of a reading with more than MAX_LINES (rows of a table), those that say most of what `weights` (term -> weight)
    asks for; the earlier on a tie.
    """
    found: list[Sentence] = []
    seen: set[tuple[str, int, int]] = set()
    for reading in readings:
        header, settings = "", are_settings(reading.text)
        for number, (start, end) in _most_telling(reading.text, weights or {}):
            said = reading.text[start:end]
            if not set(said) - _RULER:
                continue  # between the header and the rows of a Markdown table
            place = (reading.document, reading.start + start, reading.start + end)
            letterhead = place[1] == 0 and end == headers_end(reading.text) > 0
            heading = is_heading(reading.text, start, end) or _is_title(reading, start, end)
            heading = (heading or (settings and is_section(said))) and not letterhead
            row = " | " in said
            header = (said if heading else header) if row else ""
            if place not in seen and not reading.text.startswith("#", start):  # a heading states nothing
                seen.add(place)
                around = " ".join(enclosing(reading.text, start)) if settings else header
                of = "" if heading else around
                found.append(Sentence(reading, Span(*place, said), number, heading, of, letterhead))
    return found


def _is_title(reading: Reading, start: int, end: int) -> bool:
    """Whether a stretch is the document's title, or its first line that holds the title."""
    said = terms(reading.text[start:end])
    title = [
        term for term in terms(reading.title) if "_" not in term
    ]  # rent_ledger.csv: "Rent ledger of Fern Court"
    line = reading.text[end : end + 1] == "\n" and " | " not in reading.text[start:end]
    opens = reading.start + start == 0 and line
    return bool(title) and (said == title or (opens and set(title) <= set(said)))


def is_heading(text: str, start: int, end: int) -> bool:
    """Whether a stretch is a lone numbered line, or a table's first row above figures.

    >>> text = "1. Rent\\nIt is EUR 5.\\nItem | Price\\nBuoy | 7"
    >>> [text[a:b] for a, b in stretches(text) if is_heading(text, a, b)]
    ['1. Rent', 'Item | Price']
    """
    said = text[start:end]
    above, below = text[:start].rstrip().rpartition("\n")[2], text[end:].lstrip().partition("\n")[0]
    if " | " in said:
        # Below a header of Markdown stands a ruler.
        rows = [row for row in text[end:].split("\n", 3)[1:3] if set(row) - _RULER]
        first = " | " not in above and not _figures(said)
        return first and bool(rows) and " | " in rows[0] and _figures(rows[0])
    alone = text[:start].rstrip(" ")[-1:] in ("\n", "") and text[end : end + 1] in ("\n", "")
    if not alone or said.endswith((".", "!", "?", ";", ",", ":")) or not _NUMBERED.fullmatch(said):
        return False
    return bool(below) and not any(_NUMBERED.fullmatch(line.strip()) for line in (above, below))


def _figures(row: str) -> bool:
    """Whether a cell of the row is a number, an amount or a date."""
    return any(_FIGURE.fullmatch(cell.strip()) for cell in row.split("|"))


def _most_telling(text: str, weights: Mapping[str, float]) -> list[tuple[int, Stretch]]:
    """Numbered stretches in the order of the text, at most MAX_LINES of them."""
    head = headers_end(text)
    body = [(start + head, end + head) for start, end in stretches(text[head:])]
    numbered = list(enumerate([(0, head), *body] if head else body))
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
    full = SHORT_OF * max(map(len, text.split("\n")))
    for start, end in sentences(text):
        for a, b in _paragraphs(text, start, end, full):
            found.extend(_lines(text, a, b) if _is_list(text, a, b) else [(a, b)])
    return [(_after_bullet(text, start, end), end) for start, end in found]


def _paragraphs(text: str, start: int, end: int, full: float) -> Iterator[Stretch]:
    """Parts that a line shorter than `full` ends, where a capital follows."""
    begin = start
    for match in _CAPITAL_LINE.finditer(text, start, end):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip()
        if len(line) < full and text[begin : match.start()].strip():
            yield begin, begin + len(text[begin : match.start()].rstrip())
            begin = match.end()
    yield begin, end


def _after_bullet(text: str, start: int, end: int) -> int:
    bullet = _BULLET.match(text, start, end)
    return bullet.end() if bullet else start


def _is_list(text: str, start: int, end: int) -> bool:
    """Whether a stretch is made of lines. The first may begin in the middle of a full one, the last may be short."""
    n_breaks = text.count("\n", start, end)
    if not n_breaks:
        return False
    begin, last = text.rfind("\n", 0, start) + 1, text.rfind("\n", start, end)
    said = text[start:end]
    return (last - begin) / n_breaks < SHORT_LINE or len(said) > MAX_QUOTE or " | " in said


def _lines(text: str, start: int, end: int) -> list[Stretch]:
    found: list[Stretch] = []
    at = start
    for line in text[start:end].split("\n"):
        left = len(line) - len(line.lstrip())
        if line.strip():
            found.append((at + left, at + len(line.rstrip())))
        at += len(line) + 1
    return found
