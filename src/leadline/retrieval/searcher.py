"""Searching one committed state of a collection: BM25, dense vectors, and both fused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from leadline.errors import NotFound, UsageError
from leadline.models.embed import embedder
from leadline.retrieval.base import Filter, Hit, Hits
from leadline.retrieval.compiled import prepared
from leadline.retrieval.dense import NOTHING, Block, Candidates, check_k, exact_top, ranked
from leadline.retrieval.filters import accepts
from leadline.retrieval.fusion import WEIGHTS, rrf_of_ids
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.lexical.whole import ShardIndex, Whole
from leadline.retrieval.manifest import Manifest, Settings
from leadline.retrieval.row_fusion import RowFusion
from leadline.retrieval.rows import Rows
from leadline.retrieval.store import Segment

RETRIEVERS = ("bm25", "dense", "hybrid")
POOL = 100
"""Candidates of each retriever that a hybrid search fuses (at least k)."""
MENTIONED = 500
"""Ids among which near matches of an unknown one are looked for: comparing takes long."""


class Plan(NamedTuple):
    """How a collection is searched, once k and the retriever are settled for it. `pool`: how many each list holds."""

    retriever: str
    k: int
    k1: float
    b: float
    pool: int

    @classmethod
    def of(cls, settings: Settings, n_passages: int, retriever: str, k: int, k1: float, b: float) -> Plan:
        """Raises NotFound for an unknown retriever, UsageError for k below 1 or vectors that are not there."""
        if retriever not in RETRIEVERS:
            raise NotFound("retriever", retriever, RETRIEVERS)
        k = check_k(k, n_passages)
        if settings.embedder == "none":
            if retriever == "dense":
                raise UsageError(
                    "The collection has no vectors.", remedy="Index it with --embedder wordllama."
                )
            retriever = "bm25"
        return cls(retriever, k, k1, b, max(k, POOL) if retriever == "hybrid" else k)

    @property
    def parameters(self) -> dict[str, Any]:
        """What stands in every answer."""
        found: dict[str, Any] = {"retriever": self.retriever}
        if self.retriever != "dense":
            found |= {"k1": self.k1, "b": self.b}
        if self.retriever == "hybrid":
            found |= {"fusion": "rrf", "weights": list(WEIGHTS), "pool": self.pool}
        return found


class Lists(msgspec.Struct, frozen=True):
    """What one searcher or shard finds for a query: by words (with the notes of its syntax) and by vectors."""

    words: tuple[Hit, ...]
    vectors: tuple[Hit, ...]
    notes: tuple[str, ...] = ()

    def best(self, plan: Plan) -> tuple[Hit, ...]:
        """The ranking that the plan asks for."""
        if plan.retriever != "hybrid":
            return (self.vectors if plan.retriever == "dense" else self.words)[: plan.k]
        fused = rrf_of_ids([[hit.id for hit in hits] for hits in (self.words, self.vectors)], WEIGHTS)
        return ranked(fused.items(), plan.k)


def asked(queries: Sequence[str]) -> list[str]:
    """The queries that hold anything but white space."""
    return [query for query in queries if query.strip()]


def answers(queries: Sequence[str], found: Sequence[Hits], index: str, plan: Plan) -> list[Hits]:
    """One answer per query, in order; `found` are those of `asked(queries)`."""
    parameters, rest = plan.parameters, iter(found)
    empty = Hits("", (), index, parameters, ("The query is empty.",))
    return [
        msgspec.structs.replace(next(rest) if query.strip() else empty, query=query, index=index,
                                parameters=parameters)
        for query in queries
    ]  # fmt: skip


def check_fields(filter: Filter | None, known: Collection[str]) -> None:
    """NotFound for a filter on a field that no document has."""
    for field in filter or ():
        if field not in known:
            raise NotFound("metadata field", field, known)


class Searcher:
    """Segments and lexical index of one generation. Safe to share between threads."""

    def __init__(self, manifest: Manifest, segments: Sequence[Segment], lexical: LexicalIndex | None) -> None:
        self.manifest, self.segments, self.lexical = manifest, segments, lexical

    def find(self, document_id: str) -> tuple[Segment, int]:
        for segment in self.segments:
            ordinal = segment.ordinals.get(document_id)
            if ordinal is not None:
                return segment, ordinal
        known = (id for segment in self.segments for id in segment.ordinals)
        raise NotFound("document", document_id[:200], islice(known, MENTIONED))

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
        plan = Plan.of(self.manifest.settings, self.manifest.n_passages, retriever, k, k1, b)
        if plan.retriever == "hybrid" and prepared() and self.segments:
            return answers(
                queries, self.fusion.search(asked(queries), plan, filter), self.manifest.index_id, plan
            )
        found = [
            Hits("", tuple(self.located(hit) for hit in lists.best(plan)), "", notes=lists.notes)
            for lists in self.lists(asked(queries), plan, filter)
        ]
        return answers(queries, found, self.manifest.index_id, plan)

    def lists(
        self, queries: Sequence[str], plan: Plan, filter: Filter | None, whole: Whole | None = None
    ) -> list[Lists]:
        """The best `plan.pool` by words and by vectors, without places; `whole`: this is one shard of that."""
        if not self.segments or not queries:
            return [Lists((), ()) for _ in queries]
        words = [Hits(query, (), "") for query in queries]
        if plan.retriever != "dense":
            words = self._words(queries, plan, filter, whole)
        elif self.manifest.n_passages:
            check_fields(filter, self.fields)
        vectors: list[tuple[Hit, ...]] = [()] * len(queries)
        if plan.retriever != "bm25":
            vectors = self._dense(queries, plan.pool, filter)
        return [Lists(w.hits, v, w.notes) for w, v in zip(words, vectors, strict=True)]

    def _words(
        self, queries: Sequence[str], plan: Plan, filter: Filter | None, whole: Whole | None
    ) -> list[Hits]:
        assert self.lexical is not None
        if whole is None:
            return self.lexical.search_batch(queries, plan.pool, filter, k1=plan.k1, b=plan.b)
        return self.shard.search_batch(queries, plan.pool, filter, whole=whole, k1=plan.k1, b=plan.b)

    @cached_property
    def fusion(self) -> RowFusion:
        """Hybrid search by numbers, for a process that answers many questions."""
        assert self.lexical is not None
        return RowFusion(self.rows, self.lexical, self.candidates)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Metadata fields that the documents have."""
        names = {name for segment in self.segments for row in segment.table.facets for name in row}
        return tuple(sorted(names))

    @cached_property
    def shard(self) -> ShardIndex:
        """The lexical index as a part of a larger one."""
        assert self.lexical is not None
        return ShardIndex(self.lexical)

    def located(self, hit: Hit) -> Hit:
        """The hit with its document and where it stands in it."""
        document_id, _, number = hit.id.rpartition("-")
        segment, ordinal = self.find(document_id)
        start, end = segment.span(ordinal, int(number))
        return Hit(hit.id, hit.score, hit.rank, document_id, start, end)

    def _dense(self, queries: Sequence[str], k: int, filter: Filter | None) -> list[tuple[Hit, ...]]:
        return [
            ranked(zip(self.rows.ids(c.rows), c.scores.tolist(), strict=True), k)
            for c in self.candidates(queries, k, filter)
        ]

    def candidates(self, queries: Sequence[str], k: int, filter: Filter | None) -> list[Candidates]:
        """Rows and scores of each query, at least the best k; none for a query without a known word."""
        vectors = embedder(self.manifest.settings.embedder).encode_queries(queries)
        blocks = [
            Block(s.vectors, allowed=self._allowed(s, filter), codes=s.codes if prepared() else None)
            for s in self.segments
            if s.ref.dimension
        ]
        found = exact_top(blocks, vectors, k)
        return [c if vector.any() else NOTHING for vector, c in zip(vectors, found, strict=True)]

    @cached_property
    def rows(self) -> Rows:
        return Rows(self.segments)

    def _allowed(self, segment: Segment, filter: Filter | None) -> NDArray[np.bool_] | None:
        """One flag per passage; None: all."""
        if not filter:
            return segment.live if segment.dead else None
        passing = np.array([accepts(filter, row) for row in segment.table.facets], np.bool_)
        return segment.live & np.repeat(passing, np.diff(segment.array("first_passage")))
