"""Does a report still hold? Its sources are read again and every citation is checked against them; no model is asked.

Text is compared character for character, rows as they stand in their table, a query by running it again, a scan by
reading its region again. A source that changed may still hold the quote: then the citation holds, with a note.

>>> from leadline import verify  # doctest: +SKIP
>>> verify(report, ["./folder"]).ok  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from leadline.agents.again import Again, State, read_again
from leadline.agents.captured import read_captures
from leadline.errors import UsageError
from leadline.evidence.check import check_citation, check_claims
from leadline.evidence.model import Citation, Document, Noun, Query, Report
from leadline.evidence.render.exhibit import where
from leadline.files import home
from leadline.runs.store import read_report


class Verdict(Noun, frozen=True):
    """One citation: whether it holds, what became of its source, and why it does not hold or what to know."""

    number: int
    ok: bool
    source: State
    uri: str
    place: str
    quote: str
    reason: str = ""


class Verification(Noun, frozen=True):
    """The verdict on every citation, once each, in reading order, and statements that have no citation at all."""

    ok: bool
    n_citations: int
    n_failed: int
    verdicts: tuple[Verdict, ...]
    bare: tuple[str, ...] = ()


def _refuse_reports(report: Report, sources: Sequence[Path]) -> None:
    """Refuse another report in the place of a source, as a shell makes of `*/report.json`; none cites it as a file."""
    cited = {source.uri.rpartition("/")[2] for source in report.sources}
    for path in sources:
        if path.suffix == ".json" and path.is_file() and path.name not in cited and _is_report(path):
            raise UsageError(
                f"{path} is a report, not a source.",
                remedy="Reports are checked one at a time: leadline verify REPORT.json",
            )


def _is_report(path: Path) -> bool:
    try:
        read_report(path)
    except UsageError:
        return False
    return True


def verify(report: Report | str | Path, sources: Sequence[str | Path] = ()) -> Verification:
    """Check a report (or its report.json) against its sources as they are now.

    Without `sources` they are looked for where the run recorded them. Pages that were fetched during the run are read
    from its archive, beside the report's file, in the run's folder or in `sources`. Raises UsageError for a file that
    is no report, for a source that does not exist, and for a report in the place of a source.
    """
    beside: list[Path] = []
    if not isinstance(report, Report):
        beside = [Path(report).parent]
        report = read_report(Path(report))
    paths = [Path(sources)] if isinstance(sources, str | Path) else [Path(source) for source in sources]
    _refuse_reports(report, paths)
    kept = read_captures(
        report, [*paths, *beside, home() / "runs" / Path(str(report.run.get("id", ""))).name]
    )
    again = read_again(report, paths, known=kept)
    documents = {id: found.document for id, found in again.items() if found.document is not None}
    uris = {source.document: source.uri for source in report.sources}
    queries: dict[str, str] = {}
    verdicts = []
    for citation in first_of_each(report.citations()):
        found = again.get(
            citation.span.document, Again("missing", note="the report does not list its source")
        )
        reason = _reason(citation, found, documents, queries)
        uri = uris.get(citation.span.document, citation.span.document)
        verdicts.append(
            Verdict(
                citation.number, not reason, found.state, uri, where(citation.place), citation.span.quote,
                "; ".join(part for part in (reason, found.note if reason != found.note else "") if part),
            )
        )  # fmt: skip
    bare = tuple(check_claims(report.claims))
    failed = sum(not verdict.ok for verdict in verdicts)
    return Verification(not failed and not bare, len(verdicts), failed, tuple(verdicts), bare)


def first_of_each(citations: Sequence[Citation]) -> list[Citation]:
    """Citations without those whose number came before: one that stands under several claims is one."""
    seen: dict[int, Citation] = {}
    for citation in citations:
        seen.setdefault(citation.number, citation)
    return list(seen.values())


def _reason(
    citation: Citation, found: Again, documents: Mapping[str, Document], queries: dict[str, str]
) -> str:
    """Why the citation does not hold; empty when it does."""
    if found.document is None:
        return found.note
    reason = check_citation(citation, documents).reason
    if reason or citation.query is None:
        return reason
    return _query_reason(citation.query, documents, queries)


def _query_reason(query: Query, documents: Mapping[str, Document], queries: dict[str, str]) -> str:
    """Run a query again, once however many citations carry it."""
    from leadline.environments.data import recheck

    key = query.sql + repr(query.result)
    if key not in queries:
        queries[key] = recheck(query, documents.values())
    return queries[key]
