"""What a collection holds, as its page shows it: types, sources, what could not be read, the documents page by page."""

from __future__ import annotations

from collections import Counter

from starlette.requests import Request

from leadline.evidence.render.page import escape, tag, void
from leadline.retrieval.collection import Collection
from leadline.retrieval.store import Segment
from leadline.serve.pages.ask_form import drop_zone
from leadline.serve.pages.frame import button, field, form, table
from leadline.serve.pages.given import whole
from leadline.serve.pages.jobs import Reading
from leadline.serve.pages.shelf import TYPES

PAGE = 200
"""Documents of one page."""


def adding(request: Request, name: str = "") -> str:
    """The form that adds sources, to a new collection or to the one of that name."""
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


def progress(reading: Reading | None) -> str:
    """How far the reading of sources has come, or what it brought."""
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


def types(collection: Collection) -> str:
    """How many documents of each type there are."""
    found = Counter(facets.get("media_type", "") for s in collection.segments for facets in _live(s))
    rows = [
        tag("li", tag("b", f"{n:,}") + " " + escape(TYPES.get(kind, kind) or "unknown"))
        for kind, n in found.most_common()
    ]
    return tag("ul", rows, cls="chips", aria_label="Types of documents") if rows else ""


def _live(segment: Segment) -> list[dict[str, str]]:
    """The facets of its documents, without those that were replaced or deleted."""
    return [segment.table.facets[n] for n in segment.ordinals.values()]


def sources(request: Request, collection: Collection) -> str:
    """Folders and files that the collection was made of, each with a button that takes it out."""
    by_root = Counter(uri.partition("/")[0].partition("!")[0] for uri in collection.sources.by_uri)
    rows = []
    for root, path in sorted(collection.sources.roots.items()):
        hidden = void("input", type="hidden", name="source", value=root)
        gone = button("Take out", "quiet", aria_label=f"Take {root} out")
        act = form(request, f"/collections/{collection.name}/forget", hidden + gone, cls="inline")
        rows.append((escape(root), escape(path), f"{by_root[root]:,}", act))
    return table(("source", "path", "files", ""), rows, "Sources")


def failures(collection: Collection) -> str:
    """The sources that could not be read; nothing where all could."""
    if not collection.failures:
        return ""
    rows = [(escape(f.uri), escape(f.reason), escape(f.remedy)) for f in collection.failures[:PAGE]]
    return tag("h2", "Could not be read") + table(("source", "reason", "what to do"), rows, cls="stacked")


def documents(collection: Collection, given: str) -> str:
    """The documents of one page, by their sources, and links to the other pages."""
    places = [(facets.get("uri", ""), id) for s in collection.segments
              for id, facets in zip(s.ordinals, _live(s), strict=True)]  # fmt: skip
    ids = [id for _, id in sorted(places)]
    pages = max(1, -(-len(ids) // PAGE))
    page = min(max(1, whole(given)), pages)
    rows = []
    for id in ids[(page - 1) * PAGE : page * PAGE]:
        facets = collection.facets(id)
        link = tag("a", escape(facets.get("title") or facets.get("uri", id)), dir="auto",
                   href=f"/collections/{collection.name}/documents/{id}")  # fmt: skip
        kind = TYPES.get(facets.get("media_type", ""), facets.get("media_type", ""))
        date = tag("span", escape(facets.get("date", "")), cls="date")
        rows.append((link, escape(facets.get("uri", "")), escape(kind), date))
    shown = table(("title", "source", "type", "date"), rows, cls="stacked")
    return shown + _turn(f"/collections/{collection.name}", page, pages)


def _turn(address: str, page: int, pages: int) -> str:
    """Links to the first page, the last one and those near this one."""
    if pages == 1:
        return ""
    near = [n for n in range(1, pages + 1) if n in (1, pages) or abs(n - page) < 4]
    links = [
        tag("a", str(n), href=f"{address}?page={n}", **({"aria_current": "page"} if n == page else {}))
        for n in near
    ]
    return tag("nav", links, cls="turn", aria_label="Pages")
