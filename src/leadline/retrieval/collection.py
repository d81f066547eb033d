"""Collections on disk: documents, passages and indexes under one name, updated without a rebuild.

>>> from leadline import Collection  # doctest: +SKIP
>>> collection = Collection.of(["./folder"])  # doctest: +SKIP
>>> collection.search("Who signed the lease?", k=5).ids  # doctest: +SKIP

An open collection shows one committed state for as long as it lives, whatever other processes do meanwhile.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from leadline.errors import NotFound, StoreError, UsageError
from leadline.evidence.model import Document, Failure, Passage
from leadline.files import home
from leadline.models.embed import embedder
from leadline.retrieval.base import Filter, Hit, Hits
from leadline.retrieval.dense import Block, check_k, exact_top, ranked
from leadline.retrieval.filters import accepts
from leadline.retrieval.fusion import rrf
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.lexical.analysis import analyzer
from leadline.retrieval.manifest import Manifest, Settings, Sources, load_manifest, load_sources, lock
from leadline.retrieval.store import Segment
from leadline.retrieval.update import Progress, Reader, Update, Updater

RETRIEVERS = ("bm25", "dense", "hybrid")
UNITS = ("passage", "document")
POOL = 100
"""Candidates of each retriever that a hybrid search fuses (at least k)."""
WEIGHTS = (1.0, 0.5)
"""BM25 and dense: with a static embedder this beat equal weights on Cranfield, SciFact and CACM."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Collection:
    """Open with `Collection.open(name)` or `Collection.of(paths)`."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._load()

    # ---- opening ------------------------------------------------------------------------------------

    @classmethod
    def open(cls, name: str, create: bool = False, settings: Settings | None = None) -> Collection:
        """The collection of that name. NotFound lists near matches; `settings` count only when it is made."""
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot name a collection.",
                remedy="Use 1 to 100 letters, digits, dots, dashes and underscores.",
            )
        folder = root() / name
        if not (folder / "manifest.json").exists():
            if not create:
                raise NotFound("collection", name, cls.names())
            return cls(folder, Manifest(name, _checked(settings or Settings())))
        for _ in range(5):  # another process may commit and sweep between the two reads
            try:
                return cls(folder, load_manifest(folder))
            except FileNotFoundError as error:
                missing = error
        raise StoreError(f"Collection {name!r} is damaged: {missing.filename} is missing.") from missing

    @classmethod
    def of(cls, paths: Sequence[str | Path], progress: Progress | None = None) -> Collection:
        """The collection of exactly these sources, kept under a name that their absolute paths give, up to date."""
        absolute = sorted({str(Path(path).resolve()) for path in paths})
        name = "of-" + sha256("\0".join(absolute).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        collection = cls.open(name, create=True)
        collection.update(paths, progress)
        return collection

    @staticmethod
    def names() -> list[str]:
        """All collections, sorted."""
        return sorted(path.parent.name for path in root().glob("*/manifest.json"))

    def _load(self) -> None:
        manifest = self.manifest
        self._sources: Sources | None = load_sources(self.folder, manifest)
        dead = self._sources.dead if self._sources else {}
        self.segments = [
            Segment(self.folder / "segments" / ref.name, ref, dead.get(ref.name, ()))
            for ref in manifest.segments
        ]
        self.lexical = LexicalIndex.open(self.folder / manifest.lexical) if manifest.lexical else None

    # ---- facts --------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def corpus_id(self) -> str:
        """Equal for equal documents, whatever the order of changes."""
        return self.manifest.corpus_id

    @property
    def index_id(self) -> str:
        """corpus_id and settings: equal index ids give equal rankings."""
        return self.manifest.index_id

    @property
    def sources(self) -> Sources:
        assert self._sources is not None
        return self._sources

    @property
    def failures(self) -> list[Failure]:
        """Sources that could not be read at the last update."""
        return self.sources.failures

    def __len__(self) -> int:
        """Number of documents."""
        return self.manifest.n_documents

    # ---- reading ------------------------------------------------------------------------------------

    def _find(self, document_id: str) -> tuple[Segment, int]:
        for segment in self.segments:
            ordinal = segment.ordinals.get(document_id)
            if ordinal is not None:
                return segment, ordinal
        known = [id for segment in self.segments for id in list(segment.ordinals)[:5000]]
        raise NotFound("document", document_id, known)

    def document(self, id: str) -> Document:
        """Raises NotFound."""
        segment, ordinal = self._find(id)
        return segment.document(ordinal)

    def passage(self, id: str) -> Passage:
        """Raises NotFound."""
        segment, ordinal, n = self._place(id)
        return segment.passage(ordinal, n)

    def _place(self, passage_id: str) -> tuple[Segment, int, int]:
        document_id, _, number = passage_id.rpartition("-")
        segment, ordinal = self._find(document_id or passage_id)
        if not number.isdecimal() or not 1 <= int(number) <= len(segment.passages_of(ordinal)):
            raise NotFound("passage", passage_id)
        return segment, ordinal, int(number)

    def documents(self) -> Iterator[Document]:
        """All documents, sorted by id, decoded one at a time."""
        places = sorted((id, n) for n, s in enumerate(self.segments) for id in s.ordinals)
        for id, n in places:
            yield self.segments[n].document(self.segments[n].ordinals[id])

    def passages(self) -> Iterator[Passage]:
        """All passages, by document id and then in reading order."""
        places = sorted((id, n) for n, s in enumerate(self.segments) for id in s.ordinals)
        for id, n in places:
            ordinal = self.segments[n].ordinals[id]
            for number in range(1, len(self.segments[n].passages_of(ordinal)) + 1):
                yield self.segments[n].passage(ordinal, number)

    def check(self) -> None:
        """Compare every byte with its checksum; StoreError names the first damaged file."""
        for segment in self.segments:
            segment.check()

    # ---- changing -----------------------------------------------------------------------------------

    def update(
        self,
        paths: Sequence[str | Path],
        progress: Progress | None = None,
        read: Reader | None = None,
    ) -> Update:
        """Bring the collection up to date with these files and folders; others in it stay as they are.

        `read` replaces `sources.read.read_sources`: a crawler, a database, a test.
        Raises UsageError for a path that does not exist and StoreError when another process is updating.
        """
        found = [Path(path) for path in paths]
        for path in found:
            if not path.exists():
                raise UsageError(f"{path} does not exist.", remedy="Check the path.")
        with lock(self.folder, self.name):
            if (self.folder / "manifest.json").exists():
                self.manifest = load_manifest(self.folder)
            updater = Updater(self.folder, self.manifest)
            try:
                done = updater.run(found, progress, read)
            finally:
                if updater.manifest != self.manifest or updater.manifest.generation:
                    self.manifest = updater.manifest
                    self._load()
        return done

    @classmethod
    def remove(cls, name: str) -> None:
        """Delete a collection from the disk, also one that is damaged and cannot be opened."""
        if name not in cls.names():
            raise NotFound("collection", name, cls.names())
        folder = root() / name
        with lock(folder, name):
            (folder / "manifest.json").unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)

    # ---- searching ----------------------------------------------------------------------------------

    def search(
        self,
        query: str,
        k: int = 10,
        filter: Filter | None = None,
        retriever: str = "hybrid",
        *,
        k1: float = 0.9,
        b: float = 0.4,
    ) -> Hits:
        """The best k passages. retriever: bm25, dense or hybrid (reciprocal-rank fusion of both)."""
        return self.search_batch([query], k, filter, retriever, k1=k1, b=b)[0]

    def search_batch(
        self,
        queries: Sequence[str],
        k: int = 10,
        filter: Filter | None = None,
        retriever: str = "hybrid",
        *,
        k1: float = 0.9,
        b: float = 0.4,
    ) -> list[Hits]:
        """One ranking per query, equal to searching them one by one."""
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
        empty = Hits("", (), self.index_id, parameters)
        return [
            msgspec.structs.replace(
                next(found, empty), query=query, index=self.index_id, parameters=parameters
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
        segment, ordinal, n = self._place(hit.id)
        at = segment.passages_of(ordinal)[n - 1]
        start, end = int(segment.array("start")[at]), int(segment.array("end")[at])
        return msgspec.structs.replace(hit, document=segment.table.ids[ordinal], start=start, end=end)

    def _dense(self, queries: Sequence[str], k: int, filter: Filter | None) -> list[tuple[Hit, ...]]:
        name = self.manifest.settings.embedder
        if name == "none":
            raise UsageError(
                f"Collection {self.name!r} has no vectors.", remedy="Index it with --embedder wordllama."
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


def _checked(settings: Settings) -> Settings:
    """Raise before anything is read: NotFound for unknown names, MissingExtra for a library that is not here."""
    analyzer(settings.analyzer)
    if settings.unit not in UNITS:
        raise NotFound("unit", settings.unit, UNITS)
    if settings.embedder not in ("none", Settings().embedder):
        embedder(settings.embedder)
    return settings


def _fused(words: Sequence[Hit], vectors: Sequence[Hit], k: int) -> tuple[Hit, ...]:
    scores = rrf([{hit.id: hit.score for hit in hits} for hits in (words, vectors)], WEIGHTS)
    return ranked(scores.items(), k)


def root() -> Path:
    """The folder that holds all collections."""
    return home() / "collections"
