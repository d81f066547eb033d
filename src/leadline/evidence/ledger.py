"""The evidence ledger: what a run has seen that may be cited. The writer sees nothing else.

An entry is a span that was read from a document, the sub-question it speaks to, and how sure we are that it
does. A stretch of text stands in the ledger once per sub-question; of two entries that overlap the surer stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from leadline.evidence.model import AnyPlace, Capture, Document, Label, Noun, Query, Rows, Span


class Entry(Noun, frozen=True):
    """One piece of evidence for one sub-question."""

    question: str
    span: Span
    confidence: float
    label: Label = "supports"
    place: AnyPlace | None = None
    query: Query | None = None
    text: str = ""
    """What a claim may say on the ground of this entry, where that is not the quote itself (a computed figure)."""


class Ledger:
    """Entries in the order in which they were found; adding one twice changes nothing."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> bool:
        """Whether the entry is new evidence. A less sure one that overlaps an older one is not."""
        rivals = [
            old for old in self._entries if old.question == entry.question and overlap(old.span, entry.span)
        ]
        if any(old.confidence >= entry.confidence for old in rivals):
            return False
        self._entries = [old for old in self._entries if old not in rivals] + [entry]
        return True

    def of(self, question: str) -> list[Entry]:
        """The entries of one sub-question, surest first; ties by document, then by offset."""
        found = [entry for entry in self._entries if entry.question == question]
        return sorted(found, key=lambda e: (-e.confidence, e.span.document, e.span.start))

    def questions(self) -> list[str]:
        """The sub-questions that have evidence, in the order in which it was found."""
        return list(dict.fromkeys(entry.question for entry in self._entries))

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def rows_of(document: Document, span: Span) -> Rows | None:
    """The rows of a table that the span stands in; the header is row 0.

    >>> from leadline.evidence.model import Document, Span, Table
    >>> table = Table("t", ("a", "b"), ((1, 2), (3, 4)), start=4)
    >>> document = Document("d", "", "top\\na | b\\n1 | 2\\n3 | 4\\nend", "", "", "", tables=(table,))
    >>> rows_of(document, Span("d", 16, 21, "3 | 4"))
    Rows(table='t', first=2, last=2)
    """
    for table in document.tables:
        if span.start < table.start:
            continue
        first = document.text.count("\n", table.start, span.start)
        last = first + span.quote.count("\n")
        if last <= len(table.rows):
            return Rows(table.name, first, last)
    return None


def capture_of(document: Document) -> Capture | None:
    """Where the bytes of a fetched document are kept; None for a document of the sources."""
    return next((mark.place for mark in document.marks if isinstance(mark.place, Capture)), None)


def overlap(a: Span, b: Span) -> bool:
    """Whether two spans share a character of the same document."""
    return a.document == b.document and a.start < b.end and b.start < a.end


def place_of(document: Document, span: Span) -> AnyPlace | None:
    """Where the span stands in the source's own terms: the rows of a table, else the smallest mark around it.

    A mark that holds the whole span goes before one that only touches it; of equals, the earlier.
    """
    rows = rows_of(document, span)
    if rows is not None:
        return rows
    touching = [mark for mark in document.marks if mark.start < span.end and span.start < mark.end]
    if not touching:
        return None
    best = min(
        touching,
        key=lambda m: (not (m.start <= span.start and span.end <= m.end), m.end - m.start, m.start),
    )
    return best.place
