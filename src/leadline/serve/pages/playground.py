"""One query over several retrievers side by side: their rankings, scores, term highlights and time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadline.errors import UsageError
from leadline.evidence.render.page import escape, tag, void
from leadline.retrieval.base import Hits
from leadline.retrieval.collection import Collection
from leadline.retrieval.lexical.analysis import Analyzer, analyzer
from leadline.serve import wire
from leadline.serve.pages.frame import badge, button, choice, count, field, html, layout
from leadline.serve.pages.judged import Judged, judged, ndcg
from leadline.serve.pages.rankers import RANKERS, SHOWN, Asked, Column, K, search
from leadline.serve.pages.shelf import Shelf
from leadline.serve.pages.sparse import Sparse

MAX_TEXT = 420
"""Characters of a passage that are shown."""
MOST_K1 = 4.0
_WORD = re.compile(r"\w[\w'’.]*\w|\w")


class Playground:
    def __init__(self, shelf: Shelf, sparse: Sparse) -> None:
        self.shelf, self.sparse = shelf, sparse

    def routes(self) -> list[Route]:
        return [Route("/search", self.page)]

    async def page(self, request: Request) -> Response:
        body = await run_in_threadpool(self._page, request.query_params)
        return html(layout("Search", body, here="/search", scripts=["playground.js"], wide=True))

    def _page(self, given: QueryParams) -> str:
        names = Collection.names()
        head = tag("h1", "Search")
        if not names:
            says = "There is no collection yet. Ask a question over a folder, or add one under Collections."
            return head + tag("p", says, cls="lead")
        asked = Asked(
            wire.read_query(given.get("query", "")),
            number(given.get("k1"), "k1", 0.9, MOST_K1),
            number(given.get("b"), "b", 0.4, 1.0),
            tuple(dict.fromkeys(given.getlist("with"))) or SHOWN,
        )
        name = given.get("collection", names[0])
        collection = self.shelf.take(name)
        judgements = judged(collection)
        body = head + _form(names, name, asked, judgements.queries())
        if not asked.query.strip():
            return body
        columns = [search(collection, asked, ranker, self.sparse) for ranker in asked.rankers]
        view = _Rankings(collection, asked, columns, judgements)
        return body + tag("div", [view.column(column) for column in columns], cls="columns rankings")


def number(given: str | None, name: str, default: float, most: float) -> float:
    """A parameter of the ranking as it was typed."""
    if not given:
        return default
    try:
        return wire.read_number(float(given), name, default, 0.0, most)
    except ValueError:
        raise UsageError(f"{name!r} must be a number from 0 to {most:g}.") from None


def _form(names: list[str], name: str, asked: Asked, offered: Sequence[str]) -> str:
    known = {"list": "judged"} if offered else {}
    entry = void("input", type="search", name="query", id="query", value=asked.query, dir="auto", maxlength="2000",
                 **known)  # fmt: skip
    if offered:
        entry += tag("datalist", [tag("option", "", value=text) for text in offered], id="judged")
    hint = (
        f"{count(len(offered), 'judged query', 'judged queries')} offered; those show nDCG."
        if offered
        else ""
    )
    boxes = [_box(ranker, says, ranker in asked.rankers) for ranker, says in RANKERS.items()]
    inside = (
        field("Query", entry, "query", hint),
        field("Collection", choice("collection", [(n, n) for n in names], name), "collection"),
        _slider("k1", asked.k1, MOST_K1, "How fast repeated words stop counting."),
        _slider("b", asked.b, 1.0, "How much long passages are held back."),
        tag("p", button("Search", "primary"), cls="actions"),
        tag("fieldset", tag("legend", "Side by side") + "".join(boxes), cls="boxes"),
    )
    return tag("form", inside, method="get", action="/search", cls="card query-form", role="search")


def _box(ranker: str, says: str, chosen: bool) -> str:
    mark = {"checked": ""} if chosen else {}
    box = void("input", type="checkbox", name="with", value=ranker, id=f"with-{ranker}", **mark)
    return tag("span", box + tag("label", escape(ranker), for_=f"with-{ranker}", title=says), cls="box")


def _slider(name: str, value: float, most: float, hint: str) -> str:
    control = void("input", type="range", name=name, id=name, min="0", max=f"{most:g}", step="0.05",
                   value=f"{value:g}")  # fmt: skip
    return field(name, control + tag("output", f"{value:g}", for_=name, id=f"{name}-value"), name, hint)


class _Rankings:
    """The columns of one search: each hit with its rank in the others."""

    def __init__(
        self, collection: Collection, asked: Asked, columns: Sequence[Column], judged: Judged
    ) -> None:
        self.collection, self.asked, self.columns = collection, asked, columns
        self.grades = judged.of(asked.query)
        self.analyse = analyzer(collection.manifest.settings.analyzer)

    def column(self, column: Column) -> str:
        head = tag("h2", escape(column.ranker))
        head += tag("p", escape(RANKERS.get(column.ranker, "")), cls="soft")
        if column.hits is None:
            waits = {"role": "status", "data_again": ""} if column.waits else {}
            says = tag("p", escape(column.problem), cls="banner" if column.waits else "bad", **waits)
            return tag("section", head + says, cls="column")
        rows = [self._hit(n, column) for n in range(len(column.hits.hits))]
        return tag(
            "section", head + self._facts(column, column.hits) + tag("ol", rows, cls="hits"), cls="column"
        )

    def _facts(self, column: Column, hits: Hits) -> str:
        note = f"{count(len(hits.hits), 'passage')} in {column.seconds * 1000:.1f} ms"
        parameters = ", ".join(
            f"{key} {value}" for key, value in hits.parameters.items() if key != "retriever"
        )
        shown = tag("p", escape(" · ".join(part for part in (note, parameters) if part)), cls="soft")
        if self.grades:
            documents = list(dict.fromkeys(hit.document for hit in hits.hits))
            score = tag("strong", f"nDCG@{K} {ndcg(documents, self.grades, K):.3f}")
            n = sum(grade > 0 for grade in self.grades.values())
            shown += tag("p", score + tag("span", f" of {count(n, 'relevant document')}", cls="soft"))
        shown += tag("p", escape(column.read), cls="soft") if column.read else ""
        return shown + "".join(tag("p", escape(text), cls="note") for text in hits.notes)

    def _hit(self, index: int, column: Column) -> str:
        assert column.hits is not None
        hit, collection = column.hits.hits[index], self.collection
        passage, facets = collection.passage(hit.id), collection.facets(hit.document)
        others = [
            f"{other.ranker} {_rank(hit.id, other.hits)}"
            for other in self.columns
            if other.ranker != column.ranker and other.hits is not None
        ]
        address = (
            f"/collections/{collection.name}/documents/{hit.document}?start={hit.start}&end={hit.end}#quote"
        )
        why = f" = {column.why[hit.id]}" if column.why.get(hit.id) else ""
        grade = self.grades.get(hit.document, 0)
        title = tag(
            "a", escape(facets.get("title") or facets.get("uri", hit.document)), href=address, dir="auto"
        )
        inside = (
            title + (badge(f"relevant, {grade}", "held") if grade > 0 else ""),
            tag("p", marked(passage.text[:MAX_TEXT], self.asked.query, self.analyse), dir="auto"),
            tag("p", escape(" · ".join([f"score {hit.score:.4f}{why}", *others])), cls="soft"),
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
