"""Searching one committed state of a collection: BM25, dense vectors, and both fused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from leadline.errors import NotFound, UsageError
from leadline.models.embed import embedder
from leadline.retrieval.base import Filter, Hit, Hits
from leadline.retrieval.dense import Block, check_k, exact_top, ranked
from leadline.retrieval.filters import accepts
from leadline.retrieval.fusion import rrf
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.manifest import Manifest
from leadline.retrieval.store import Segment

RETRIEVERS = ("bm25", "dense", "hybrid")
POOL = 100
"""Candidates of each retriever that a hybrid search fuses (at least k)."""
WEIGHTS = (1.0, 0.5)
"""BM25 and dense: with a static embedder this beat equal weights on Cranfield, SciFact and CACM."""


class Searcher:
    """Segments and lexical index of one generation. Safe to share between threads."""

    def __init__(self, manifest: Manifest, segments: Sequence[Segment], lexical: LexicalIndex | None) -> None:
        self.manifest, self.segments, self.lexical = manifest, segments, lexical

    def find(self, document_id: str) -> tuple[Segment, int]:
        for segment in self.segments:
            ordinal = segment.ordinals.get(document_id)
            if ordinal is not None:
                return segment, ordinal
        known = [id for segment in self.segments for id in list(segment.ordinals)[:5000]]
        raise NotFound("document", document_id, known)

    def place(self, passage_id: str) -> tuple[Segment, int, int]:
        document_id, _, number = passage_id.rpartition("-")
        segment, ordinal = self.find(document_id or passage_id)
        if not number.isdecimal() or not 1 <= int(number) <= len(segment.passages_of(ordinal)):
            raise NotFound("passage", passage_id)
        return segment, ordinal, int(number)

    def search_batch(
        self,
        queries: Sequence[str],
        k: int,
        filter: Filter | None,
        retriever: str,
        k1: float,
        b: float,
    ) -> list[Hits]:
        """One ranking per query; see Collection.search."""
        if retriever not in RETRIEVERS:
            raise NotFound("retriever", retriever, RETRIEVERS)
        k = check_k(k, self.manifest.n_passages)
        if retriever == "hybrid" and self.manifest.settings.embedder == "none":
            retriever = "bm25"
        parameters: dict[str, Any] = {"retriever": retriever}
        if retriever != "dense":
            parameters |= {"k1": k1, "b": b}
        if retriever == "hybrid":
            parameters |= {"fusion": "rrf", "weights": list(WEIGHTS), "pool": max(POOL, k)}
        asked = [query for query in queries if query.strip()]
        found = iter(self._rank(asked, k, filter, retriever, k1, b) if self.segments else [])
        empty = Hits("", (), self.manifest.index_id, parameters)
        return [
            msgspec.structs.replace(
                next(found, empty), query=query, index=self.manifest.index_id, parameters=parameters
            )
            if query.strip()
            else msgspec.structs.replace(empty, query=query, notes=("The query is empty.",))
            for query in queries
        ]

    def _rank(
        self, queries: Sequence[str], k: int, filter: Filter | None, retriever: str, k1: float, b: float
    ) -> list[Hits]:
        """Rankings with the notes of the lexical index; query, index and parameters are the caller's to fill in."""
        pool = max(k, POOL) if retriever == "hybrid" else k
        lexical = [Hits(query, (), "") for query in queries]
        if retriever != "dense":
            assert self.lexical is not None
            lexical = self.lexical.search_batch(queries, pool, filter, k1=k1, b=b)
        dense: list[tuple[Hit, ...]] = [()] * len(queries)
        if retriever != "bm25":
            dense = self._dense(queries, pool, filter)
        if retriever == "hybrid":
            best = [_fused(words.hits, vectors, k) for words, vectors in zip(lexical, dense, strict=True)]
        else:
            best = dense if retriever == "dense" else [hits.hits for hits in lexical]
        return [
            msgspec.structs.replace(hits, hits=tuple(self._located(hit) for hit in found))
            for hits, found in zip(lexical, best, strict=True)
        ]

    def _located(self, hit: Hit) -> Hit:
        segment, ordinal, n = self.place(hit.id)
        at = segment.passages_of(ordinal)[n - 1]
        start, end = int(segment.array("start")[at]), int(segment.array("end")[at])
        return msgspec.structs.replace(hit, document=segment.table.ids[ordinal], start=start, end=end)

    def _dense(self, queries: Sequence[str], k: int, filter: Filter | None) -> list[tuple[Hit, ...]]:
        name = self.manifest.settings.embedder
        if name == "none":
            raise UsageError(
                f"Collection {self.manifest.name!r} has no vectors.",
                remedy="Index it with --embedder wordllama.",
            )
        vectors = embedder(name).encode_queries(queries)
        blocks = [
            Block(s.vectors, allowed=self._allowed(s, filter)) for s in self.segments if s.ref.dimension
        ]
        found = exact_top(blocks, vectors, k)
        return [
            ranked(((self._row_id(row), score) for row, score in zip(c.rows, c.scores, strict=True)), k)
            if vector.any()
            else ()
            for vector, c in zip(vectors, found, strict=True)
        ]

    def _allowed(self, segment: Segment, filter: Filter | None) -> NDArray[np.bool_]:
        if not filter:
            return segment.live
        passing = np.array([accepts(filter, row) for row in segment.table.facets], np.bool_)
        return segment.live & np.repeat(passing, np.diff(segment.array("first_passage")))

    def _row_id(self, row: int) -> str:
        """Passage id of a row numbered through all segments that have vectors."""
        for segment in self.segments:
            if not segment.ref.dimension:
                continue
            if row < segment.ref.n_passages:
                first = segment.array("first_passage")
                ordinal = int(np.searchsorted(first, row, side="right")) - 1
                return f"{segment.table.ids[ordinal]}-{row - int(first[ordinal]) + 1}"
            row -= segment.ref.n_passages
        raise AssertionError("a row outside of all segments")


def _fused(words: Sequence[Hit], vectors: Sequence[Hit], k: int) -> tuple[Hit, ...]:
    scores = rrf([{hit.id: hit.score for hit in hits} for hits in (words, vectors)], WEIGHTS)
    return ranked(scores.items(), k)
