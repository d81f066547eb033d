"""A finished run: claims with numbered citations, the cited document beside them, what was left out, export, verify."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from leadline.agents.verify import Verdict, Verification, verify
from leadline.errors import NotFound, UsageError
from leadline.evidence.model import Citation, Claim, Document, Report
from leadline.evidence.render import render_html, render_json, render_markdown
from leadline.evidence.render.bibliography import render_bibtex, render_csl
from leadline.evidence.render.exhibit import cell_text, facts, omission_rows, where
from leadline.evidence.render.page import escape, tag
from leadline.runs.store import Run, find_run
from leadline.serve.pages.beside import beside, citation_of, document_of, opened, page_png
from leadline.serve.pages.frame import badge, button, card, count, form, html, layout, table
from leadline.serve.pages.jobs import Jobs
from leadline.serve.pages.live import Live
from leadline.serve.pages.session import check_form
from leadline.serve.pages.shelf import Shelf

Render = Callable[[Report, Mapping[str, Document]], str]
EXPORTS: dict[str, tuple[str, str, Render]] = {
    "report.html": ("HTML", "text/html", render_html),
    "report.md": ("Markdown", "text/markdown", render_markdown),
    "report.json": ("JSON", "application/json", lambda report, _: render_json(report)),
    "report.bib": ("BibTeX", "application/x-bibtex", lambda report, _: render_bibtex(report)),
    "report.csl.json": (
        "CSL",
        "application/vnd.citationstyles.csl+json",
        lambda report, _: render_csl(report),
    ),
}
"""File name -> what people call it, media type, renderer."""


class Reader:
    """The routes of a run's report."""

    def __init__(self, jobs: Jobs, shelf: Shelf, live: Live) -> None:
        self.jobs, self.shelf, self.live = jobs, shelf, live

    def routes(self) -> list[Route]:
        return [
            Route("/runs/{id}", self.page),
            Route("/runs/{id}/evidence/{number}.png", self.picture),
            Route("/runs/{id}/evidence/{number}", self.evidence),
            Route("/runs/{id}/verify", self.verify, methods=["POST"]),
            Route("/runs/{id}/{file}", self.export),
        ]

    async def page(self, request: Request) -> Response:
        run = await run_in_threadpool(find_run, request.path_params["id"])
        if run.broken:
            raise UsageError(f"Run {run.record.id} is broken: {run.broken}.")
        report = await run_in_threadpool(run.report)
        if report is None or run.record.state == "running":
            return await self.live.page(request, run)
        body = await run_in_threadpool(self._page, request, run, report)
        return html(layout(report.question, body, here="/runs", scripts=["reader.js"], wide=True))

    def _page(self, request: Request, run: Run, report: Report) -> str:
        page = _Page(run.record.id, report, self.jobs.verdicts.get(run.record.id))
        number = request.query_params.get("cite", "")
        chosen = ""
        if number:
            chosen = self._beside(run, report, citation_of(report, number))
        tools = _tools(request, run)
        return page.article(tools) + _aside(chosen, bool(report.claims))

    def _beside(self, run: Run, report: Report, citation: Citation) -> str:
        return beside(
            run.record.id, report, citation, opened(self.shelf, str(report.run.get("collection", "")))
        )

    async def evidence(self, request: Request) -> Response:
        """The document beside the report, alone: what the page puts in place without loading itself again."""
        run, report = await self._finished(request)
        citation = citation_of(report, request.path_params["number"])
        return html(await run_in_threadpool(self._beside, run, report, citation))

    async def picture(self, request: Request) -> Response:
        _, report = await self._finished(request)
        citation = citation_of(report, request.path_params["number"])
        collection = opened(self.shelf, str(report.run.get("collection", "")))
        return Response(await run_in_threadpool(page_png, citation, collection), media_type="image/png")

    async def verify(self, request: Request) -> Response:
        given = await request.form(max_files=0, max_fields=4)
        check_form(request, given.get("csrf"))
        run, report = await self._finished(request)
        self.jobs.verdicts[run.record.id] = await run_in_threadpool(verify, report)
        return RedirectResponse(f"/runs/{run.record.id}#verified", 303)

    async def export(self, request: Request) -> Response:
        name = request.path_params["file"]
        if name not in EXPORTS:
            raise NotFound("export", name[:60], EXPORTS)
        run, report = await self._finished(request)
        _, media_type, render = EXPORTS[name]
        text = await run_in_threadpool(lambda: render(report, self._documents(report)))
        file = f"{run.record.id}-{name}"
        return Response(
            text, media_type=media_type, headers={"content-disposition": f'attachment; filename="{file}"'}
        )

    def _documents(self, report: Report) -> dict[str, Document]:
        collection = opened(self.shelf, str(report.run.get("collection", "")))
        found = {c.span.document: document_of(c, collection) for c in report.citations()}
        return {id: document for id, document in found.items() if document is not None}

    async def _finished(self, request: Request) -> tuple[Run, Report]:
        run = await run_in_threadpool(find_run, request.path_params["id"])
        report = None if run.broken else await run_in_threadpool(run.report)
        if report is None:
            raise UsageError("This run has no report yet.", remedy="Wait until it is done, or run it again.")
        return run, report


