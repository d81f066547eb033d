"""One commit of an index, opened for reading: its segments, what they hold together, and what depends on k1 and b."""

from __future__ import annotations

import math
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from leadline.errors import NotFound, StoreError
from leadline.retrieval.base import Filter
from leadline.retrieval.lexical.exhaustive import Lists
from leadline.retrieval.lexical.facets import facet_key, field_prefix
from leadline.retrieval.lexical.recent import Recent
from leadline.retrieval.lexical.segment import Array, Segment
from leadline.retrieval.lexical.store import Entry, Manifest, read_deleted, read_manifest

OPEN_ATTEMPTS = 5
CHECKED_AT_OPEN = 8_000_000
"""Bytes whose checksums are compared at open; more would make opening slow. `verify` compares all."""

KEPT_READY = 4_000_000
"""Postings of a segment up to which their BM25 parts are kept: 16 MB for each of the last few (k1, b)."""


class Term(NamedTuple):
    """A term of the whole index: how many live documents have it, and its blocks in each part."""

    text: str
    df: int
    idf: float
    blocks: tuple[tuple[int, int], ...]


class Part:
    """A segment and which of its documents are live."""

    def __init__(self, folder: Path, entry: Entry) -> None:
        self.entry = entry
        self.segment = Segment(folder / entry.name)
        if self.segment.n_docs != entry.n_docs:
            raise StoreError(
                f"Segment {entry.name} holds {self.segment.n_docs} documents, not {entry.n_docs}."
            )
        self.deleted = read_deleted(folder, entry)
        self.live: Array | None = None
        if len(self.deleted):
            self.live = np.ones(entry.n_docs, np.bool_)
            self.live[self.deleted] = False


class Snapshot:
    """Everything a search needs. Never changes; a commit makes a new one."""

    def __init__(self, folder: Path, manifest: Manifest, *, skip_damaged: bool = False) -> None:
        self.manifest = manifest
        self.parts: list[Part] = []
        self.damaged: list[str] = []
        budget = CHECKED_AT_OPEN
        for entry in manifest.segments:
            try:
                part = Part(folder, entry)
                budget -= part.segment.n_bytes
                if budget > 0:
                    part.segment.verify()
                self.parts.append(part)
            except StoreError as error:
                if not skip_damaged:
                    raise
                self.damaged.append(str(error))
        # By their ids: texts added in order of id give parts in order of id, between which ties need no comparing.
        self.parts.sort(key=lambda part: part.segment.id_range())
        ranges = [p.segment.id_range() for p in self.parts]
        self.in_id_order = all(before[1] < after[0] for before, after in pairwise(ranges))
        self.n_docs = sum(p.entry.n_live for p in self.parts)
        self.n_terms = sum(p.entry.n_terms for p in self.parts)
        self.mean_length = self.n_terms / self.n_docs if self.n_terms else 1.0
        self.offsets = [0, *np.cumsum([p.entry.n_docs for p in self.parts]).tolist()]
        self.term = Recent(self._term, 100_000)
        self.lists = Recent(self._lists, 4)
        self.allowed = Recent(self._allowed, 16)

    @cached_property
    def fields(self) -> frozenset[str]:
        """Fields in which some live document has a word: what a fresh index of the live documents would know."""
        return frozenset(f for p in self.parts for f in p.segment.fields if _used(p, f))

    @cached_property
    def largest(self) -> list[Array]:
        """Per part: the largest impact of each block, uint16."""
        return [p.segment.block_top.astype(np.uint16) for p in self.parts]

    @cached_property
    def id_order(self) -> tuple[Array, Array]:
        """The place of every document in the order of all ids, and the document at every place.

        Only parts that tie and whose ids interleave need it; sorting is one merge, because each part is sorted.
        """
        ids = [id for part in self.parts for id in part.segment.all_ids()]
        by_place = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64)
        place = np.empty(len(ids), np.uint64)
        place[by_place] = np.arange(len(ids), dtype=np.uint64)
        return place, by_place

    @cached_property
    def largest_impact(self) -> int:
        return max((int(s.max()) for s in self.largest if len(s)), default=0)

    @cached_property
    def id(self) -> str:
        """Names the content: the same documents under the same analyzer have the same id, however they came in."""
        sums = [sum(p.entry.digest[lane] for p in self.parts) % 2**64 for lane in (0, 1)]
        return f"{self.manifest.kind}-{self.manifest.analyzer}-{sums[0]:016x}{sums[1]:016x}"

    def ids(self) -> list[str]:
        """The ids of all live documents, sorted."""
        found: list[str] = []
        for part in self.parts:
            mine = part.segment.all_ids()
            live = [True] * len(mine) if part.live is None else part.live.tolist()
            found += [id for id, alive in zip(mine, live, strict=True) if alive]
        return sorted(found)

    def idf(self, df: int) -> float:
        """Lucene's: ln(1 + (N - df + .5) / (df + .5)), over live documents."""
        return math.log(1 + (self.n_docs - df + 0.5) / (df + 0.5))

    def _term(self, text: str) -> Term:
        blocks, df = [], 0
        for part in self.parts:
            number = part.segment.term(text)
            span = part.segment.blocks(number) if number >= 0 else (0, 0)
            blocks.append(span)
            if span[1] > span[0]:
                df += _n_live(part, span)
        return Term(text, df, self.idf(df), tuple(blocks))

    def _lists(self, key: tuple[float, float]) -> list[Lists]:
        k1, b = key
        return [_weigh(p.segment, k1, b, self.mean_length) for p in self.parts]

    def mask(self, filter: Filter | None) -> list[Array | None]:
        """Per part: which documents may be found (None: all)."""
        if not filter:
            return [p.live for p in self.parts]
        keys = []
        for field, wanted in filter.items():
            several = isinstance(wanted, (list, tuple, set, frozenset))
            values = tuple(sorted(facet_key(field, v) for v in (wanted if several else [wanted])))
            keys.append((field, values))
        return self.allowed(tuple(sorted(keys)))

    def _allowed(self, filter: tuple[tuple[str, tuple[bytes, ...]], ...]) -> list[Array | None]:
        known = self.facet_fields() if self.n_docs else {field for field, _ in filter}
        for field, _ in filter:
            if field not in known:
                raise NotFound("metadata field", field, known)
        masks: list[Array | None] = []
        for part in self.parts:
            mask = np.ones(part.entry.n_docs, np.bool_) if part.live is None else part.live.copy()
            for _, values in filter:
                accepted = np.zeros(part.entry.n_docs, np.bool_)
                for value in values:
                    accepted[part.segment.facet(value)] = True
                mask &= accepted
            masks.append(mask)
        return masks

    def facet_fields(self) -> set[str]:
        """The names of all metadata fields."""
        names: set[str] = set()
        for part in self.parts:
            data, at = part.segment.facets.data, part.segment.facet_at
            i = 0
            while i < len(at) - 1:
                name = bytes(data[at[i] : at[i + 1]]).split(b"\0", 1)[0].decode()
                names.add(name)
                i = part.segment.facet_values(field_prefix(name))[1]
        return names


