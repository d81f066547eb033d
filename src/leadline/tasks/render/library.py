"""Documents made from a world, and where each fact is written in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from leadline.evidence.model import Document, Span


class Written(msgspec.Struct, frozen=True):
    """Fact `fact` stands in `document` at [start, end). `state` says how it relates to the truth."""

    fact: int
    document: str
    start: int
    end: int
    state: str = "true"
    """true, stale (an older value), or false (a contradiction)."""


@dataclass
class Library:
    """Documents by rendering order, and every written fact."""

    documents: list[Document] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)

    @cached_property
    def by_id(self) -> dict[str, Document]:
        return {document.id: document for document in self.documents}

    @cached_property
    def places(self) -> dict[int, list[Written]]:
        """Fact id -> its true places."""
        table: dict[int, list[Written]] = {}
        for place in self.written:
            if place.state == "true":
                table.setdefault(place.fact, []).append(place)
        return table

    def span(self, place: Written) -> Span:
        text = self.by_id[place.document].text
        return Span(place.document, place.start, place.end, text[place.start : place.end])

    def facts_in(self, document: str) -> set[int]:
        return self._facts_by_document.get(document, set())

    @cached_property
    def _facts_by_document(self) -> dict[str, set[int]]:
        table: dict[str, set[int]] = {}
        for place in self.written:
            if place.state == "true":
                table.setdefault(place.document, set()).add(place.fact)
        return table

    def extend(self, other: Library) -> Library:
        """This library and another one's documents and places, as a new library."""
        return Library(self.documents + other.documents, self.written + other.written)


Sentence = tuple[str, int, str]
"""(text, fact id or -1 for filler, state)."""


def compose(
    library: Library,
    uri: str,
    title: str,
    sentences: Iterable[Sentence],
    *,
    date: str = "",
    media_type: str = "text/plain",
) -> Document:
    """Join sentences into one document of `library` and note where each fact stands."""
    parts: list[str] = [title, "\n\n"]
    offset = len(title) + 2
    identity = "d" + hashlib.sha256(uri.encode()).hexdigest()[:12]
    for text, fact, state in sentences:
        if fact >= 0:
            library.written.append(Written(fact, identity, offset, offset + len(text), state))
        parts += [text, " "]
        offset += len(text) + 1
    body = "".join(parts).rstrip() + "\n"
    document = Document(
        id=identity, title=title, text=body, uri=uri, media_type=media_type,
        sha256=hashlib.sha256(body.encode()).hexdigest(), date=date,
    )  # fmt: skip
    library.documents.append(document)
    return document


def chunks(items: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    """Consecutive slices of at most `size` items."""
    return (items[i : i + size] for i in range(0, len(items), size))
