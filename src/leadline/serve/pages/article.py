"""A report as it is read: claims with numbered, labelled citations, contradictions, what was left out, the sources."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.agents.verify import Verdict, Verification
from leadline.evidence.model import Citation, Claim, Report, Source
from leadline.evidence.render.exhibit import cell_text, facts, omission_rows, otherwise, where
from leadline.evidence.render.html import claims_in_order
from leadline.evidence.render.order import ReadingOrder
from leadline.evidence.render.page import escape, tag
from leadline.serve.pages.frame import badge, card, count, table


class Article:
    """The left side of the reader: `html(tools)`, with the verdicts where the citations were verified."""

    def __init__(self, run: str, report: Report, verification: Verification | None) -> None:
        self.run, self.report, self.verification = run, report, verification
        verdicts = verification.verdicts if verification is not None else ()
        self.verdicts: dict[int, Verdict] = {verdict.number: verdict for verdict in verdicts}
        self.order = ReadingOrder(report)
        self.uris = {source.document: source.uri for source in report.sources}

    def html(self, tools: str) -> str:
        report = self.report
        chips = [tag("li", escape(fact)) for fact in facts(report)]
        parts = [
            tag("h1", escape(report.question), dir="auto"),
            tag("ul", chips, cls="chips " + report.status.replace(" ", "-")),
            *(tag("p", escape(sentence), cls="lead otherwise", dir="auto") for sentence in otherwise(report)),
            tools,
            self._verified(),
        ]
        if report.claims:
            parts.append(
                tag("section", claims_in_order(report.claims, 2, self.order, self._claim), cls="claims")
            )
        elif report.run.get("reason"):
            parts.append(tag("p", escape(cell_text(report.run["reason"])), cls="lead"))
        if report.omissions.contradictions:
            parts.append(
                tag("section", tag("h2", "Contradictions") + self._contradictions(), id="contradictions")
            )
        parts += [_left_out(report), self._sources(), _run_facts(report)]
        return tag("article", parts, cls="report")

    def _claim(self, claim: Claim, level: int) -> str:
        inner = claims_in_order(claim.claims, level + 1, self.order, self._claim)
        if not claim.citations:
            return tag(
                "section", tag(f"h{min(level, 6)}", escape(claim.text), dir="auto", cls="question") + inner
            )
        numbers = "".join(self.chip(citation) for citation in claim.citations)
        says = tag("p", escape(claim.text) + "\u2060" + numbers, dir="auto", cls="says")
        sure = (
            "" if claim.confidence is None else tag("span", f"confidence {claim.confidence:.2f}", cls="soft")
        )
        lines = [
            tag("li", self._line(citation) + (sure if n == 0 else ""))
            for n, citation in enumerate(claim.citations)
        ]
        return tag("div", says + tag("ul", lines, cls="where"), cls="claim") + inner

    def chip(self, citation: Citation) -> str:
        """The number of a citation: a link that shows its document beside the report."""
        verdict, label = self.verdicts.get(citation.number), f"Evidence {citation.number}, {citation.label}"
        cls = f"n {citation.label}"
        if verdict is not None:
            cls += " held" if verdict.ok else " fell"
            label += ", verified" if verdict.ok else ", not verified"
        address = f"/runs/{self.run}?cite={citation.number}#beside"
        return tag(
            "a", str(citation.number), href=address, cls=cls, data_cite=str(citation.number), aria_label=label
        )

    def _line(self, citation: Citation) -> str:
        uri = self.uris.get(citation.span.document, citation.span.document)
        place = where(citation.place)
        verdict = self.verdicts.get(citation.number)
        shown = tag("span", f"{citation.number}", cls="soft") + tag(
            "span", escape(uri), cls="uri", dir="auto"
        )
        shown += tag("span", escape(place), cls="soft", dir="auto") if place else ""
        shown += badge(citation.label)
        older = self.order.older.get(citation.span.document)
        shown += badge(older, "older") if older else ""
        if verdict is not None:
            shown += badge("verified", "held") if verdict.ok else badge("not verified", "fell")
            shown += tag("span", escape(verdict.reason), cls="soft", dir="auto") if verdict.reason else ""
        return shown

    def _verified(self) -> str:
        found = self.verification
        if found is None:
            return ""
        held = found.n_citations - found.n_failed
        says = f"{held} of {count(found.n_citations, 'citation')} found again in the sources as they are now."
        if found.bare:
            says += f" {count(len(found.bare), 'statement')} without a citation."
        return tag(
            "p", escape(says), cls="verdict " + ("held" if found.ok else "fell"), id="verified", role="status"
        )

    def _contradictions(self) -> str:
        by_number = {citation.number: citation for citation in self.report.citations()}
        return "".join(
            card(
                tag("h3", escape(found.about), dir="auto")
                + "".join(self._side(by_number[n]) for n in found.citations if n in by_number),
                "contradiction",
            )
            for found in self.report.omissions.contradictions
        )

    def _side(self, citation: Citation) -> str:
        quote = tag("blockquote", tag("mark", escape(citation.span.quote)), dir="auto")
        return tag("div", tag("p", self.chip(citation) + self._line(citation), cls="where") + quote)

    def _sources(self) -> str:
        if not self.report.sources:
            return ""
        name = str(self.report.run.get("collection", ""))
        rows = [
            (_source(source, name), escape(source.uri), tag("span", escape(source.date), cls="date"))
            for source in self.report.sources
        ]
        return tag(
            "section",
            tag("h2", "Sources") + table(("title", "source", "date"), rows, cls="stacked"),
            id="sources",
        )


def _source(source: Source, collection: str) -> str:
    """The title of a source, as a link where the collection has it; what was fetched is shown beside its claims."""
    title = escape(source.title or source.uri)
    if source.capture is not None:
        return tag("span", title, dir="auto")
    return tag("a", title, href=f"/collections/{collection}/documents/{source.document}", dir="auto")


def _left_out(report: Report) -> str:
    left = report.omissions
    label = f"{left.documents_opened} of {left.documents_total} documents opened"
    bar = tag("meter", label, min="0", max=str(max(left.documents_total, 1)), value=str(left.documents_opened),
              aria_label=label)  # fmt: skip
    return tag("section", tag("h2", "Left out") + bar + _pairs(list(omission_rows(report))), id="left-out")


def _run_facts(report: Report) -> str:
    pairs = [(key, cell_text(value)) for key, value in report.run.items()]
    return tag("details", tag("summary", "How it was run") + _pairs(pairs))


def _pairs(pairs: Sequence[tuple[str, str]]) -> str:
    return tag("dl", [tag("div", tag("dt", escape(k)) + tag("dd", escape(v), dir="auto")) for k, v in pairs])
