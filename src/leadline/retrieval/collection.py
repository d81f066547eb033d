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
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from leadline.errors import NotFound, StoreError, UsageError
from leadline.evidence.model import Document, Failure, Passage
from leadline.files import home
from leadline.models.embed import embedder
from leadline.retrieval.base import Filter, Hits
from leadline.retrieval.entries import Workers
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.lexical.analysis import analyzer
from leadline.retrieval.manifest import Manifest, Settings, Sources, load_manifest, load_sources, lock
from leadline.retrieval.readings import Progress, Reader
from leadline.retrieval.searcher import Searcher
from leadline.retrieval.store import Segment
from leadline.retrieval.update import Update, Updater

UNITS = ("passage", "document")
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
        collection = cls.open(cls.name_of(paths), create=True)
        collection.update(paths, progress)
        return collection

    @staticmethod
    def name_of(paths: Sequence[str | Path]) -> str:
        """The name under which `of` keeps these sources."""
        absolute = sorted({str(Path(path).resolve()) for path in paths})
        return "of-" + sha256("\0".join(absolute).encode("utf-8", "surrogateescape")).hexdigest()[:16]

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
        lexical = LexicalIndex.open(self.folder / manifest.lexical) if manifest.lexical else None
        self._searcher = Searcher(manifest, self.segments, lexical)
        self.__dict__.pop("_by_uri", None)

    @cached_property
    def _by_uri(self) -> dict[str, str]:
        rows = sorted(
            (id, s.table.facets[n].get("uri", "")) for s in self.segments for id, n in s.ordinals.items()
        )
        return {uri: id for id, uri in rows}

    @property
    def searcher(self) -> Searcher:
        """What searches the state that this collection shows."""
        return self._searcher

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

    def document(self, id: str) -> Document:
        """Raises NotFound."""
        segment, ordinal = self._searcher.find(id)
        return segment.document(ordinal)

    def facets(self, id: str) -> dict[str, str]:
        """Title, uri, media_type, date and metadata of a document, without decoding it. Raises NotFound."""
        segment, ordinal = self._searcher.find(id)
        return segment.table.facets[ordinal]

    def find_uri(self, uri: str) -> str:
        """The id of a document that came from there (the last one by id). Raises NotFound."""
        if uri not in self._by_uri:
            raise NotFound("document", uri[:200])
        return self._by_uri[uri]

    def passage(self, id: str) -> Passage:
        """Raises NotFound."""
        segment, ordinal, n = self._searcher.place(id)
        return segment.passage(ordinal, n)

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
        workers: Workers | None = None,
    ) -> Update:
        """Bring the collection up to date with these files and folders; others in it stay as they are.

        `read` replaces `sources.read.read_sources`: a crawler, a database, a test. `workers` read, cut and encode
        elsewhere (cluster.RayWorkers).
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
                done = updater.run(found, progress, read, workers)
            finally:
                if updater.manifest != self.manifest or updater.manifest.generation:
                    self.manifest = updater.manifest
                    self._load()
        return done

    def forget(self, roots: Sequence[str]) -> list[str]:
        """Take sources out of the collection by the names of their folders or files; the sources stay on the disk.

        `roots` are keys of `sources.roots`. Gives the URIs of what left; NotFound lists the names that there are.
        """
        for root in roots:
            if root not in self.sources.roots:
                raise NotFound("source", root, self.sources.roots)
        with lock(self.folder, self.name):
            updater = Updater(self.folder, load_manifest(self.folder))
            gone = updater.forget(roots)
            self.manifest = updater.manifest
            self._load()
        return gone

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
        return self._searcher.search_batch(queries, k, filter, retriever, k1, b)


def _checked(settings: Settings) -> Settings:
    """Raise before anything is read: NotFound for unknown names, MissingExtra for a library that is not here."""
    analyzer(settings.analyzer)
    if settings.unit not in UNITS:
        raise NotFound("unit", settings.unit, UNITS)
    if settings.embedder not in ("none", Settings().embedder):
        embedder(settings.embedder)
    return settings


def root() -> Path:
    """The folder that holds all collections."""
    return home() / "collections"
