"""BM25 over a made library: what the agents of the benchmark twins search with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import NamedTuple

from leadline.evidence.model import Document
from leadline.retrieval.lexical import LexicalIndex


class Asked(NamedTuple):
    """A query and the ids of the documents that it found, best first."""

    query: str
    documents: tuple[str, ...]


class LibrarySearch:
    """`search(query, k)` gives documents, best first; calls are counted and kept (`asked`)."""

    def __init__(self, index: LexicalIndex, documents: Sequence[Document]) -> None:
        self.index, self.documents, self.calls = index, documents, 0
        self.by_id = {d.id: d for d in documents}
        self.asked: list[Asked] = []

    def afresh(self) -> LibrarySearch:
        """The same index with a counter and a trace of its own."""
        own = copy(self)
        own.calls, own.asked = 0, []
        return own

    def __call__(self, query: str, k: int = 10) -> list[Document]:
        self.calls += 1
        found = [self.by_id[hit.id] for hit in self.index.search(query, k).hits]
        self.asked.append(Asked(query, tuple(document.id for document in found)))
        return found

    def texts(self, query: str, k: int = 10) -> list[str]:
        return [document.text for document in self(query, k)]


@contextmanager
def library_search(documents: Sequence[Document], *, titles_only: bool = False) -> Iterator[LibrarySearch]:
    """An index in a temporary folder, gone at the end of the block. `titles_only`: pages are found by their title."""
    with tempfile.TemporaryDirectory() as folder:
        index = LexicalIndex.create(folder)
        with index.writer() as writer:
            for document in documents:
                writer.add(document.id, document.title if titles_only else document.text)
        yield LibrarySearch(index, documents)
