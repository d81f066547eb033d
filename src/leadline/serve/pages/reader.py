"""A finished run: claims with numbered citations, the cited document beside them, what was left out, export, verify."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from leadline.agents.verify import verify
from leadline.errors import LeadlineError, NotFound, UsageError
from leadline.evidence.model import Citation, Document, Region, Report
from leadline.evidence.render import render_html, render_json, render_markdown
from leadline.evidence.render.bibliography import render_bibtex, render_csl
from leadline.evidence.render.exhibit import Images
from leadline.evidence.render.page import policy, tag
from leadline.runs.store import Run, find_run, read_report
from leadline.serve.pages import grants
from leadline.serve.pages.article import Article
from leadline.serve.pages.beside import Documents, beside, citation_of, opened, page_png, picture
from leadline.serve.pages.frame import button, form, html, layout
from leadline.serve.pages.jobs import Jobs
from leadline.serve.pages.live import CAN_RESUME, Live
from leadline.serve.pages.session import check_form
from leadline.serve.pages.shelf import Shelf


class Sources(NamedTuple):
    """What an export may draw on: the cited documents that are still there, and pictures of their scans."""

    documents: Mapping[str, Document]
    images: Images


EXPORTS: dict[str, tuple[str, str, Callable[[Report, Sources], str]]] = {
    "report.html": ("HTML", "text/html", lambda report, by: render_html(report, by.documents, by.images)),
    "report.md": ("Markdown", "text/markdown", lambda report, by: render_markdown(report, by.documents)),
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
            Route("/runs/{id}/print", self.printed),
            Route("/runs/{id}/{file}", self.export),
        ]

    async def page(self, request: Request) -> Response:
        run = await run_in_threadpool(find_run, request.path_params["id"])
        if run.broken:
            raise UsageError(f"Run {run.record.id} is broken: {run.broken}.")
        report = await run_in_threadpool(report_of, run)
        if report is None or run.record.state in ("running", "waiting"):
            return await self.live.page(request, run)
        body = await run_in_threadpool(self._page, request, run, report)
        return html(layout(report.question, body, here="/runs", scripts=["reader.js"], wide=True))

    def _page(self, request: Request, run: Run, report: Report) -> str:
        article = Article(run.record.id, report, self.jobs.verdicts.get(run.record.id))
        number = request.query_params.get("cite", "")
        chosen = ""
        if number:
            chosen = self._beside(run, report, citation_of(report, number))
        tools = _tools(request, run, self.jobs.state(run), bool(report.claims))
        return article.html(grants.line(run.record) + tools) + (_aside(chosen) if report.claims else "")

    def _beside(self, run: Run, report: Report, citation: Citation) -> str:
        return beside(run.record.id, report, citation, self._documents(run, report))

    def _documents(self, run: Run, report: Report) -> Documents:
        return Documents(run, report, opened(self.shelf, str(report.run.get("collection", ""))))

    async def evidence(self, request: Request) -> Response:
        """The document beside the report, alone: what the page puts in place without loading itself again."""
        run, report = await self._finished(request)
        citation = citation_of(report, request.path_params["number"])
        return html(await run_in_threadpool(self._beside, run, report, citation))

    async def picture(self, request: Request) -> Response:
        run, report = await self._finished(request)
        citation = citation_of(report, request.path_params["number"])
        documents = self._documents(run, report)
        return Response(await run_in_threadpool(page_png, citation, documents), media_type="image/png")

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
        text = await run_in_threadpool(lambda: render(report, self._sources(run, report)))
        file = f"{run.record.id}-{name}"
        return Response(
            text, media_type=media_type, headers={"content-disposition": f'attachment; filename="{file}"'}
        )

    async def printed(self, request: Request) -> Response:
        """The whole report as one page without a script: for printing, and so for a PDF."""
        run, report = await self._finished(request)
        _, _, render = EXPORTS["report.html"]
        text = await run_in_threadpool(lambda: render(report, self._sources(run, report)))
        # The reader prints it out of a frame; its own style is known by its hash.
        return HTMLResponse(text, headers={"content-security-policy": f"{policy()}; frame-ancestors 'self'"})

    def _sources(self, run: Run, report: Report) -> Sources:
        cited = self._documents(run, report)
        collection = cited.collection
        found = {c.span.document: cited.get(c.span.document) for c in report.citations()}
        documents = {id: document for id, document in found.items() if document is not None}

        def image(document: Document, region: Region) -> bytes | None:
            try:
                return picture(document, region, collection) if collection is not None else None
            except LeadlineError:
                return None  # the scan is gone: the quote stands without its picture

        return Sources(documents, image)

    async def _finished(self, request: Request) -> tuple[Run, Report]:
        run = await run_in_threadpool(find_run, request.path_params["id"])
        report = None if run.broken else await run_in_threadpool(report_of, run)
        if report is None:
            raise UsageError("This run has no report yet.", remedy="Wait until it is done, or run it again.")
        return run, report


def report_of(run: Run) -> Report | None:
    """The report of a run; read again only when it changed, since each click on a citation asks for it."""
    try:
        return _read(run.report_path, run.report_path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Report:
    return read_report(path)


def _tools(request: Request, run: Run, state: str, cites: bool) -> str:
    id = run.record.id
    check = button("Verify every citation", "primary")
    check = form(request, f"/runs/{id}/verify", check, cls="inline") if cites else ""
    links = [tag("a", name, href=f"/runs/{id}/{file}", download="") for file, (name, _, _) in EXPORTS.items()]
    links.insert(1, tag("a", "PDF (print)", href=f"/runs/{id}/print", data_print=""))
    export = tag("details", tag("summary", "Export") + tag("div", links, cls="menu"), cls="export")
    resume = ""
    if state in CAN_RESUME:
        resume = form(request, f"/runs/{id}/resume", button("Resume"), cls="inline")
    again = form(request, f"/runs/{id}/again", button("Run it again"), cls="inline")
    gone = form(request, f"/runs/{id}/delete", button("Delete", "quiet"), cls="inline")
    return tag("div", check + export + resume + again + gone, cls="actions")


def _aside(chosen: str) -> str:
    empty = tag("p", "Choose a number to see its source here.", cls="soft empty")
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
