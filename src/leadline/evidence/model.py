"""The nouns that everything speaks of: Document, Passage, Span, Citation, Claim, Report.

All are immutable msgspec structs: `msgspec.json.encode(report)` is the published format and
`leadline schema report` its JSON Schema. Offsets count Unicode code points of `Document.text`,
start inclusive, end exclusive.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Cell = str | int | float | bool | None
"""A table cell. Dates are ISO 8601 strings."""


class Noun(msgspec.Struct, frozen=True, omit_defaults=False):
    """Base of all nouns."""


# ---- where in a source something stands -------------------------------------------------------------


class Place(Noun, frozen=True, tag_field="kind"):
    """A position in the source's own terms, for people and for viewers."""


class Page(Place, frozen=True, tag="page"):
    number: int
    """1-based."""


class Region(Place, frozen=True, tag="region"):
    """A box on a scanned page or image; x0, y0, x1, y1 are shares of width and height in [0, 1]."""

    page: int
    box: tuple[float, float, float, float]


class Rows(Place, frozen=True, tag="rows"):
    """Data rows of a table, 1-based and inclusive; the header is row 0."""

    table: str
    first: int
    last: int


class Slide(Place, frozen=True, tag="slide"):
    number: int


class Heading(Place, frozen=True, tag="heading"):
    """The headings above the text, outermost first."""

    path: tuple[str, ...]


class Capture(Place, frozen=True, tag="capture"):
    """A web page as it was fetched; `archive` is a WARC file, `record` the id of the record in it."""

    url: str
    fetched: str
    archive: str = ""
    record: str = ""


AnyPlace = Page | Region | Rows | Slide | Heading | Capture


class Mark(Noun, frozen=True):
    """The text [start, end) of a document stands at `place` in the source. Marks may nest and overlap."""

    start: int
    end: int
    place: AnyPlace


class Table(Noun, frozen=True):
    """A table of a document.

    In the document's text it is one header line at `start` followed by one line per row, in order
    (cells joined by " | ", line breaks inside a cell replaced by spaces; in Markdown as it is written there), so row i
    is line i after the header.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    start: int


# ---- sources ----------------------------------------------------------------------------------------


class Document(Noun, frozen=True):
    """One readable thing. `id` is stable for the same URI (and part); `sha256` is of the source's bytes."""

    id: str
    title: str
    text: str
    uri: str
    media_type: str
    sha256: str
    marks: tuple[Mark, ...] = ()
    tables: tuple[Table, ...] = ()
    hidden: tuple[tuple[int, int], ...] = ()
    """Stretches of `text` that a person would not see (zero-width, white on white, off page). Never cited."""
    date: str = ""
    """ISO date that the document states of itself or its metadata, if any."""
    metadata: dict[str, str] = {}


class Passage(Noun, frozen=True):
    """A retrievable stretch of a document."""

    id: str
    document: str
    start: int
    end: int
    text: str


class Span(Noun, frozen=True):
    """Text [start, end) of a document with its quote, so that it can be checked at any time."""

    document: str
    start: int
    end: int
    quote: str


class Failure(Noun, frozen=True):
    """A source that could not be read, with the reason and what to do."""

    uri: str
    reason: str
    remedy: str = ""


# ---- claims -----------------------------------------------------------------------------------------


class Query(Noun, frozen=True):
    """A read-only SQL query that computed a figure: run again, it must give `result`."""

    sql: str
    columns: tuple[str, ...]
    result: tuple[tuple[Cell, ...], ...]
    tables: dict[str, str]
    """SQL table name -> document id."""
    n_rows: int
    """How many source rows went into the result."""


Label = Literal["supports", "partly", "contradicts", "unsupported"]
"""What the quote does for the claim. `unsupported` only where the user wants such sentences marked, not dropped."""


class Citation(Noun, frozen=True):
    """One piece of evidence. Text, scans and web captures are a span with a place; tables add a query."""

    number: int
    span: Span
    label: Label = "supports"
    place: AnyPlace | None = None
    query: Query | None = None


class Claim(Noun, frozen=True):
    """A statement and its evidence. A claim without citations may only group sub-claims."""

    text: str
    citations: tuple[Citation, ...] = ()
    claims: tuple[Claim, ...] = ()
    confidence: float | None = None


class Source(Noun, frozen=True):
    """What a reader needs to find a cited document again."""

    document: str
    title: str
    uri: str
    media_type: str
    sha256: str
    date: str = ""
    capture: Capture | None = None
    """Where its bytes are kept, for what was fetched during the run."""


class Contradiction(Noun, frozen=True):
    """Two citations (by number) that cannot both hold, and what they disagree about."""

    about: str
    citations: tuple[int, int]


class StaleCopy(Noun, frozen=True):
    """Documents that share a title and differ in date or content; the newest first."""

    title: str
    documents: tuple[str, ...]
    dates: tuple[str, ...]
    uris: tuple[str, ...] = ()


class Elsewhere(Noun, frozen=True):
    """A word of the question, and the URIs of the few sources that say it, none of which is cited."""

    word: str
    uris: tuple[str, ...]


class Otherwise(Noun, frozen=True):
    """Where a question takes for granted what a source says otherwise: the words of both, and the citation's number."""

    asked: str
    said: str
    citation: int


class Omissions(Noun, frozen=True):
    """What the report does not say: part of every report."""

    unanswered: tuple[str, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    unread: tuple[Failure, ...] = ()
    documents_total: int = 0
    documents_opened: int = 0
    stale: tuple[StaleCopy, ...] = ()
    dropped: int = 0
    """Sentences that the writer proposed and the check refused."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """Telling words of the question that no cited source says, and others do."""
    otherwise: tuple[Otherwise, ...] = ()
    """What the question takes for granted and the sources say otherwise."""


Status = Literal["answered", "nothing found", "budget spent"]


class Report(Noun, frozen=True):
    """A question, a tree of claims, the sources, and what was left out."""

    question: str
    status: Status
    claims: tuple[Claim, ...]
    sources: tuple[Source, ...]
    omissions: Omissions
    run: dict[str, Cell] = {}
    """Run id, agent, model, seed, collection, index id, budget, times."""
    version: int = 1

    def citations(self) -> tuple[Citation, ...]:
        """Every citation of the tree, in reading order."""
        found: list[Citation] = []
        pending = list(reversed(self.claims))
        while pending:
            claim = pending.pop()
            found.extend(claim.citations)
            pending.extend(reversed(claim.claims))
        return tuple(found)

    # What a notebook shows; the renderings are loaded when they are asked for.
    def _repr_html_(self) -> str:
        from leadline.evidence.render.notebook import frame

        return frame(self)

    def _repr_markdown_(self) -> str:
        from leadline.evidence.render.markdown import render_markdown

        return render_markdown(self)
