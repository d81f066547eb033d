"""A collection as an environment: search it, open a document, find words in it.

Nothing that an agent reads here reaches it by another way, so the trace shows all that a report can rest on.
Observations carry typed values in `data` and plain text for a language model in `text`; document text is data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import msgspec

from leadline.environments.arguments import called
from leadline.environments.base import Action, Observation, Tool, failed
from leadline.errors import LeadlineError, NotFound
from leadline.evidence.locate import exact, is_hidden, loose
from leadline.evidence.model import Document, Noun, Passage, Span
from leadline.retrieval.base import Filter, Hits
from leadline.retrieval.statistics import Corpus, Statistics, statistics

MAX_HITS, MAX_CHARACTERS, MAX_SPANS = 100, 20_000, 50


class Searchable(Corpus, Protocol):
    """What the environment needs of a collection (`leadline.retrieval.collection.Collection` is one)."""

    def document(self, id: str) -> Document: ...
    def passage(self, id: str) -> Passage: ...
    def search(
        self, query: str, k: int = 10, filter: Filter | None = None, retriever: str = "hybrid"
    ) -> Hits: ...


class Found(Noun, frozen=True):
    """A passage that a search returned, in full."""

    passage: str
    document: str
    title: str
    start: int
    end: int
    text: str
    score: float
    rank: int


class Link(Noun, frozen=True):
    """Text [start, end) of what was read or asked names another document."""

    start: int
    end: int
    document: str
    title: str


class Results(Noun, frozen=True):
    """What `search` returns: passages, documents that the query names, and how telling each of its terms is."""

    query: str
    passages: tuple[Found, ...]
    named: tuple[Link, ...] = ()
    rarity: dict[str, float] = msgspec.field(default_factory=dict)
    """Term of the query (analysed) -> Lucene's idf over the passages."""
    unknown: tuple[str, ...] = ()
    """Terms of the query that stand in no passage, no title and no file name."""


class Opened(Noun, frozen=True):
    """What `open` returns: a stretch of a document, and the documents that it names (offsets into the document)."""

    document: str
    title: str
    uri: str
    date: str
    start: int
    end: int
    n_characters: int
    text: str
    links: tuple[Link, ...] = ()


def _schema(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}

SEARCH = Tool(
    "search",
    "Passages of the collection, or of one document, that match a query, best first.",
    _schema(
        ["query"],
        query=_TEXT,
        k={"type": "integer", "minimum": 1, "maximum": MAX_HITS},
        document=_TEXT,
        retriever=_TEXT,
    ),
)
OPEN = Tool(
    "open",
    "Read a document by its id, from an offset on.",
    _schema(["document"], document=_TEXT, start=_COUNT, characters=_COUNT),
)
FIND = Tool(
    "find",
    "Places where exact words stand, in one document or in all.",
    _schema(["words"], words=_TEXT, document=_TEXT),
)


class CorpusEnvironment:
    """Tools search, open and find over a collection. Reading changes nothing, so any state can be left."""

    tools: ClassVar[Sequence[Tool]] = (SEARCH, OPEN, FIND)

    def __init__(self, collection: Searchable) -> None:
        self.collection = collection

    def reset(self, seed: int = 0) -> Observation:
        n = len(self._statistics.titles)
        return Observation(f"A collection of {n} documents.", data={"documents": n})

    def step(self, action: Action) -> Observation:
        """Call a tool; what is wrong with the call comes back in `error`."""
        tool = called(self.tools, action)
        if isinstance(tool, str):
            return failed(tool)
        try:
            seen: Observation = getattr(self, tool.name)(**action.arguments)
        except LeadlineError as error:
            return failed(str(error))
        return seen

    @property
    def _statistics(self) -> Statistics:
        return statistics(self.collection)

    def search(self, query: str, k: int = 10, document: str = "", retriever: str = "hybrid") -> Observation:
        """`data` is Results. Of a file and its copies the original is searched, unless `document` asks for a copy."""
        within = {"document": self._document(document).id} if document else None
        known, n = self._statistics, min(max(k, 1), MAX_HITS)
        copies = {} if document else known.copies
        hits = self.collection.search(query, n + min(len(copies), MAX_HITS), within, retriever).hits
        found = []
        for rank, hit in enumerate([hit for hit in hits if hit.document not in copies][:n], 1):
            passage = self.collection.passage(hit.id)
            found.append(
                Found(
                    passage.id, passage.document, known.titles.get(passage.document, ""),
                    passage.start, passage.end, passage.text, hit.score, rank,
                )
            )  # fmt: skip
        named = self._links(query, capitals=False)
        results = Results(query, tuple(found), named, known.rarity(query), known.unknown(query))
        shown = "\n\n".join(
            f"[{f.rank}] {f.title} ({f.document}, {f.start}-{f.end})\n{f.text}" for f in found
        )
        return Observation(shown or "Nothing was found.", data=results, cost={"calls": 1})

    def open(self, document: str, start: int = 0, characters: int = 4000) -> Observation:
        """`data` is Opened; hidden stretches are blanked out, so offsets stay true."""
        whole = self._document(document)
        begin = min(max(start, 0), len(whole.text))
        end = min(begin + min(characters, MAX_CHARACTERS), len(whole.text))
        text = visible(whole, begin, end)
        links = tuple(link for link in self._links(text, begin) if link.document != whole.id)
        opened = Opened(
            whole.id, whole.title, whole.uri, whole.date, begin, end, len(whole.text), text, links
        )
        shown = f"{whole.title} ({whole.uri}), characters {begin}-{end} of {len(whole.text)}\n{text}"
        return Observation(shown, data=opened, cost={"calls": 1})

    def find(self, words: str, document: str = "") -> Observation:
        """`data` is a tuple of at most MAX_SPANS Spans, in order of document id and offset."""
        within = [self._document(document)] if document else self.collection.documents()
        spans = [span for one in within for span in places(words, one)]
        spans.sort(key=lambda span: (span.document, span.start))
        shown = "\n".join(
            f"{span.document} {span.start}-{span.end}: {span.quote}" for span in spans[:MAX_SPANS]
        )
        return Observation(shown or "Nothing was found.", data=tuple(spans[:MAX_SPANS]), cost={"calls": 1})

    def _document(self, id: str) -> Document:
        if id not in self._statistics.titles:
            raise NotFound("document", id, self._statistics.titles)
        return self.collection.document(id)

    def _links(self, text: str, offset: int = 0, *, capitals: bool = True) -> tuple[Link, ...]:
        known = self._statistics
        return tuple(
            Link(mention.start + offset, mention.end + offset, document, known.titles[document])
            for mention in known.names.mentions(text, capitals=capitals)
            for document in mention.documents[:MAX_HITS]
        )


def visible(document: Document, start: int, end: int) -> str:
    """Text [start, end) with hidden stretches as spaces of the same length.

    >>> visible(Document("d", "", "abcdef", "", "", "", hidden=((2, 4),)), 1, 6)
    'b  ef'
    """
    text = document.text[start:end]
    for first, last in document.hidden:
        a, b = max(first, start) - start, min(last, end) - start
        if a < b:
            text = text[:a] + " " * (b - a) + text[b:]
    return text


def places(words: str, document: Document) -> list[Span]:
    """Where the words stand in the document and can be seen: exactly, else up to spaces and typography."""
    for found in (exact(words, document.text), loose(words, document.text)):
        spans = [
            Span(document.id, start, end, document.text[start:end])
            for start, end in found
            if not is_hidden(document, start, end)
        ]
        if spans:
            return spans
    return []
