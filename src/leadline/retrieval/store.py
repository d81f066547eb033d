"""Immutable segments of documents with their passages and vectors.

    documents.bin   MessagePack records, one per document
    passages.bin    UTF-8 of all passage texts on end, so that a hit is shown without decoding its document
    table.bin       ids, facets and offsets of both (MessagePack)
    vectors.f32     float32, one row per passage; only if the collection has an embedder

A segment is written once and never changed; what is deleted later is listed by the manifest. Everything is
memory-mapped when it is opened and decoded when it is asked for.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from leadline.errors import StoreError
from leadline.evidence.model import Document, Passage
from leadline.files import DISK, Disk
from leadline.models.embed import Vectors
from leadline.retrieval.dense_codes import Codes, codes_of
from leadline.retrieval.filters import facets


class Entry(NamedTuple):
    """A document as it goes into a segment; vectors has one row per passage (or no rows at all)."""

    document: Document
    passages: Sequence[Passage]
    vectors: Vectors


class FileRef(msgspec.Struct, frozen=True):
    size: int
    sha256: str


class SegmentRef(msgspec.Struct, frozen=True):
    """What the manifest knows of a segment."""

    name: str
    n_documents: int
    n_passages: int
    dimension: int
    files: dict[str, FileRef]


class _Table(msgspec.Struct):
    ids: list[str]
    facets: list[dict[str, str]]
    document_at: bytes
    """int64[n_documents + 1]: where each record begins in documents.bin."""
    first_passage: bytes
    """int64[n_documents + 1]."""
    start: bytes
    end: bytes
    text_at: bytes
    """int64[n_passages + 1]: where each text begins in passages.bin."""


def write_segment(folder: Path, entries: Sequence[Entry], disk: Disk = DISK) -> SegmentRef:
    """Write the entries into `folder`, durable when this returns."""
    records = [msgspec.msgpack.encode(entry.document) for entry in entries]
    passages = [passage for entry in entries for passage in entry.passages]
    texts = [passage.text.encode("utf-8", "surrogatepass") for passage in passages]
    table = _Table(
        ids=[entry.document.id for entry in entries],
        facets=[facets(entry.document) for entry in entries],
        document_at=_offsets([len(record) for record in records]),
        first_passage=_offsets([len(entry.passages) for entry in entries]),
        start=np.array([p.start for p in passages], np.int64).tobytes(),
        end=np.array([p.end for p in passages], np.int64).tobytes(),
        text_at=_offsets([len(text) for text in texts]),
    )
    contents = {
        "documents.bin": b"".join(records),
        "passages.bin": b"".join(texts),
        "table.bin": msgspec.msgpack.encode(table),
    }
    vectors = [entry.vectors for entry in entries if len(entry.vectors)]
    dimension = vectors[0].shape[1] if vectors else 0
    if dimension:
        contents["vectors.f32"] = np.concatenate(vectors).astype(np.float32).tobytes()
    for name, data in contents.items():
        disk.write(folder / name, data)
    files = {name: FileRef(len(data), sha256(data).hexdigest()) for name, data in contents.items()}
    return SegmentRef(folder.name, len(entries), len(passages), dimension, files)


def _offsets(sizes: Sequence[int]) -> bytes:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64).tobytes()


class Segment:
    """An open segment; `dead` are the ordinals of documents that were replaced or deleted since."""

    def __init__(self, folder: Path, ref: SegmentRef, dead: Sequence[int] = ()) -> None:
        self.folder, self.ref, self.dead = folder, ref, frozenset(dead)
        self._arrays: dict[str, NDArray[np.int64]] = {}
        self._maps = {name: self._map(name, file.size) for name, file in ref.files.items()}

    def _map(self, name: str, size: int) -> mmap.mmap | bytes:
        path = self.folder / name
        with path.open("rb") as file:  # FileNotFoundError: the caller looks for a newer manifest
            if path.stat().st_size != size:
                raise StoreError(
                    f"{path} is damaged: {path.stat().st_size} bytes, not {size}.", remedy=REBUILD
                )
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""

    def check(self) -> None:
        """Compare every byte with its checksum; StoreError names the damaged file."""
        for name, ref in self.ref.files.items():
            if sha256(self._maps[name]).hexdigest() != ref.sha256:
                raise StoreError(f"{self.folder / name} is damaged: wrong checksum.", remedy=REBUILD)

    @cached_property
    def table(self) -> _Table:
        try:
            return msgspec.msgpack.decode(self._maps["table.bin"], type=_Table)
        except msgspec.DecodeError as error:
            raise StoreError(f"{self.folder / 'table.bin'} is damaged: {error}.", remedy=REBUILD) from error

    @cached_property
    def ordinals(self) -> dict[str, int]:
        """Document id -> ordinal, live documents only."""
        return {id: n for n, id in enumerate(self.table.ids) if n not in self.dead}

    def array(self, name: str) -> NDArray[np.int64]:
        """A column of the table: document_at, first_passage, start, end or text_at."""
        if name not in self._arrays:
            self._arrays[name] = np.frombuffer(getattr(self.table, name), np.int64)
        return self._arrays[name]

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        """One flag per passage."""
        alive = np.ones(self.ref.n_documents, np.bool_)
        alive[list(self.dead)] = False
        return np.repeat(alive, np.diff(self.array("first_passage")))

    @cached_property
    def vectors(self) -> Vectors:
        """Memory-mapped; shape (n_passages, dimension), or (n_passages, 0) without an embedder."""
        if not self.ref.dimension:
            return np.zeros((self.ref.n_passages, 0), np.float32)
        return np.frombuffer(self._maps["vectors.f32"], np.float32).reshape(-1, self.ref.dimension)

    @cached_property
    def codes(self) -> Codes:
        """The vectors in short, kept in memory: two bytes per number."""
        return codes_of(self.vectors)

    def document(self, ordinal: int) -> Document:
        at = self.array("document_at")
        try:
            return msgspec.msgpack.decode(
                self._maps["documents.bin"][at[ordinal] : at[ordinal + 1]], type=Document
            )
        except msgspec.DecodeError as error:
            raise StoreError(
                f"{self.folder / 'documents.bin'} is damaged at {at[ordinal]}: {error}.", remedy=REBUILD
            ) from error

    def passages_of(self, ordinal: int) -> range:
        """Passage ordinals of a document."""
        first = self.array("first_passage")
        return range(first.item(ordinal), first.item(ordinal + 1))

    def span(self, ordinal: int, n: int) -> tuple[int, int]:
        """Where passage n (from 1) of a document starts and ends in its text."""
        at = self.array("first_passage").item(ordinal) + n - 1
        return self.array("start").item(at), self.array("end").item(at)

    def passage(self, ordinal: int, n: int) -> Passage:
        """Passage n (from 1) of the document with that ordinal."""
        at = self.passages_of(ordinal)[n - 1]
        text_at = self.array("text_at")
        text = self._maps["passages.bin"][text_at[at] : text_at[at + 1]].decode("utf-8", "surrogatepass")
        id = self.table.ids[ordinal]
        return Passage(f"{id}-{n}", id, *self.span(ordinal, n), text)

    def entry(self, ordinal: int) -> Entry:
        """The whole document, for merging segments."""
        places = self.passages_of(ordinal)
        passages = [self.passage(ordinal, n + 1) for n in range(len(places))]
        vectors = self.vectors[places.start : places.stop]
        return Entry(self.document(ordinal), passages, vectors if vectors.shape[1] else vectors[:0])


REBUILD = "Delete it (leadline collections delete NAME --yes) and index its sources again."
