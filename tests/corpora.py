"""Small collections in memory, with the methods of a real one and a plain BM25 inside."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable

from leadline.errors import NotFound
from leadline.evidence.model import Document, Failure, Passage
from leadline.retrieval.base import Filter, Hit, Hits
from leadline.retrieval.filters import accepts, facets
from leadline.retrieval.passages import cut
from leadline.retrieval.statistics import terms


class MemoryCollection:
    """Documents in memory; `search` is BM25 (k1 .9, b .4) over title and passage, whatever retriever is named."""

    def __init__(self, documents: Iterable[Document], failures: Iterable[Failure] = ()) -> None:
        self._documents = {document.id: document for document in documents}
        self._passages = {p.id: p for document in self._documents.values() for p in cut(document)}
        self._counts = {
            key: Counter(terms(f"{self._documents[p.document].title} {p.text}"))
            for key, p in self._passages.items()
        }
        self.failures = tuple(failures)
        self.name = "memory"
        content = "".join(f"{d.id}{d.title}{d.text}" for d in self._documents.values())
        self.corpus_id = self.index_id = hashlib.sha256(content.encode()).hexdigest()[:12]

    def documents(self) -> Iterable[Document]:
        return self._documents.values()

    def passages(self) -> Iterable[Passage]:
        return self._passages.values()

    def document(self, id: str) -> Document:
        if id not in self._documents:
            raise NotFound("document", id, self._documents)
        return self._documents[id]

    def passage(self, id: str) -> Passage:
        return self._passages[id]

    def search(
        self, query: str, k: int = 10, filter: Filter | None = None, retriever: str = "hybrid"
    ) -> Hits:
        n, mean = (
            len(self._counts),
            sum(map(Counter.total, self._counts.values())) / max(len(self._counts), 1),
        )
        scores = dict.fromkeys(self._counts, 0.0)
        for term in terms(query):
            within = [key for key, counts in self._counts.items() if term in counts]
            idf = math.log(1 + (n - len(within) + 0.5) / (len(within) + 0.5))
            for key in within:
                counts = self._counts[key]
                scores[key] += idf * counts[term] / (counts[term] + 0.9 * (0.6 + 0.4 * counts.total() / mean))
        allowed = [
            k for k, p in self._passages.items() if accepts(filter, facets(self._documents[p.document]))
        ]
        best = sorted((-scores[key], key) for key in allowed if scores[key] > 0)[:k]
        hits = []
        for rank, (score, key) in enumerate(best, 1):
            p = self._passages[key]
            hits.append(Hit(key, -score, rank, p.document, p.start, p.end))
        return Hits(query, tuple(hits), self.index_id)


def document(title: str, text: str, uri: str = "", **fields: object) -> Document:
    uri = uri or f"folder/{title}.txt"
    key = "d" + hashlib.sha256(uri.encode()).hexdigest()[:12]
    return Document(key, title, text, uri, "text/plain", hashlib.sha256(text.encode()).hexdigest(), **fields)  # type: ignore[arg-type]
