"""Collections: their documents, what could not be read and why, one document's text, adding sources, removing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from leadline.errors import LeadlineError, UsageError
from leadline.evidence.model import Span
from leadline.evidence.render.exhibit import context
from leadline.evidence.render.page import escape, tag, void
from leadline.retrieval.collection import Collection
from leadline.retrieval.store import Segment
from leadline.serve.pages import uploads
from leadline.serve.pages.ask import text
from leadline.serve.pages.ask_form import drop_zone
from leadline.serve.pages.frame import badge, button, card, count, field, form, html, layout, table
from leadline.serve.pages.jobs import Jobs, Reading
from leadline.serve.pages.session import check_form
from leadline.serve.pages.shelf import TYPES, Shelf

PAGE = 200
"""Documents of one page."""
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
        new = tag("h2", "Add a collection") + card(_adding(request))
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
        head = tag("h1", escape(name)) + _reading(reading)
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
            + _types(collection)
            + _failures(collection)
            + tag("section", tag("h2", "Documents") + _documents(collection, page), id="documents")
            + tag("h2", "Sources")
            + _sources(request, collection)
            + tag("h2", "Add sources")
            + card(_adding(request, name))
            + gone
        )

    async def document(self, request: Request) -> Response:
        name, id = request.path_params["name"], request.path_params["id"]
        body = await run_in_threadpool(self._document, name, id, dict(request.query_params))
        return html(layout(name, body, here="/collections", scripts=["reader.js"]))

    def _document(self, name: str, id: str, given: dict[str, str]) -> str:
        document = self.shelf.take(name).document(id)
        start = min(_whole(given.get("start", "0")), len(document.text))
        end = min(max(start, _whole(given.get("end", "0"))), len(document.text))
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


def _adding(request: Request, name: str = "") -> str:
    kind = {"type": "hidden"} if name else {"required": "", "pattern": "[A-Za-z0-9][A-Za-z0-9._\\-]{0,99}"}
    entry = void("input", name="name", id="name", value=name, **kind)
    named = entry if name else field("Name", entry, "name", "Letters, digits, dots, dashes and underscores.")
    path = void("input", name="path", id="path", placeholder="./folder")
    inside = (
        named
        + field("Path on this machine", path, "path", "A file, a folder or a zip archive.")
        + drop_zone()
    )
    return form(
        request, "/collections", inside + tag("p", button("Read them", "primary"), cls="actions"), upload=True
    )


def _reading(reading: Reading | None) -> str:
    if reading is None:
        return ""
    if reading.problem:
        return tag("p", escape(reading.problem), cls="bad", role="alert")
    if reading.done is None:
        done, total = reading.at
        says = f"Reading source {done} of {total}." if total else "Reading."
        return tag("p", escape(says), cls="banner", role="status", id="reading")
    found = reading.done
    says = ", ".join(
        f"{len(part) if not isinstance(part, int) else part} {name}"
        for name, part in (("added", found.added), ("changed", found.changed), ("not read", found.failures))
    )
    return tag("p", escape(f"Done: {says}."), cls="verdict held", role="status")


def _types(collection: Collection) -> str:
    """How many documents of each type there are."""
    types = Counter(facets.get("media_type", "") for s in collection.segments for facets in _live(s))
    rows = [
        tag("li", tag("b", f"{n:,}") + " " + escape(TYPES.get(kind, kind) or "unknown"))
        for kind, n in types.most_common()
    ]
    return tag("ul", rows, cls="chips", aria_label="Types of documents") if rows else ""


def _live(segment: Segment) -> list[dict[str, str]]:
    return [segment.table.facets[n] for n in segment.ordinals.values()]


def _sources(request: Request, collection: Collection) -> str:
    """Folders and files that the collection was made of, each with a button that takes it out."""
    by_root = Counter(uri.partition("/")[0].partition("!")[0] for uri in collection.sources.by_uri)
    rows = []
    for root, path in sorted(collection.sources.roots.items()):
        hidden = void("input", type="hidden", name="source", value=root)
        gone = button("Take out", "quiet", aria_label=f"Take {root} out")
        act = form(request, f"/collections/{collection.name}/forget", hidden + gone, cls="inline")
        rows.append((escape(root), escape(path), f"{by_root[root]:,}", act))
    return table(("source", "path", "files", ""), rows, "Sources")


def _failures(collection: Collection) -> str:
    if not collection.failures:
        return ""
    rows = [(escape(f.uri), escape(f.reason), escape(f.remedy)) for f in collection.failures[:PAGE]]
    return tag("h2", "Could not be read") + table(("source", "reason", "what to do"), rows, cls="stacked")


def _documents(collection: Collection, given: str) -> str:
    places = [(facets.get("uri", ""), id) for s in collection.segments
              for id, facets in zip(s.ordinals, _live(s), strict=True)]  # fmt: skip
    ids = [id for _, id in sorted(places)]
    pages = max(1, -(-len(ids) // PAGE))
    page = min(max(1, _whole(given)), pages)
    rows = []
    for id in ids[(page - 1) * PAGE : page * PAGE]:
        facets = collection.facets(id)
        link = tag("a", escape(facets.get("title") or facets.get("uri", id)), dir="auto",
                   href=f"/collections/{collection.name}/documents/{id}")  # fmt: skip
        kind = TYPES.get(facets.get("media_type", ""), facets.get("media_type", ""))
        rows.append(
            (
                link,
                escape(facets.get("uri", "")),
                escape(kind),
                tag("span", escape(facets.get("date", "")), cls="date"),
            )
        )
    turn = [
        tag(
            "a",
            str(n),
            href=f"/collections/{collection.name}?page={n}",
            **({"aria_current": "page"} if n == page else {}),
        )
        for n in range(1, pages + 1)
        if pages > 1 and (n in (1, pages) or abs(n - page) < 4)
    ]
    return table(("title", "source", "type", "date"), rows, cls="stacked") + (
        tag("nav", turn, cls="turn", aria_label="Pages") if turn else ""
    )


def _whole(given: str) -> int:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 12 else 0
