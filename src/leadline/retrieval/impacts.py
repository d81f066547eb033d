"""Learned-sparse retrieval: documents and queries as weighted terms (SPLADE and its kin), scored by dot product.

The postings engine of lexical/ with integer impacts in the place of term frequencies (weights times 100, rounded),
so everything holds that holds there: memory-mapped segments, updates, filters, exact pruned search.
`over` above 1 takes bounds for so many times less than they are (few documents come near them, because they add up
every term's largest impact): faster, and not exact any more; measure the overlap with over=1
(benchmarks/learned_sparse.py does).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from leadline.errors import StoreError, UsageError
from leadline.retrieval.base import Filter, Hits
from leadline.retrieval.lexical.analysis import analyzer
from leadline.retrieval.lexical.engine import Engine
from leadline.retrieval.lexical.exhaustive import Lists
from leadline.retrieval.lexical.hits import as_hits
from leadline.retrieval.lexical.impact_buffer import ImpactBuffer, impacts
from leadline.retrieval.lexical.opened import OpenIndex, begin
from leadline.retrieval.lexical.search import MAX_KEYS, Ranking, check_parameters, rank_weighted
from leadline.retrieval.lexical.segment import Array, Segment
from leadline.retrieval.lexical.snapshot import Snapshot, open_snapshot
from leadline.retrieval.lexical.store import Manifest
from leadline.retrieval.lexical.terms import TermTable, Weighted
from leadline.retrieval.lexical.writer import Writer

Weights = Mapping[str, float]
AS_GIVEN = analyzer("none")
EXACT_TO = 1 << 24
"""Sums of integers are exact in float32 below this."""


class Encoder(Protocol):
    """Text -> weighted terms, e.g. models.splade."""

    name: str

    def encode(self, texts: Sequence[str]) -> list[dict[str, float]]: ...


class ImpactIndex(OpenIndex):
    """As LexicalIndex, over weighted terms.

    >>> from tempfile import TemporaryDirectory
    >>> folder = TemporaryDirectory()
    >>> index = ImpactIndex.create(folder.name)
    >>> with index.writer() as writer:
    ...     writer.add("a", {"moon": 1.5, "tide": 0.7})
    ...     writer.add("b", {"star": 2.0})
    >>> [(hit.id, hit.score) for hit in index.search_weights([{"moon": 1.0, "star": 0.1}])[0].hits]
    [('a', 15000.0), ('b', 2000.0)]
    """

    def __init__(
        self, folder: Path, snapshot: Snapshot, encoder: Encoder | None, engine: Engine, skip_damaged: bool
    ) -> None:
        if snapshot.manifest.kind != "impacts":
            raise StoreError(
                f"{folder} holds a {snapshot.manifest.kind} index.", remedy="Open it as a LexicalIndex."
            )
        super().__init__(folder, snapshot, AS_GIVEN, skip_damaged)
        self.encoder, self.engine = encoder, engine

    @classmethod
    def create(cls, folder: str | Path, encoder: Encoder | None = None) -> ImpactIndex:
        """A new, empty index. StoreError if the folder holds one already."""
        begin(Path(folder), Manifest(encoder.name if encoder else "weights", "impacts"))
        return cls.open(folder, encoder)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        encoder: Encoder | None = None,
        *,
        engine: Engine = "auto",
        damaged: Literal["refuse", "skip"] = "refuse",
    ) -> ImpactIndex:
        """StoreError for a damaged index, or one that was encoded by another model."""
        skip = damaged == "skip"
        snapshot = open_snapshot(Path(folder), skip)
        if encoder and snapshot.manifest.analyzer != encoder.name:
            raise StoreError(f"{folder} was encoded with {snapshot.manifest.analyzer}, not {encoder.name}.")
        return cls(Path(folder), snapshot, encoder, engine, skip)

    def writer(self) -> Writer[Weights]:
        """`writer.add(id, {term: weight})`, otherwise as LexicalIndex.writer."""
        return Writer(self.folder, ImpactBuffer, self.refresh)

    def search(self, query: str, k: int = 10, filter: Filter | None = None, *, over: float = 1.0) -> Hits:
        """Encode the query and search. UsageError without an encoder."""
        return self.search_batch([query], k, filter, over=over)[0]

    def search_batch(
        self, queries: Sequence[str], k: int = 10, filter: Filter | None = None, *, over: float = 1.0
    ) -> list[Hits]:
        if self.encoder is None:
            raise UsageError(
                "This index was opened without an encoder.", remedy="Use search_weights, or pass one."
            )
        return self.search_weights(self.encoder.encode(queries), k, filter, over=over, texts=queries)

    def search_weights(
        self,
        queries: Sequence[Weights],
        k: int = 10,
        filter: Filter | None = None,
        *,
        over: float = 1.0,
        texts: Sequence[str] = (),
    ) -> list[Hits]:
        """Search for weighted terms. Scores are integer dot products (of weights times 100)."""
        snapshot = self._snapshot
        ranking = self.rank_weights(queries, k, filter, over=over)
        parameters = {"over": over, "encoder": snapshot.manifest.analyzer}
        name = snapshot.id
        shown = texts or [" ".join(q) for q in queries]
        notes = tuple(snapshot.damaged)
        return [
            Hits(text, hits, name, parameters, notes)
            for text, hits in zip(shown, as_hits(snapshot, ranking), strict=True)
        ]

    def rank_weights(
        self, queries: Sequence[Weights], k: int = 10, filter: Filter | None = None, *, over: float = 1.0
    ) -> Ranking:
        """The same as arrays."""
        check_parameters(k, 0.9, 0.4)
        if not over >= 1:
            raise UsageError(f"over is {over!r}.", remedy="1 is exact, 1.2 skips more.")
        snapshot, terms = self._state
        k = max(1, min(k, snapshot.n_docs))
        masks = snapshot.mask(filter)
        lists = [
            _lists(p.segment, bounds) for p, bounds in zip(snapshot.parts, snapshot.largest, strict=True)
        ]
        step = max(1, MAX_KEYS // k)
        found = [
            rank_weighted(
                snapshot,
                lists,
                _weigh(snapshot, terms, queries[low : low + step]),
                k,
                masks,
                self.engine,
                over=over,
            )
            for low in range(0, max(len(queries), 1), step)
        ]
        return Ranking(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _lists(s: Segment, bounds: Array) -> Lists:
    none = np.empty(0, np.float32)
    return Lists(
        s.docs, s.impacts, _none(np.uint32), _none(np.uint32), s.block_range, s.block_first, s.block_n, s.block_at,
        _none(np.uint32), _none(np.uint8), _none(np.uint32), _none(np.uint8), _none(np.uint16),
        bounds, none, none, 0.0, 0.0, True,
    )  # fmt: skip


def _none(dtype: type) -> Array:
    """An empty array of a segment: read-only, as those of texts are, so that the same compiled code fits."""
    array: Array = np.empty(0, dtype)
    array.flags.writeable = False
    return array


def _weigh(snapshot: Snapshot, terms: TermTable, queries: Sequence[Weights]) -> Weighted:
    """Terms by falling weight, equal ones as the query names them. All queries at once: a query has some forty terms,
    and looking them up one by one would take as long as searching for them."""
    names = list(chain.from_iterable(queries))
    values = impacts(np.fromiter(chain.from_iterable(q.values() for q in queries), np.float64, len(names)))
    query = np.repeat(np.arange(len(queries)), [len(q) for q in queries])
    numbers, spans = terms.look_up(names)
    kept = np.flatnonzero((values > 0) & (numbers >= 0))
    kept = kept[np.lexsort((-values[kept], query[kept]))]
    values, query, numbers = values[kept], query[kept], numbers[kept]
    totals = np.bincount(query, values, minlength=len(queries))
    if len(totals) and totals.max() * snapshot.largest_impact >= EXACT_TO:
        raise UsageError("The query's weights are too large for exact sums.", remedy="Divide them all by 2.")
    at = np.zeros(len(queries) + 1, np.int64)
    np.cumsum(np.bincount(query, minlength=len(queries)), out=at[1:])
    return Weighted(at, values.astype(np.float32), [blocks[numbers] for blocks in spans])
