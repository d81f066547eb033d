"""Does the source say what a citation says it does? No model, no tolerance: character for character.

A citation is refused when its document is unknown, its offsets lie outside the text, the text there is not the
quote, a person could not see it, or its place (page, region, rows, ...) is not where the text stands. A figure over
many rows may quote the header of its table and name the rows. Queries are run again, and scans read again, by
`leadline.agents.verify`: that needs the sources themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from leadline.errors import short
from leadline.evidence.locate import is_hidden
from leadline.evidence.model import AnyPlace, Citation, Claim, Document, Noun, Report, Rows, Span, Table


class Checked(Noun, frozen=True):
    """The verdict on one citation; `reason` is empty when it holds."""

    number: int
    reason: str = ""

    @property
    def ok(self) -> bool:
        return not self.reason


def check_citation(citation: Citation, documents: Mapping[str, Document]) -> Checked:
    """Check the span, then the place of a citation against `documents` (id -> Document)."""
    document = documents.get(citation.span.document)
    if document is None:
        return Checked(citation.number, f"the document {citation.span.document} is not in the sources")
    reason = check_span(citation.span, document)
    if not reason and citation.place is not None:
        reason = check_place(citation.span, citation.place, document)
    return Checked(citation.number, reason)


def check_span(span: Span, document: Document) -> str:
    """Why the span's quote is not what the document says at its offsets; empty when it is."""
    if not span.quote.strip():
        return "the quote is empty"
    if not 0 <= span.start < span.end <= len(document.text):
        return f"the offsets {span.start}-{span.end} lie outside the text of {len(document.text)} characters"
    found = document.text[span.start : span.end]
    if found != span.quote:
        return f"the text reads {short(found, 60)!r}, not {short(span.quote, 60)!r}"
    if is_hidden(document, span.start, span.end):
        return "the quote is hidden from a person who reads the source"
    return ""


def check_place(span: Span, place: AnyPlace, document: Document) -> str:
    """Why the text of the span does not stand at `place`; empty when it does."""
    if isinstance(place, Rows):
        return _check_rows(span, place, document)
    at_place = [mark for mark in document.marks if mark.place == place]
    if not at_place:
        return f"the document has no such {type(place).__name__.lower()}"
    if not any(mark.start < span.end and span.start < mark.end for mark in at_place):
        return f"the quote does not stand on that {type(place).__name__.lower()}"
    return ""


def _check_rows(span: Span, rows: Rows, document: Document) -> str:
    table = next((table for table in document.tables if table.name == rows.table), None)
    if table is None:
        return f"the document has no table {rows.table!r}"
    if not 0 <= rows.first <= rows.last <= len(table.rows):
        return f"rows {rows.first}-{rows.last} are not among the {len(table.rows)} of {rows.table!r}"
    stretches = [rows_stretch(document.text, table, *ends) for ends in ((rows.first, rows.last), (0, 0))]
    if not any(start <= span.start and span.end <= end for start, end in stretches):
        return f"the quote does not stand in rows {rows.first}-{rows.last} of {rows.table!r}"
    return ""


def rows_stretch(text: str, table: Table, first: int, last: int) -> tuple[int, int]:
    """[start, end) of rows first..last of a table in its document's text (row 0 is the header).

    >>> table = Table("t", ("a", "b"), ((1, 2), (3, 4)), start=4)
    >>> rows_stretch("top\\na | b\\n1 | 2\\n3 | 4\\n", table, 1, 2)
    (10, 21)
    """
    start = table.start
    for _ in range(first):
        start = _line_end(text, start) + 1
    end = _line_end(text, start)
    for _ in range(last - first):
        end = _line_end(text, end + 1)
    return start, end


def _line_end(text: str, start: int) -> int:
    at = text.find("\n", start)
    return len(text) if at < 0 else at


def check_claims(claims: tuple[Claim, ...]) -> list[str]:
    """Claims that say something without evidence: no citation of their own and no sub-claims to group."""
    bare: list[str] = []
    for claim in claims:
        if not claim.citations and not claim.claims:
            bare.append(claim.text)
        bare.extend(check_claims(claim.claims))
    return bare


def check_report(report: Report, documents: Mapping[str, Document]) -> list[Checked]:
    """The verdict on every citation of a report, in reading order."""
    return [check_citation(citation, documents) for citation in report.citations()]
