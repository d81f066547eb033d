"""Collections: their documents, what could not be read and why, one document's text, adding sources, removing."""

from __future__ import annotations

from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from leadline.errors import LeadlineError, UsageError
from leadline.evidence.model import Span
from leadline.evidence.render.exhibit import context
from leadline.evidence.render.page import escape, tag
from leadline.retrieval.collection import Collection
from leadline.serve.pages import holdings, uploads
from leadline.serve.pages.frame import badge, button, card, count, form, html, layout, table
from leadline.serve.pages.given import text, whole
from leadline.serve.pages.jobs import Jobs, Reading
from leadline.serve.pages.session import check_form
from leadline.serve.pages.shelf import Shelf

AROUND = 60_000
"""Characters of a document that are shown on each side of a place in it."""


class Shelves:
    def __init__(self, jobs: Jobs, shelf: Shelf) -> None:
        self.jobs, self.shelf = jobs, shelf

    def routes(self) -> list[Route]:
        return [
            Route("/collections", self.listing),
            Route("/collections", self.add, methods=["POST"]),
            Route("/collections/{name}", self.page),
            Route("/collections/{name}/remove", self.remove, methods=["POST"]),
            Route("/collections/{name}/forget", self.forget, methods=["POST"]),
            Route("/collections/{name}/documents/{id}", self.document),
        ]

    async def listing(self, request: Request) -> Response:
        return html(
            layout("Collections", await run_in_threadpool(self._listing, request), here="/collections",
                   scripts=["ask.js"])
        )  # fmt: skip

    def _listing(self, request: Request) -> str:
        rows = [self._row(name) for name in Collection.names()]
        shown = table(("collection", "documents", "passages", "not read"), rows) if rows else ""
        says = "What Leadline has read on this machine. Sources are never changed."
        new = tag("h2", "Add a collection") + card(holdings.adding(request))
        return tag("h1", "Collections") + tag("p", says, cls="lead") + shown + new

    def _row(self, name: str) -> tuple[str, str, str, str]:
        link = tag("a", escape(name), href=f"/collections/{name}")
        try:
            collection = self.shelf.take(name)
        except LeadlineError as error:
            return link, tag("span", escape(str(error)), cls="bad"), "", ""
        failed = len(collection.failures)
        n_passages = f"{collection.manifest.n_passages:,}"
        return link, f"{len(collection):,}", n_passages, badge(str(failed), "fell") if failed else "0"

    async def page(self, request: Request) -> Response:
        name = request.path_params["name"]
        reading = self.jobs.readings.get(name)
        body = await run_in_threadpool(self._page, request, name, reading)
        scripts = ["ask.js", "reading.js"] if reading is not None and not reading.over else ["ask.js"]
        return html(layout(name, body, here="/collections", scripts=scripts))

    def _page(self, request: Request, name: str, reading: Reading | None) -> str:
        head = tag("h1", escape(name)) + holdings.progress(reading)
        if reading is not None and name not in Collection.names():
            return head
        collection = self.shelf.take(name)
        page = request.query_params.get("page", "1")
        facts = f"{count(len(collection), 'document')}, {count(collection.manifest.n_passages, 'passage')}"
        addresses = {"Ask it": f"/?collection={name}", "Search it": f"/search?collection={name}",
                     "Knowledge graph": f"/collections/{name}/graph"}  # fmt: skip
        links = "".join(tag("a", says, href=address) for says, address in addresses.items())
        gone = tag("details", tag("summary", "Remove this collection")
                   + form(request, f"/collections/{name}/remove", tag("p", "The sources stay; what was read from them "
                          "is deleted.") + button("Remove it", "danger")))  # fmt: skip
        return (
            head
            + tag("p", escape(facts), cls="lead")
            + tag("p", links, cls="actions")
            + holdings.types(collection)
            + holdings.failures(collection)
            + tag("section", tag("h2", "Documents") + holdings.documents(collection, page), id="documents")
            + tag("h2", "Sources")
            + holdings.sources(request, collection)
            + tag("h2", "Add sources")
            + card(holdings.adding(request, name))
            + gone
        )

    async def document(self, request: Request) -> Response:
        name, id = request.path_params["name"], request.path_params["id"]
        body = await run_in_threadpool(self._document, name, id, dict(request.query_params))
        return html(layout(name, body, here="/collections", scripts=["reader.js"]))

    def _document(self, name: str, id: str, given: dict[str, str]) -> str:
        document = self.shelf.take(name).document(id)
        start = min(whole(given.get("start", "0")), len(document.text))
        end = min(max(start, whole(given.get("end", "0"))), len(document.text))
        found = context(Span(id, start, end, document.text[start:end]), document, AROUND)
        facts = (document.uri, document.media_type, document.date, count(len(document.text), "character"))
        line = " · ".join(fact for fact in facts if fact)
        mark = tag("mark", escape(found.quote), id="quote", tabindex="-1") if found.quote else ""
        return (
            tag("p", tag("a", escape(name), href=f"/collections/{name}"))
            + tag("h1", escape(document.title or document.uri), dir="auto")
            + tag("p", escape(line), cls="soft", dir="auto")
            + tag("div", escape(found.before) + mark + escape(found.after), cls="text card", dir="auto")
        )

    async def add(self, request: Request) -> Response:
        given = await request.form(max_files=uploads.MAX_FILES, max_fields=10)
        check_form(request, given.get("csrf"))
        name = text(given, "name").strip()
        Collection.open(name, create=True)  # an impossible name is refused before anything is kept
        folder = await uploads.keep([f for f in given.getlist("files") if isinstance(f, UploadFile)])
        sources = [uploads.existing(line) for line in text(given, "path").splitlines() if line.strip()]
        sources += [folder] if folder is not None else []
        if not sources:
            raise UsageError("There is nothing to read.", remedy="Drop files or give a path.")
        self.jobs.read(name, [Path(source) for source in sources])
        return RedirectResponse(f"/collections/{name}", 303)

    async def forget(self, request: Request) -> Response:
        """Take one source out of a collection."""
        given = await request.form(max_files=0, max_fields=4)
        check_form(request, given.get("csrf"))
        name = request.path_params["name"]
        await run_in_threadpool(lambda: Collection.open(name).forget([text(given, "source")]))
        return RedirectResponse(f"/collections/{name}", 303)

    async def remove(self, request: Request) -> Response:
        given = await request.form(max_files=0, max_fields=4)
        check_form(request, given.get("csrf"))
        await run_in_threadpool(Collection.remove, request.path_params["name"])
        self.jobs.readings.pop(request.path_params["name"], None)
        return RedirectResponse("/collections", 303)