def open_snapshot(folder: Path, skip_damaged: bool) -> Snapshot:
    """A commit may replace segments between reading the manifest and opening them: then look again."""
    for _ in range(OPEN_ATTEMPTS):
        manifest = read_manifest(folder)
        try:
            return Snapshot(folder, manifest, skip_damaged=skip_damaged)
        except StoreError:
            if read_manifest(folder) == manifest:
                raise
    return Snapshot(folder, read_manifest(folder), skip_damaged=skip_damaged)


def _n_live(part: Part, blocks: tuple[int, int]) -> int:
    if part.live is None:
        return part.segment.n_postings(blocks)
    return int(part.live[part.segment.documents(blocks)].sum())


def _weigh(segment: Segment, k1: float, b: float, mean: float) -> Lists:
    """What k1 and b make of a part: norm[N] = k1 (1 - b + b length/mean). Bounds, and the parts of small segments'
    postings, are computed term by term as they are asked for."""
    s = segment
    norm = (k1 * (1 - b + b * s.lengths / mean)).astype(np.float32)
    ready = np.zeros(len(s.docs) if len(s.docs) <= KEPT_READY else 0, np.float32)
    return Lists(
        s.docs, s.tfs, s.high_at, s.high_tf, s.block_range, s.block_first, s.block_n, s.block_at,
        s.large_at, s.pair_n, s.pair_at, s.pair_tf, s.pair_len,
        np.zeros(len(s.block_n), np.uint16), norm, ready, k1 * (1 - b), k1 * b / mean, False,
    )  # fmt: skip


def _used(part: Part, field: str) -> bool:
    """Whether a live document of the part has a word in the field."""
    lengths = part.segment.array(f"to:{field}") != part.segment.array(f"from:{field}")
    return bool((lengths if part.live is None else lengths & part.live).any())
