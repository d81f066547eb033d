"""Documents to passages: stretches of the document's own text, cut where a reader would.

Prose is cut at sentence borders and packed greedily up to `CAP` tokens; a new heading or slide starts a new
passage unless the running one is still short. A sentence longer than that is cut at white space. Tables are
packed by whole rows. A table of more than `TABLE_PASSAGES` passages is cut into that many stretches of equal
length instead, each of at most `ROWS` rows: up to 24,000 rows every cell is found, beyond it an even sample of
the table (questions about all rows are for SQL). Hidden text is left out.

A passage's `text` is exactly `document.text[start:end]`. What is *indexed* also carries its context (title,
headings, the header of its table): see `contexts`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from leadline.evidence.model import Document, Heading, Passage, Slide, Table
from leadline.retrieval.sentences import Stretch, sentences

CAP = 250
"""Tokens per passage: the setting of the TREC CAsT chunker, which the text-ranking study uses."""
TABLE_PASSAGES, ROWS = 120, 200
CHARACTERS_PERTOKEN = 8
"""Bounds texts without spaces: 8 characters count as a token at least."""
HIDDEN = 9
"""Shorter hidden stretches (a zero-width character) stay inside their passage: cutting there would split words."""

MAX_IDENTIFIER_WORDS = 100
_IDENTIFIER = re.compile(
    r"(?<![\w.])[A-Za-z][A-Za-z\d]*(?:_[A-Za-z\d]+)+|^[\w-]+\.[a-z]\w{0,7}$", re.MULTILINE
)
TOKEN = re.compile(r"\w+|[^\w\s]")


def n_tokens(text: str) -> int:
    """Words and punctuation marks, and at least one per 8 characters.

    >>> n_tokens("Dr. No, 1962"), n_tokens("あ" * 16)
    (5, 2)
    """
    return max(_count(text), len(text) // CHARACTERS_PERTOKEN)


def _count(text: str) -> int:
    return sum(1 for _ in TOKEN.finditer(text))


def cut(document: Document, cap: int = CAP) -> list[Passage]:
    """The passages of a document in reading order, with ids `<document>-<n>` from n = 1.

    A document with a title and no text gets one empty passage, so that it is found by its title.
    """
    stretches: list[Stretch] = []
    for start, end, table in _regions(document):
        stretches += (
            _pack_rows(document.text, start, end, table, cap)
            if table
            else _pack_prose(document, start, end, cap)
        )
    if not stretches and document.title:
        stretches = [(0, 0)]
    return [
        Passage(f"{document.id}-{n}", document.id, start, end, document.text[start:end])
        for n, (start, end) in enumerate(stretches, 1)
    ]


def contexts(document: Document, passages: Sequence[Passage]) -> list[str]:
    """What each passage's index entry carries before its text: title, headings, header of its table, and the words of
    its identifiers, which the index takes as one term each.

    Lines that the passage itself shows are not repeated.
    """
    headings = sorted(
        (mark.start, mark.end, mark.place.path) for mark in document.marks if isinstance(mark.place, Heading)
    )
    starts = [start for start, _, _ in headings]
    tables = sorted((table.start, table) for table in document.tables)
    table_starts = [start for start, _ in tables]
    found = []
    for passage in passages:
        lines = [document.title]
        at = bisect_right(starts, passage.start) - 1
        if at >= 0 and passage.start < headings[at][1]:
            lines += headings[at][2]
        at = bisect_right(table_starts, passage.start) - 1
        if at >= 0 and table_starts[at] < passage.start < _table_end(document.text, tables[at][1]):
            lines += [tables[at][1].name, " | ".join(tables[at][1].columns)]
        lines.append(identifier_words(f"{document.title}\n{passage.text}"))
        unique = dict.fromkeys(line.strip() for line in lines)
        found.append("\n".join(line for line in unique if line and not passage.text.startswith(line)))
    return found


def identifier_words(text: str) -> str:
    """The words of identifiers and file names, each once.

    >>> [identifier_words(text) for text in ("proxy_read_timeout 75s;", "backup.ini", "e.g. plain prose.")]
    ['proxy read timeout', 'backup ini', '']
    """
    parts = (word for found in _IDENTIFIER.findall(text) for word in re.split(r"[_.-]+", found))
    return " ".join(list(dict.fromkeys(parts))[:MAX_IDENTIFIER_WORDS])


def _table_end(text: str, table: Table) -> int:
    """Where the last row's line ends (the rows are the lines after the header)."""
    at = table.start - 1
    for _ in range(len(table.rows) + 1):
        at = text.find("\n", at + 1)
        if at < 0:
            return len(text)
    return at


