"""One query over several retrievers side by side: their rankings, scores, term highlights and time."""

from __future__ import annotations

import re
import time
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadline.errors import LeadlineError, UsageError
from leadline.evidence.render.page import escape, tag, void
from leadline.retrieval.base import Hits
from leadline.retrieval.collection import Collection
from leadline.retrieval.lexical.analysis import Analyzer, analyzer
from leadline.retrieval.searcher import RETRIEVERS
from leadline.serve import wire
from leadline.serve.pages.frame import button, choice, count, field, html, layout
from leadline.serve.pages.shelf import Shelf

K = 10
MAX_TEXT = 420
"""Characters of a passage that are shown."""
MOST_K1 = 4.0
_WORD = re.compile(r"\w[\w'’.]*\w|\w")


class Column(NamedTuple):
    """What one retriever found, or why it could not search."""

    retriever: str
    hits: Hits | None
    seconds: float
    problem: str = ""


class Playground:
    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def routes(self) -> list[Route]:
        return [Route("/search", self.page)]

    async def page(self, request: Request) -> Response:
        return html(
            layout("Search", await run_in_threadpool(self._page, request), here="/search",
                   scripts=["playground.js"], wide=True)
        )  # fmt: skip

    def _page(self, request: Request) -> str:
        given, names = request.query_params, Collection.names()
        head = tag("h1", "Search")
        if not names:
            return head + tag("p", "There is no collection yet. Ask a question over a folder, or add one under "
                                   "Collections.", cls="lead")  # fmt: skip
        k1 = number(given.get("k1"), "k1", 0.9, MOST_K1)
        b = number(given.get("b"), "b", 0.4, 1.0)
        name, query = given.get("collection", names[0]), wire.read_query(given.get("query", ""))
        body = head + _form(names, name, query, k1, b)
        if not query.strip():
            return body
        collection = self.shelf.take(name)
        columns = [_search(collection, query, retriever, k1, b) for retriever in RETRIEVERS]
        shown = "".join(_column(column, columns, collection, query) for column in columns)
        return body + tag("div", shown, cls="columns")


def number(given: str | None, name: str, default: float, most: float) -> float:
    """A parameter of the ranking as it was typed."""
    if not given:
        return default
    try:
        return wire.read_number(float(given), name, default, 0.0, most)
    except ValueError:
        raise UsageError(f"{name!r} must be a number from 0 to {most:g}.") from None


def _search(collection: Collection, query: str, retriever: str, k1: float, b: float) -> Column:
    started = time.perf_counter()
    try:
        hits = collection.search(query, K, retriever=retriever, k1=k1, b=b)
    except LeadlineError as error:
        return Column(retriever, None, 0.0, str(error))
    return Column(retriever, hits, time.perf_counter() - started)


def _form(names: list[str], name: str, query: str, k1: float, b: float) -> str:
    asked = void("input", type="search", name="query", id="query", value=query, dir="auto", maxlength="2000")
    inside = (
        field("Query", asked, "query"),
        field("Collection", choice("collection", [(n, n) for n in names], name), "collection"),
        _slider("k1", k1, MOST_K1, "How fast repeated words stop counting."),
        _slider("b", b, 1.0, "How much long passages are held back."),
        tag("p", button("Search", "primary"), cls="actions"),
    )
    return tag("form", inside, method="get", action="/search", cls="card query-form", role="search")


def _slider(name: str, value: float, most: float, hint: str) -> str:
    control = void("input", type="range", name=name, id=name, min="0", max=f"{most:g}", step="0.05",
                   value=f"{value:g}")  # fmt: skip
    return field(name, control + tag("output", f"{value:g}", for_=name, id=f"{name}-value"), name, hint)


def _column(column: Column, all_columns: list[Column], collection: Collection, query: str) -> str:
    head = tag("h2", column.retriever)
    if column.hits is None:
        return tag("section", head + tag("p", escape(column.problem), cls="bad"), cls="column")
    n = len(column.hits.hits)
    note = f"{count(n, 'passage')} in {column.seconds * 1000:.1f} ms"
    parameters = ", ".join(f"{k} {v}" for k, v in column.hits.parameters.items() if k != "retriever")
    head += tag("p", escape(" · ".join(part for part in (note, parameters) if part)), cls="soft")
    head += "".join(tag("p", escape(text), cls="note") for text in column.hits.notes)
    rows = [_hit(hit_index, column, all_columns, collection, query) for hit_index in range(n)]
    return tag("section", head + tag("ol", rows, cls="hits"), cls="column")


def _hit(index: int, column: Column, all_columns: list[Column], collection: Collection, query: str) -> str:
    assert column.hits is not None
    hit = column.hits.hits[index]
    passage, facets = collection.passage(hit.id), collection.facets(hit.document)
    others = [
        f"{other.retriever} {_rank(hit.id, other.hits)}"
        for other in all_columns
        if other.retriever != column.retriever and other.hits is not None
    ]
    address = f"/collections/{collection.name}/documents/{hit.document}?start={hit.start}&end={hit.end}#quote"
    chosen = analyzer(collection.manifest.settings.analyzer)
    inside = (
        tag("a", escape(facets.get("title") or facets.get("uri", hit.document)), href=address, dir="auto"),
        tag("p", marked(passage.text[:MAX_TEXT], query, chosen), dir="auto"),
        tag("p", escape(f"score {hit.score:.4f} · " + " · ".join(others)), cls="soft"),
    )
    return tag("li", inside)


def _rank(id: str, hits: Hits) -> str:
    rank = next((str(hit.rank) for hit in hits.hits if hit.id == id), "")
    return f"rank {rank}" if rank else f"below {K}"


def marked(text: str, query: str, chosen: Analyzer) -> str:
    """Text as HTML with the words marked that the index counts as a word of the query.

    >>> marked("Late ships <b>", "ship", analyzer("english"))
    'Late <mark>ships</mark> &lt;b&gt;'
    """
    wanted = {term for term in chosen(query) if term}
    parts, at = [], 0
    for word in _WORD.finditer(text):
        if wanted.intersection(chosen(word[0])):
            parts += [escape(text[at : word.start()]), tag("mark", escape(word[0]))]
            at = word.end()
    return "".join([*parts, escape(text[at:])])
