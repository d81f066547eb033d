"""A report as Markdown: claims with numbers, then the evidence under its numbers, then what was left out.

Text from sources is escaped, so that it can be neither a link nor an image nor markup. White space is folded
as Markdown folds it; report.json holds every quote character for character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from leadline.evidence.model import Cell, Claim, Document, Query, Report
from leadline.evidence.render.exhibit import Exhibit, cell_text, exhibits, facts, omission_rows, otherwise
from leadline.evidence.render.order import APART, ReadingOrder, heading

_SPECIAL = re.compile(r"([\\`*\[\]<>|~$]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;))")
_LEADING = re.compile(r"^(\d+)([.)])|^([-+=#])")


def render_markdown(report: Report, documents: Mapping[str, Document] | None = None) -> str:
    """The whole report; quotes stand in their context where `documents` (id -> Document) holds their source."""
    shown = exhibits(report, documents)
    parts = [f"# {escape(report.question)}", " · ".join(escape(fact) for fact in facts(report))]
    parts += [f"**{escape(sentence)}**" for sentence in otherwise(report)]
    if report.claims:
        parts += ["## Answer", *_claims(report.claims, ReadingOrder(report), level=3)]
        parts += ["## Evidence", *(_exhibit(exhibit) for exhibit in shown.values())]
    if report.omissions.contradictions:
        parts += ["## Contradictions", _contradictions(report, shown)]
    parts += ["## Left out", _pairs(omission_rows(report))]
    if report.sources:
        parts += ["## Sources", _sources(report)]
    if report.run:
        parts += ["## Run", _pairs((key, cell_text(value)) for key, value in report.run.items())]
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """One line of text that Markdown shows as it is.

    >>> escape("![x](http://a.b) *bold*\\n1. item")
    '!\\\\[x\\\\](http://a.b) \\\\*bold\\\\* 1. item'
    >>> escape("- item"), escape("2) item")
    ('\\\\- item', '2\\\\) item')
    """
    line = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return _LEADING.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", line)


def _claims(claims: tuple[Claim, ...], order: ReadingOrder, level: int) -> Iterator[str]:
    """Statements are paragraphs; a claim that only groups others is a heading over them."""
    first, apart = order.of(claims)
    for claim in first:
        if not claim.citations:
            yield f"{'#' * min(level, 6)} {escape(heading(claim))}"
        else:
            yield escape(claim.text) + order.numbers(claim)
        yield from _claims(claim.claims, order, level + 1)
    if apart:
        yield f"{'#' * min(level, 6)} {APART}"
        yield from (escape(claim.text) + order.numbers(claim) for claim in apart)


def _exhibit(exhibit: Exhibit) -> str:
    place = f", {escape(exhibit.where)}" if exhibit.where else ""
    lines = [f"**[{exhibit.citation.number}]** {escape(exhibit.source.uri)}{place}", ""]
    if exhibit.grid is not None:
        columns = ("row", *exhibit.grid.columns) if exhibit.grid.columns else ()
        lines.append(_table(columns, [(number, *row) for number, row in exhibit.grid.rows]))
        lines += ["", f"{exhibit.grid.more} more rows"] if exhibit.grid.more else []
    else:
        before, quote, after = exhibit.near
        lines.append(f"> {_side(before)}**{escape(quote)}**{_side(after)}".rstrip())
    if exhibit.citation.query is not None:
        lines += ["", _query(exhibit.citation.query)]
    return "\n".join(lines)


def _side(text: str) -> str:
    """Context beside the bold quote: spaces at the seam are kept, as one."""
    if not text.strip():
        return " " * bool(text)
    return " " * text[0].isspace() + escape(text) + " " * text[-1].isspace()


def _query(query: Query) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", query.sql)), default=0))
    return f"{fence}sql\n{query.sql}\n{fence}\n\n{_table(query.columns, query.result[:50])}"


def _table(columns: tuple[str, ...], rows: tuple[tuple[Cell, ...], ...] | list[tuple[Cell, ...]]) -> str:
    width = max((len(row) for row in rows), default=len(columns))
    head = columns or ("",) * width
    lines = [head, ("---",) * len(head), *(tuple(escape(cell_text(cell)) for cell in row) for row in rows)]
    lines[0] = tuple(escape(name) for name in head)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _contradictions(report: Report, shown: Mapping[int, Exhibit]) -> str:
    lines: list[str] = []
    for found in report.omissions.contradictions:
        lines.append(f"- {escape(found.about)}")
        for number in found.citations:
            if number in shown:
                exhibit = shown[number]
                lines.append(f"  - [{number}] {escape(exhibit.near.quote)} ({escape(exhibit.source.uri)})")
    return "\n".join(lines)


def _pairs(pairs: Iterator[tuple[str, str]]) -> str:
    return "\n".join(f"- {label}: {escape(value)}" for label, value in pairs)


def _sources(report: Report) -> str:
    rows: list[tuple[Cell, ...]] = [(s.title, s.uri, s.date, s.sha256[:16]) for s in report.sources]
    return _table(("title", "source", "date", "sha256"), rows)