def _regions(document: Document) -> Iterator[tuple[int, int, Table | None]]:
    """The text as prose and table regions in order, without hidden stretches."""
    special: list[tuple[int, int, Table | None]] = [
        (table.start, _table_end(document.text, table), table) for table in document.tables
    ]
    special += [(a, b, None) for a, b in document.hidden if b - a >= HIDDEN]
    at = 0
    for start, end, table in sorted(special, key=lambda region: region[:2]):
        if start > at:
            yield at, start, None
        if table is not None and start >= at:
            yield start, end, table
        at = max(at, end)
    yield at, len(document.text), None


def _pack_prose(document: Document, start: int, end: int, cap: int) -> Iterator[Stretch]:
    """Whole sentences up to `cap` tokens; headings and slides are borders once a third is full."""
    borders = sorted(
        mark.start
        for mark in document.marks
        if isinstance(mark.place, Heading | Slide) and start < mark.start < end
    )
    pieces = [
        piece
        for a, b in zip([start, *borders], [*borders, end], strict=True)
        for sentence in sentences(document.text, a, b)
        for piece in _bounded(document.text, sentence, cap)
    ]
    first, last, used = -1, -1, 0
    for a, b in pieces:
        size = _count(document.text[a:b])
        at_border = bisect_right(borders, a) > bisect_right(borders, first)
        full = max(used + size, (b - first) // CHARACTERS_PERTOKEN) > cap
        if first >= 0 and (full or (at_border and used * 3 >= cap)):
            yield first, last
            first, used = -1, 0
        first, last, used = (a if first < 0 else first), b, used + size
    if first >= 0:
        yield first, last


def _bounded(text: str, sentence: Stretch, cap: int) -> Iterator[Stretch]:
    """The sentence itself, or its pieces of at most `cap` tokens where it is longer."""
    start, end = sentence
    limit = cap * CHARACTERS_PERTOKEN
    while start < end:
        ends = [
            match.end()
            for _, match in zip(
                range(cap), TOKEN.finditer(text, start, min(end, start + limit)), strict=False
            )
        ]
        stop = min(end, start + limit) if len(ends) < cap else ends[-1]
        if stop < end:
            space = text.rfind(" ", start + limit // 4, stop)
            stop = space if space > 0 else stop
        if text[start:stop].strip():
            yield start, stop
        start = stop
        while start < end and text[start].isspace():
            start += 1


def _pack_rows(text: str, start: int, end: int, table: Table, cap: int) -> list[Stretch]:
    """Whole rows up to `cap` tokens; a big table in `TABLE_PASSAGES` even stretches."""
    lines: list[Stretch] = []
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        lines.append((at, stop))
        at = stop + 1
    packed: list[Stretch] = []
    first, used = 0, 0
    for number, (a, b) in enumerate(lines):
        size = n_tokens(text[a:b])
        if number > first and used + size > cap:
            packed.append((lines[first][0], lines[number - 1][1]))
            first, used = number, 0
        used += size
    if lines:
        packed.append((lines[first][0], lines[-1][1]))
    if len(packed) <= TABLE_PASSAGES:
        return packed
    step = len(lines) / TABLE_PASSAGES
    firsts = [round(i * step) for i in range(TABLE_PASSAGES + 1)]
    return [(lines[a][0], lines[min(b, a + ROWS) - 1][1]) for a, b in pairwise(firsts) if b > a]
