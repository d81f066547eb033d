"""The document beside a claim: its text at the quote, a scanned page with the region boxed, rows and their SQL."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from leadline.agents.captured import read_captures
from leadline.errors import LeadlineError, NotFound, SourceError
from leadline.evidence.model import Cell, Citation, Document, Query, Region, Report, Rows
from leadline.evidence.render.exhibit import cell_text, context, grid, where
from leadline.evidence.render.page import escape, tag, void
from leadline.retrieval.collection import Collection
from leadline.runs.store import Run, read_report
from leadline.serve.pages.frame import badge, table
from leadline.serve.pages.shelf import Shelf

AROUND = 20_000
"""Characters of the document that are shown on each side of a quote."""
ROWS_AROUND, MAX_ROWS = 3, 60
WHOLE = (0.0, 0.0, 1.0, 1.0)


def citation_of(report: Report, number: str) -> Citation:
    """The citation with that number. NotFound lists those that exist."""
    for citation in report.citations():
        if str(citation.number) == number:
            return citation
    raise NotFound("citation", number[:20], [str(citation.number) for citation in report.citations()])


class Documents:
    """The documents that a report cites: those of its collection, and what its run fetched, read from its archive."""

    def __init__(self, run: Run, report: Report, collection: Collection | None) -> None:
        self.collection = collection
        self._fetched = _fetched(run.report_path, _changed(run.report_path)) if _fetches(report) else {}

    def get(self, id: str) -> Document | None:
        """The document, as far as it is still there."""
        if id in self._fetched:
            return self._fetched[id]
        try:
            return self.collection.document(id) if self.collection is not None else None
        except NotFound:
            return None


def _fetches(report: Report) -> bool:
    return any(source.capture is not None for source in report.sources)


@lru_cache(maxsize=4)
def _fetched(path: Path, changed: int) -> dict[str, Document]:
    """What a run fetched and cites; reading it starts a process, so it is kept for the next click."""
    found = read_captures(read_report(path), [path.parent])
    return {id: again.document for id, again in found.items() if again.document is not None}


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def beside(run: str, report: Report, citation: Citation, documents: Documents) -> str:
    """What stands beside the report when a citation is chosen."""
    document, collection = documents.get(citation.span.document), documents.collection
    source = next((s for s in report.sources if s.document == citation.span.document), None)
    uri = source.uri if source is not None else citation.span.document
    place = where(citation.place)
    head = tag("h2", tag("span", str(citation.number), cls=f"n {citation.label}") + escape(uri), dir="auto")
    facts = (tag("span", escape(place), cls="soft", dir="auto") if place else "") + badge(citation.label)
    fetched = source.capture if source is not None else None
    if fetched is not None:
        facts += tag("span", escape(f"fetched {fetched.fetched.replace('T', ' ')[:16]}"), cls="soft")
    elif document is not None and collection is not None:
        address = f"/collections/{collection.name}/documents/{document.id}"
        facts += tag("a", "Open the whole document", href=address)
    return tag("div", head + tag("p", facts, cls="facts"), cls="about") + _evidence(run, citation, document)


def _evidence(run: str, citation: Citation, document: Document | None) -> str:
    shown = ""
    if isinstance(citation.place, Region) and document is not None:
        shown = _scan(run, citation, citation.place)
    if isinstance(citation.place, Rows):
        shown += _rows(citation, citation.place, document)
    else:
        shown += _text(citation, document)
    return shown


def _text(citation: Citation, document: Document | None) -> str:
    found = context(citation.span, document, AROUND)
    gone = ""
    if document is None or document.text[citation.span.start : citation.span.end] != citation.span.quote:
        gone = tag("p", "The collection has another version of this document, or none. The quote stands here as the "
                        "report keeps it; Verify reads the source again.", cls="note")  # fmt: skip
    mark = tag("mark", escape(found.quote), id="quote", tabindex="-1")
    return gone + tag("div", escape(found.before) + mark + escape(found.after), cls="text", dir="auto")


def _scan(run: str, citation: Citation, region: Region) -> str:
    """The page as it looks. The box is drawn in shares of the page, so it fits at any size."""
    x0, y0, x1, y1 = (share * 100 for share in region.box)
    box = tag("rect", "", x=f"{x0:.3f}", y=f"{y0:.3f}", width=f"{x1 - x0:.3f}", height=f"{y1 - y0:.3f}")
    over = tag("svg", box, viewBox="0 0 100 100", preserveAspectRatio="none", aria_hidden="true")
    picture = void("img", src=f"/runs/{run}/evidence/{citation.number}.png", loading="lazy",
                   alt=f"Page {region.page}; the marked region reads: {citation.span.quote}")  # fmt: skip
    return tag("figure", picture + over, cls="scan")


def page_png(citation: Citation, documents: Documents) -> bytes:
    """The page of a cited scan. SourceError when the file cannot be read any more."""
    document, region = documents.get(citation.span.document), citation.place
    collection = documents.collection
    if document is None or collection is None or not isinstance(region, Region):
        raise SourceError("There is no picture of this evidence.")
    return picture(document, Region(region.page, WHOLE), collection)


def picture(document: Document, region: Region, collection: Collection) -> bytes:
    """PNG of a region of a scan. SourceError when the file cannot be read any more."""
    from leadline.sources.image import render_region

    first, _, _ = document.uri.partition("/")
    root = Path(collection.sources.roots.get(first, first))
    try:
        return render_region(root, document.uri, region)
    except OSError as error:
        raise SourceError(f"{document.uri} cannot be read any more.") from error


def _rows(citation: Citation, rows: Rows, document: Document | None) -> str:
    """The cited rows, marked, among their neighbours."""
    cited = grid(citation, rows, document)
    marked = {number for number, _ in cited.rows}
    found = next((t for t in document.tables if t.name == rows.table), None) if document else None
    lines: list[tuple[int, tuple[Cell, ...]]] = list(cited.rows)
    if found is not None:
        first = max(1, rows.first - ROWS_AROUND)
        last = min(len(found.rows), rows.last + ROWS_AROUND, first + MAX_ROWS)
        lines = [(n, found.rows[n - 1]) for n in range(first, last + 1)]
    cells = [
        (tag("mark", str(n)) if n in marked else str(n), *(_cell(cell, n in marked) for cell in row))
        for n, row in lines
    ]
    more = tag("p", f"{cited.more:,} more rows went into it.", cls="soft") if cited.more else ""
    columns = ("row", *cited.columns) if cited.columns else ()
    asked = _query(citation.query) if citation.query is not None else ""
    return tag("div", asked + table(columns, cells, rows.table) + more, id="quote", tabindex="-1")


def _cell(cell: Cell, marked: bool) -> str:
    text = escape(cell_text(cell))
    return tag("mark", text) if marked and text else text


def _query(query: Query) -> str:
    result = table(
        query.columns, [[escape(cell_text(c)) for c in row] for row in query.result[:50]], "Result"
    )
    code = tag("pre", tag("code", escape(query.sql)), tabindex="0")
    return tag("section", tag("h3", f"The query, over {query.n_rows:,} rows") + code + result, cls="query")


def collection_of(run: Run) -> str:
    """The name of the collection that a run reads; empty when it has none."""
    record = run.record
    return record.collection or (Collection.name_of(record.sources) if record.sources else "")


def opened(shelf: Shelf, name: str) -> Collection | None:
    """The collection of a run; None when it was removed or is damaged: the report stands without it."""
    try:
        return shelf.take(name) if name else None
    except LeadlineError:
        return None
