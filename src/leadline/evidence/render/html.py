"""A report as one self-contained page: each claim with its evidence beside it.

Quotes stand highlighted in the source's own words and open to a wider view; scans are shown as they look, table
rows under their header with the query that was run over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from leadline.evidence.model import Cell, Citation, Claim, Document, Query, Report
from leadline.evidence.render.exhibit import (
    Context,
    Exhibit,
    Grid,
    Images,
    cell_text,
    exhibits,
    facts,
    omission_rows,
    otherwise,
)
from leadline.evidence.render.order import APART, ReadingOrder
from leadline.evidence.render.page import escape, page, png, tag, void

LOGO = (
    '<svg class="logo" viewBox="0 0 16 40" aria-hidden="true"><path d="M8 0v27M4.5 6h7M4.5 13h7M4.5 20h7"/>'
    '<path class="lead" d="M8 26c2.2 0 3 1.6 3.4 4.4l1.1 7.6h-9l1.1-7.6C5 27.6 5.800 26 8 26z"/></svg>'
)
"""The sounding lead on its marked rope."""


def render_html(
    report: Report, documents: Mapping[str, Document] | None = None, images: Images | None = None
) -> str:
    """The page. `documents` (id -> Document) give quotes their context, `images` the crops of scans."""
    return page(report.question, _Page(report, exhibits(report, documents, images)).body())


class _Page:
    """One rendering: remembers which evidence was shown, so that an exhibit has one place to link to."""

    def __init__(self, report: Report, shown: Mapping[int, Exhibit]) -> None:
        self.report, self.shown, self.order = report, shown, ReadingOrder(report)
        self._placed: set[int] = set()

    def body(self) -> str:
        report = self.report
        sections = [self._header()]
        if report.claims:
            sections.append(
                _section("answer", "Answer", claims_in_order(report.claims, 3, self.order, self._claim))
            )
        if report.omissions.contradictions:
            sections.append(_section("contradictions", "Contradictions", self._contradictions()))
        sections.append(_section("left-out", "Left out", _omissions(report)))
        if report.sources:
            sections.append(_section("sources", "Sources", _sources(report)))
        footer = _pairs([(key, cell_text(value)) for key, value in report.run.items()])
        return sections[0] + tag("main", sections[1:]) + tag("footer", footer)

    def _header(self) -> str:
        chips = [tag("li", escape(fact)) for fact in facts(self.report)]
        state = self.report.status.replace(" ", "-")
        return tag(
            "header",
            [
                tag("p", LOGO + "Leadline", cls="brand"),
                tag("h1", escape(self.report.question), dir="auto"),
                tag("ul", chips, cls=f"facts {state}", aria_label="Facts"),
                *(
                    tag("p", escape(sentence), cls="otherwise", dir="auto")
                    for sentence in otherwise(self.report)
                ),
            ],
        )

    def _claim(self, claim: Claim, level: int) -> str:
        inner = claims_in_order(claim.claims, level + 1, self.order, self._claim)
        if not claim.citations:
            heading = tag(f"h{min(level, 6)}", escape(claim.text), dir="auto")
            return tag("section", heading + inner, cls="group")
        numbers = "".join(_chip(citation) for citation in claim.citations)
        says = tag("p", escape(claim.text) + "\u2060" + numbers, dir="auto")
        if claim.confidence is not None:
            says += tag("p", f"confidence {claim.confidence:.2f}", cls="confidence")
        cards = "".join(self._card(citation) for citation in claim.citations)
        article = tag(
            "article", tag("div", says, cls="says") + tag("div", cards, cls="evidence"), cls="claim"
        )
        return article + (tag("div", inner, cls="under") if inner else "")

    def _card(self, citation: Citation) -> str:
        """The exhibit at its first mention; later mentions link to it."""
        if citation.number in self._placed:
            return ""
        self._placed.add(citation.number)
        exhibit = self.shown[citation.number]
        inside = [_caption(exhibit, self.order), *_what(exhibit)]
        return tag("figure", inside, cls=f"card {citation.label}", id=f"e{citation.number}", tabindex="-1")

    def _contradictions(self) -> str:
        return "".join(
            tag(
                "div",
                [
                    tag("h3", escape(found.about), dir="auto"),
                    tag("div", [self._side(n) for n in found.citations if n in self.shown], cls="sides"),
                ],
                cls="contradiction",
            )
            for found in self.report.omissions.contradictions
        )

    def _side(self, number: int) -> str:
        exhibit = self.shown[number]
        quote = tag("blockquote", tag("mark", escape(exhibit.near.quote)), dir="auto")
        return tag("div", tag("p", _chip(exhibit.citation) + _source(exhibit), cls="caption") + quote)


def claims_in_order(
    claims: Sequence[Claim], level: int, order: ReadingOrder, one: Callable[[Claim, int], str]
) -> str:
    """The claims under one heading, each as `one(claim, level of its headings)`; unlikely ones in a section apart."""
    first, apart = order.of(claims)
    shown = "".join(one(claim, level) for claim in first)
    if apart:
        heading = tag(f"h{min(level, 6)}", APART)
        shown += tag("section", heading + "".join(one(claim, level + 1) for claim in apart), cls="apart")
    return shown


def _section(id: str, title: str, content: str) -> str:
    return tag("section", tag("h2", title, id=f"{id}-title") + content, id=id, aria_labelledby=f"{id}-title")


def _chip(citation: Citation) -> str:
    """The number of a citation, as a link to its evidence."""
    number = str(citation.number)
    label = f"Evidence {number}" + ("" if citation.label == "supports" else f", {citation.label}")
    return tag("a", number, href=f"#e{number}", cls=f"n {citation.label}", aria_label=label)


def _caption(exhibit: Exhibit, order: ReadingOrder) -> str:
    citation = exhibit.citation
    label = "".join(tag("span", escape(word), cls="label") for word in order.beside(citation))
    number = tag("span", str(citation.number), cls=f"n {citation.label}")
    return tag("figcaption", number + _source(exhibit) + label)


def _source(exhibit: Exhibit) -> str:
    folder, slash, name = exhibit.source.uri.rpartition("/")
    uri = tag("span", tag("span", escape(folder + slash), cls="folder") + escape(name), cls="uri", dir="auto")
    return uri + (tag("span", escape(exhibit.where), cls="where", dir="auto") if exhibit.where else "")


def _what(exhibit: Exhibit) -> Iterator[str]:
    """The evidence itself, then what can be opened under it."""
    query = exhibit.citation.query
    if exhibit.image is not None:
        yield void("img", src=png(exhibit.image), alt=exhibit.near.quote)
    if exhibit.grid is not None:
        yield _grid(exhibit.grid)
    else:
        yield _quote(exhibit.near)
    if query is not None:
        yield _query(query)
    if exhibit.wide != exhibit.near and exhibit.grid is None:
        yield tag("details", tag("summary", "More of the source") + _quote(exhibit.wide))


def _quote(context: Context) -> str:
    words = [escape(context.before), tag("mark", escape(context.quote)), escape(context.after)]
    return tag("blockquote", words, dir="auto")


def _grid(grid: Grid) -> str:
    columns = ("row", *grid.columns) if grid.columns else ()
    table = _table(columns, [(number, *row) for number, row in grid.rows], cls="rows")
    return table + (tag("p", f"{grid.more} more rows", cls="more") if grid.more else "")


def _query(query: Query) -> str:
    result = _table(query.columns, list(query.result[:50]))
    code = tag("pre", tag("code", escape(query.sql)), tabindex="0")
    return tag("details", tag("summary", f"Query over {query.n_rows} rows") + code + result, cls="query")


def _table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], cls: str = "") -> str:
    head = (
        tag("thead", tag("tr", [tag("th", escape(name), scope="col") for name in columns])) if columns else ""
    )
    body = tag("tbody", [tag("tr", [_cell(cell) for cell in row]) for row in rows])
    return tag(
        "div",
        tag("table", head + body, cls=cls),
        cls="scroll",
        tabindex="0",
        role="group",
        aria_label="Table",
    )


def _cell(cell: Cell) -> str:
    number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return tag("td", escape(cell_text(cell)), cls="number" if number else "text")


def _omissions(report: Report) -> str:
    opened, total = report.omissions.documents_opened, report.omissions.documents_total
    label = f"{opened} of {total} documents opened"
    bar = tag("meter", label, min="0", max=str(max(total, 1)), value=str(opened), aria_label=label)
    return bar + _pairs(list(omission_rows(report)))


def _pairs(pairs: Sequence[tuple[str, str]]) -> str:
    rows = [tag("dt", escape(label)) + tag("dd", escape(value), dir="auto") for label, value in pairs]
    return tag("dl", [tag("div", row) for row in rows])


def _sources(report: Report) -> str:
    rows = [(s.title, s.uri, s.date, s.sha256[:16]) for s in report.sources]
    return _table(("title", "source", "date", "sha256"), rows, cls="sources")