class _Page:
    """The left side of the reader."""

    def __init__(self, run: str, report: Report, verification: Verification | None) -> None:
        self.run, self.report, self.verification = run, report, verification
        verdicts = verification.verdicts if verification is not None else ()
        self.verdicts: dict[int, Verdict] = {verdict.number: verdict for verdict in verdicts}
        self.uris = {source.document: source.uri for source in report.sources}

    def article(self, tools: str) -> str:
        report = self.report
        chips = [tag("li", escape(fact)) for fact in facts(report)]
        parts = [
            tag("h1", escape(report.question), dir="auto"),
            tag("ul", chips, cls="chips " + report.status.replace(" ", "-")),
            tools,
            self._verified(),
        ]
        if report.claims:
            parts.append(
                tag("section", "".join(self._claim(claim, 2) for claim in report.claims), cls="claims")
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
        inner = "".join(self._claim(child, level + 1) for child in claim.claims)
        if not claim.citations:
            return tag(
                "section", tag(f"h{min(level, 6)}", escape(claim.text), dir="auto", cls="question") + inner
            )
        numbers = "".join(self.chip(citation) for citation in claim.citations)
        says = tag("p", escape(claim.text) + "\u2060" + numbers, dir="auto", cls="says")
        lines = [tag("li", self._line(citation)) for citation in claim.citations]
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
        shown += badge(citation.label) if citation.label != "supports" else ""
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
            (
                tag(
                    "a",
                    escape(s.title or s.uri),
                    href=f"/collections/{name}/documents/{s.document}",
                    dir="auto",
                ),
                escape(s.uri),
                escape(s.date),
            )
            for s in self.report.sources
        ]
        return tag("section", tag("h2", "Sources") + table(("title", "source", "date"), rows), id="sources")


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


def _tools(request: Request, run: Run) -> str:
    id = run.record.id
    check = form(request, f"/runs/{id}/verify", button("Verify every citation", "primary"), cls="inline")
    links = [tag("a", name, href=f"/runs/{id}/{file}", download="") for file, (name, _, _) in EXPORTS.items()]
    export = tag("details", tag("summary", "Export") + tag("div", links, cls="menu"), cls="export")
    again = form(request, f"/runs/{id}/resume", button("Run it again"), cls="inline")
    gone = form(request, f"/runs/{id}/delete", button("Delete", "quiet"), cls="inline")
    return tag("div", check + export + again + gone, cls="actions")


def _aside(chosen: str, claims: bool) -> str:
    empty = tag("p", "Choose a number to see its source here." if claims else "", cls="soft empty")
    close = tag("button", "Close", type="button", id="close", cls="quiet")
    inside = close + tag("div", chosen or empty, id="shown", aria_live="polite")
    return tag(
        "aside",
        inside,
        id="beside",
        aria_label="Source",
        tabindex="-1",
        **({"data_open": ""} if chosen else {}),
    )
