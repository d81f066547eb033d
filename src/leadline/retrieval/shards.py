"""A collection in several parts, on this machine or on others, searched as one.

    shards -> sums of their statistics -> each ranks its own passages by those -> merged by score, then by id

Answers equal those of one collection that holds everything, bit for bit, ids of corpus and index included. For BM25 a
shard is weighed by the statistics of the whole (lexical/whole.py); dot products of vectors need no other shard.
Both are fused after they are merged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, reduce
from itertools import pairwise
from operator import add
from typing import Protocol, TypeVar

import msgspec

from leadline.errors import NotFound, StoreError, UsageError
from leadline.evidence.model import Document, Passage
from leadline.retrieval.base import Filter, Hit, Hits
from leadline.retrieval.collection import Collection
from leadline.retrieval.lexical.whole import Whole
from leadline.retrieval.manifest import Manifest, Settings, corpus_id
from leadline.retrieval.searcher import Lists, Plan, answers, asked, check_fields

T = TypeVar("T")


class ShardState(msgspec.Struct, frozen=True):
    """What a shard says of itself. `digest`: the sum behind its corpus id, in hexadecimal."""

    name: str
    settings: Settings
    digest: str
    n_documents: int
    n_passages: int
    fields: tuple[str, ...]
    """Metadata fields that its documents have."""


class Shard(Protocol):
    """A part of a collection: `LocalShard` here, `remote.RemoteShard` over HTTP."""

    def state(self) -> ShardState: ...

    def totals(self, queries: Sequence[str]) -> Whole: ...

    def lists(
        self, queries: Sequence[str], plan: Plan, filter: Filter | None, whole: Whole | None
    ) -> list[Lists]: ...

    def document(self, id: str) -> Document: ...

    def passage(self, id: str) -> Passage: ...

    def find_uri(self, uri: str) -> str: ...


class LocalShard:
    """A collection on this machine as a shard. Safe to share between threads."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self.searcher = collection.searcher
        self.document, self.passage = collection.document, collection.passage
        self.find_uri = collection.find_uri

    def state(self) -> ShardState:
        return self._state

    @cached_property
    def _state(self) -> ShardState:
        c = self.collection
        return ShardState(c.name, c.manifest.settings, f"{c.sources.digest():032x}", len(c), c.manifest.n_passages,
                          self.searcher.fields)  # fmt: skip

    def totals(self, queries: Sequence[str]) -> Whole:
        return self.searcher.shard.totals(queries) if self.searcher.lexical else Whole(0, 0, {})

    def lists(
        self, queries: Sequence[str], plan: Plan, filter: Filter | None, whole: Whole | None
    ) -> list[Lists]:
        """Both lists with places. A filter on a field that only other shards have finds nothing here."""
        if not all(field in self._state.fields for field in filter or ()):
            return [Lists((), ()) for _ in queries]
        placed = self.searcher.located
        return [
            Lists(tuple(map(placed, found.words)), tuple(map(placed, found.vectors)), found.notes)
            for found in self.searcher.lists(queries, plan, filter, whole)
        ]


