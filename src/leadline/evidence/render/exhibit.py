"""One piece of evidence as it is shown: the quote in its context, the rows of a table, the piece of a scan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from leadline.evidence.model import (
    AnyPlace,
    Capture,
    Cell,
    Citation,
    Document,
    Heading,
    Page,
    Region,
    Report,
    Rows,
    Slide,
    Source,
    Span,
)

Images = Callable[[Document, Region], bytes | None]
"""The PNG of a region of a scan, or None when it cannot be had."""

NEAR, WIDE = 160, 900
"""Characters of context on each side: shown at once, and on request."""
MAX_ROWS = 12


class Context(NamedTuple):
    """The source's own words around a quote. What a person would not see in the source is left out."""

    before: str
    quote: str
    after: str


class Grid(NamedTuple):
    """Rows of a table with their numbers (1-based); `more` were left out."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    more: int = 0


class Exhibit(NamedTuple):
    """All that is shown of one citation. Without its document a quote stands alone."""

    citation: Citation
    source: Source
    where: str
    near: Context
    wide: Context
    grid: Grid | None = None
    image: bytes | None = None


def exhibits(
    report: Report, documents: Mapping[str, Document] | None = None, images: Images | None = None
) -> dict[int, Exhibit]:
    """Number -> exhibit, in reading order; a citation that stands under two claims is one exhibit."""
    sources = {source.document: source for source in report.sources}
    found: dict[int, Exhibit] = {}
    for citation in report.citations():
        if citation.number not in found:
            document = (documents or {}).get(citation.span.document)
            source = sources.get(citation.span.document) or _unlisted(citation.span.document)
            found[citation.number] = _exhibit(citation, source, document, images)
    return found


def _exhibit(citation: Citation, source: Source, document: Document | None, images: Images | None) -> Exhibit:
    place = citation.place
    return Exhibit(
        citation,
        source,
        where(place),
        context(citation.span, document, NEAR),
        context(citation.span, document, WIDE),
        grid(citation, place, document) if isinstance(place, Rows) else None,
        images(document, place) if images and document and isinstance(place, Region) else None,
    )


def _unlisted(document: str) -> Source:
    return Source(document, document, document, "", "")


def where(place: AnyPlace | None) -> str:
    """A place in words, short enough for a caption.

    >>> where(Rows("shipments", 3, 5)), where(Region(2, (0.5, 0.1, 0.9, 0.2)))
    ('shipments, rows 3-5', 'scan, page 2, top right')
    """
    match place:
        case Page(number):
            return f"page {number}"
        case Region(page, box):
            return f"scan, page {page}, {_corner(box)}"
        case Rows(table, first, last):
            return f"{table}, row {first}" if first == last else f"{table}, rows {first}-{last}"
        case Slide(number):
            return f"slide {number}"
        case Heading(path):
            return " › ".join(path)
        case Capture(url, fetched):
            return f"{url}, fetched {fetched}"
    return ""


def _corner(box: tuple[float, float, float, float]) -> str:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    row = "top" if y < 1 / 3 else "bottom" if y > 2 / 3 else "middle"
    column = "left" if x < 1 / 3 else "right" if x > 2 / 3 else ""
    return f"{row} {column}".strip()


def context(span: Span, document: Document | None, n_chars: int) -> Context:
    """The quote and up to `n_chars` on each side, cut between words; an ellipsis where the text goes on."""
    if document is None or document.text[span.start : span.end] != span.quote:
        return Context("", span.quote, "")
    first, last = max(0, span.start - n_chars), min(len(document.text), span.end + n_chars)
    before, after = _seen(document, first, span.start), _seen(document, span.end, last)
    if first > 0:
        before = "… " + before.partition(" ")[2]
    if last < len(document.text):
        after = after.rpartition(" ")[0] + " …"
    return Context(before, span.quote, after)


def _seen(document: Document, start: int, end: int) -> str:
    """The text [start, end) without what is hidden from a person."""
    parts: list[str] = []
    for first, last in sorted(document.hidden):
        if first < end and start < last:
            parts.append(document.text[start : max(start, first)])
            start = min(end, max(start, last))
    return "".join(parts) + document.text[start:end]


def grid(citation: Citation, rows: Rows, document: Document | None) -> Grid:
    """The cited rows under their header. Without the document: the quote's own lines.

    Of rows that a query picked out of a range only the first and the last are known to be among them.
    """
    table = next((table for table in document.tables if table.name == rows.table), None) if document else None
    if table is None:
        return _quoted_grid(citation.span.quote, rows)
    first = max(1, rows.first)
    chosen = [(first + i, row) for i, row in enumerate(table.rows[first - 1 : rows.last])]
    n_used = citation.query.n_rows if citation.query else 0
    if 0 < n_used < len(chosen):
        ends = chosen[:1] + (chosen[-1:] if n_used > 1 else [])
        return Grid(table.columns, tuple(ends), n_used - len(ends))
    return Grid(table.columns, tuple(chosen[:MAX_ROWS]), max(0, len(chosen) - MAX_ROWS))


def _quoted_grid(quote: str, rows: Rows) -> Grid:
    """The lines of a quote: the cited rows themselves, else their header."""
    lines = [tuple(line.split(" | ")) for line in quote.splitlines()]
    if len(lines) != rows.last - rows.first + 1 or rows.first == 0:
        return Grid(lines[0], (), 0)
    numbered = tuple((rows.first + i, line) for i, line in enumerate(lines))
    return Grid((), numbered[:MAX_ROWS], max(0, len(numbered) - MAX_ROWS))


def cell_text(cell: Cell) -> str:
    """A cell as it is shown.

    >>> cell_text(None), cell_text(1234567.5), cell_text(True)
    ('', '1234567.5', 'true')
    """
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell == int(cell) and abs(cell) < 1e15 else repr(cell)
    return "" if cell is None else str(cell)


def omission_rows(report: Report) -> Iterator[tuple[str, str]]:
    """The omission report as (label, value) pairs; what is empty is left out, the share opened never."""
    left = report.omissions
    if report.run.get("reason"):
        yield "Why", str(report.run["reason"])
    for question in left.unanswered:
        yield "Without evidence", question
    for found in left.elsewhere:
        yield "Said elsewhere only", f"{found.word}: {', '.join(found.uris)}"
    for failure in left.unread:
        yield "Not read", f"{failure.uri}: {_sentence(failure.reason)} {_sentence(failure.remedy)}".strip()
    for stale in left.stale:
        names = stale.uris or stale.documents
        copies = [f"{n} ({date})" if date else n for n, date in zip(names, stale.dates, strict=False)]
        yield "Several versions", f"{stale.title}: {', '.join(copies)}"
    if left.dropped:
        yield "Refused by the check", f"{left.dropped} proposed {plural(left.dropped, 'sentence')}"
    never = left.documents_total - left.documents_opened
    yield "Never opened", f"{never} of {left.documents_total} {plural(left.documents_total, 'document')}"


def otherwise(report: Report) -> list[str]:
    """What the question takes for granted and a source says otherwise, each as a sentence with its number."""
    return [
        f'The question says "{found.asked}"; the source says "{found.said}". [{found.citation}]'
        for found in report.omissions.otherwise
    ]


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def facts(report: Report) -> list[str]:
    """The line under the question: status, and what it stands on."""
    n_quotes = len({citation.number for citation in report.citations()})
    cited = len({citation.span.document for citation in report.citations()})
    left = report.omissions
    return [
        report.status,
        f"{n_quotes} {plural(n_quotes, 'quote')} from {cited} {plural(cited, 'document')}",
        f"{left.documents_opened} of {left.documents_total} {plural(left.documents_total, 'document')} opened",
    ]


def plural(n: int, word: str) -> str:
    return word if n == 1 else word + "s"
