"""A report on a terminal: the answer with its numbers, then each quote with its place."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from leadline.evidence.model import Claim, Report
from leadline.evidence.render.exhibit import Exhibit, cell_text, exhibits, facts, omission_rows, otherwise
from leadline.evidence.render.order import APART, ReadingOrder, heading

MAX_OF_A_KIND = 5
MAX_VALUE = 500
"""Characters of an omission; the report has the rest."""


def said(report: Report, paths: Mapping[str, Path], width: int = 100) -> str:
    """What `leadline research` prints: status, claims, quotes by number, what was left out, files."""
    parts = [" · ".join(facts(report))]
    parts += [_wrapped(sentence, width) for sentence in otherwise(report)]
    if report.claims:
        parts += [
            "\n".join(_claims(report.claims, ReadingOrder(report), width)),
            "\n".join(_evidence(exhibits(report), width)),
        ]
    parts.append("\n".join(_wrapped(line, width) for line in _left_out(report)))
    if paths:
        parts.append("\n".join(str(path) for path in paths.values()))
    return "\n\n".join(parts)


def _left_out(report: Report) -> Iterator[str]:
    """Contradictions and omissions, a few of each kind; the report has them all."""
    for found in report.omissions.contradictions:
        yield f"Contradiction: {found.about} [{found.citations[0]}] [{found.citations[1]}]"
    seen: Counter[str] = Counter()
    for label, value in omission_rows(_with_cited_versions(report)):
        seen[label] += 1
        if seen[label] <= MAX_OF_A_KIND:
            yield f"{label}: {textwrap.shorten(value, MAX_VALUE, placeholder=' ...')}"
    for label, n in seen.items():
        if n > MAX_OF_A_KIND:
            yield f"{label}: {n - MAX_OF_A_KIND} more, see the report"


def _with_cited_versions(report: Report) -> Report:
    """The report with those outdated copies only that concern its quotes."""
    cited = {citation.span.document for citation in report.citations()}
    stale = tuple(copy for copy in report.omissions.stale if cited & set(copy.documents))
    return replace(report, omissions=replace(report.omissions, stale=stale))


def _claims(claims: tuple[Claim, ...], order: ReadingOrder, width: int, indent: str = "") -> Iterator[str]:
    first, apart = order.of(claims)
    for claim in first:
        text = " ".join(claim.text.split()) if claim.citations else heading(claim)
        yield _wrapped(text + order.numbers(claim), width, indent)
        yield from _claims(claim.claims, order, width, indent + "  ")
    if apart:
        yield f"{indent}{APART}:"
        yield from (_wrapped(claim.text + order.numbers(claim), width, indent + "  ") for claim in apart)


def _evidence(shown: Mapping[int, Exhibit], width: int) -> Iterator[str]:
    told: set[str] = set()
    for number, exhibit in shown.items():
        place = f", {exhibit.where}" if exhibit.where else ""
        yield _wrapped(f"[{number}] {exhibit.source.uri}{place}", width)
        yield _wrapped(f'"{" ".join(exhibit.near.quote.split())}"', width, "    ")
        query = exhibit.citation.query
        if query is not None and query.sql not in told:  # three rows of one figure have one query
            told.add(query.sql)
            yield _wrapped(query.sql, width, "    ")
            rows = [", ".join(cell_text(cell) for cell in row) for row in query.result[:3]]
            yield _wrapped(f"-> {'; '.join(rows)} (from {query.n_rows} rows)", width, "    ")


def _wrapped(text: str, width: int, indent: str = "") -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