class ShardedCollection:
    """Reads and searches like a Collection. The shards are asked at once, and once for their state, when it is made.

    Raises UsageError when there is none, or when their settings differ.
    """

    def __init__(self, shards: Sequence[Shard], name: str = "shards") -> None:
        if not shards:
            raise UsageError("A sharded collection needs at least one shard.")
        self.name, self.shards = name, list(shards)
        self._threads = ThreadPoolExecutor(len(shards), thread_name_prefix="shard")
        self.states = self._each(lambda shard: shard.state())
        settings = self.states[0].settings
        for state in self.states:
            if state.settings != settings:
                raise UsageError(f"Shard {state.name!r} has {state.settings}, not {settings}.",
                                 remedy="Index all shards with the same settings.")  # fmt: skip
        whole = corpus_id(sum(int(state.digest, 16) for state in self.states))
        self.manifest = Manifest(
            name, settings, corpus_id=whole,
            n_documents=sum(state.n_documents for state in self.states),
            n_passages=sum(state.n_passages for state in self.states),
        )  # fmt: skip

    @property
    def corpus_id(self) -> str:
        return self.manifest.corpus_id

    @property
    def index_id(self) -> str:
        return self.manifest.index_id

    def __len__(self) -> int:
        """Number of documents."""
        return self.manifest.n_documents

    def _each(self, ask: Callable[[Shard], T]) -> list[T]:
        return list(self._threads.map(ask, self.shards))

    # ---- searching ----------------------------------------------------------------------------------

    def search(
        self, query: str, k: int = 10, filter: Filter | None = None, retriever: str = "hybrid", *,
        k1: float = 0.9, b: float = 0.4,
    ) -> Hits:  # fmt: skip
        """As Collection.search over all shards."""
        return self.search_batch([query], k, filter, retriever, k1=k1, b=b)[0]

    def search_batch(
        self, queries: Sequence[str], k: int = 10, filter: Filter | None = None, retriever: str = "hybrid", *,
        k1: float = 0.9, b: float = 0.4,
    ) -> list[Hits]:  # fmt: skip
        """One ranking per query. A shard out of reach fails the search: a part is never shown as the whole."""
        plan = Plan.of(self.manifest.settings, self.manifest.n_passages, retriever, k, k1, b)
        wanted = asked(queries)
        if self.manifest.n_passages:
            check_fields(filter, {field for state in self.states for field in state.fields})
        whole = None
        if wanted and plan.retriever != "dense":
            whole = reduce(add, self._each(lambda shard: shard.totals(wanted)))
        parts = self._each(lambda shard: shard.lists(wanted, plan, filter, whole)) if wanted else []
        found = [self._merged(lists, plan) for lists in zip(*parts, strict=True)]
        return answers(queries, found, self.index_id, plan)

    def _merged(self, parts: Sequence[Lists], plan: Plan) -> Hits:
        words = merge([lists.words for lists in parts], plan.pool)
        vectors = merge([lists.vectors for lists in parts], plan.pool)
        places = {hit.id: hit for hit in (*words, *vectors)}
        best = Lists(words, vectors).best(plan)
        notes = tuple(dict.fromkeys(note for lists in parts for note in lists.notes))
        hits = (msgspec.structs.replace(places[hit.id], score=hit.score, rank=hit.rank) for hit in best)
        return Hits("", tuple(hits), "", notes=notes)

    # ---- reading ------------------------------------------------------------------------------------

    def document(self, id: str) -> Document:
        """Raises NotFound."""
        return self._first(lambda shard: shard.document(id), NotFound("document", id))

    def passage(self, id: str) -> Passage:
        """Raises NotFound."""
        return self._first(lambda shard: shard.passage(id), NotFound("passage", id))

    def find_uri(self, uri: str) -> str:
        """The id of the document that came from there. Raises NotFound."""
        return self._first(lambda shard: shard.find_uri(uri), NotFound("document", uri[:200]))

    def _first(self, ask: Callable[[Shard], T], missing: NotFound) -> T:
        def tried(shard: Shard) -> T | None:
            try:
                return ask(shard)
            except NotFound:
                return None

        found: Iterator[T] = (one for one in self._each(tried) if one is not None)
        for one in found:
            return one
        raise missing


def merge(lists: Sequence[Sequence[Hit]], k: int) -> tuple[Hit, ...]:
    """The best k of rankings over disjoint sets: falling scores, equal scores by id. StoreError for a shared id.

    >>> [hit.id for hit in merge([[Hit("b", 2.0, 1)], [Hit("c", 2.0, 1), Hit("a", 1.0, 2)]], 2)]
    ['b', 'c']
    """
    every = sorted((hit for hits in lists for hit in hits), key=lambda hit: (-hit.score, hit.id))
    for one, other in pairwise(every):
        if one.id == other.id:
            raise StoreError(
                f"Passage {one.id!r} is in two shards.", remedy="Keep each document in one shard."
            )
    return tuple(msgspec.structs.replace(hit, rank=rank) for rank, hit in enumerate(every[:k], 1))
