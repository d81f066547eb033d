"""Changes to an index: collected, written as new segments, made visible by one atomic commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from leadline.errors import StoreError
from leadline.retrieval.lexical.buffer import checked_id
from leadline.retrieval.lexical.container import write_arrays
from leadline.retrieval.lexical.facets import facet_keys
from leadline.retrieval.lexical.merge import Source, merge, to_merge
from leadline.retrieval.lexical.segment import Array, Segment
from leadline.retrieval.lexical.snapshot import Snapshot
from leadline.retrieval.lexical.store import (
    LOCK,
    Entry,
    Manifest,
    read_manifest,
    sweep,
    write_deleted,
    write_manifest,
)
from leadline.retrieval.locking import FileLock

FLUSH_TOKENS = 1 << 24
"""Tokens held in memory before they are written as a segment (not yet visible): about 1 GB while sorting."""


@dataclass
class _Part:
    """A segment that the commit will name, and which of its documents are live."""

    entry: Entry
    segment: Segment
    live: Array
    changed: bool = False

    def remove(self, ids: list[str]) -> None:
        found = self.segment.find(ids)
        found = found[found >= 0]
        if self.live[found].any():
            self.live[found] = False
            self.changed = True


Content = TypeVar("Content", contravariant=True)


class Pending(Protocol[Content]):
    """Documents that are not yet a segment: buffer.py for text, impact_buffer.py for weighted terms."""

    n_chunks: int

    @property
    def ids(self) -> list[str]: ...

    def add(self, id: str, content: Content, facets: tuple[bytes, ...], /) -> None: ...

    def drop(self, id: str) -> None: ...

    def arrays(self) -> tuple[dict[str, Array], tuple[str, ...]]: ...


class Writer(Generic[Content]):
    """The one writer of an index, as a context: changes become visible together when the block ends without an
    exception, or at `commit()`. Until then, and if the process dies, the previous commit stands.

    Adding an id that exists replaces its document; of several additions in one commit the last one counts.
    Deleting an id that does not exist does nothing. StoreError if another process or object is writing.
    """

    def __init__(
        self, folder: Path, pending: Callable[[], Pending[Content]], committed: Callable[[], object]
    ) -> None:
        self._folder = folder
        self._pending = pending
        self._committed = committed
        self._lock: FileLock | None = None

    def __enter__(self) -> Writer[Content]:
        self._lock = FileLock(self._folder / LOCK, f"{self._folder} is being written")
        try:
            self._begin()
        except BaseException:
            self._lock.release()
            raise
        return self

    def _begin(self) -> None:
        self._manifest = read_manifest(self._folder)
        sweep(self._folder, self._manifest)
        self._next = self._manifest.next
        self._parts: list[_Part] = []
        for part in Snapshot(self._folder, self._manifest).parts:
            live = np.ones(part.entry.n_docs, np.bool_) if part.live is None else part.live.copy()
            self._parts.append(_Part(part.entry, part.segment, live))
        self._clear()

    def _clear(self) -> None:
        self._buffer = self._pending()
        self._gone: set[str] = set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._lock is not None
        try:
            if kind is None:
                self.commit()
        finally:
            self._lock.release()
            self._lock = None

    # ---- changes ------------------------------------------------------------------------------------

    def add(self, id: str, content: Content, metadata: Mapping[str, Any] | None = None) -> None:
        """Put a document under `id`: a text, or one per field (searched as one text in that order), or term weights.

        metadata values (text, numbers, truth values, None, or lists of them) serve filters. UsageError for an
        id or value that cannot be stored.
        """
        self._open().add(id, content, facet_keys(metadata))
        if self._buffer.n_chunks >= FLUSH_TOKENS:
            self._flush()

    def delete(self, id: str) -> None:
        """Take the document away, if it is there."""
        checked_id(id)
        self._open().drop(id)
        self._gone.add(id)

    def commit(self) -> None:
        """Make everything so far visible and durable. StoreError if the disk refuses: the previous commit stands."""
        self._open()
        self._flush()
        self._tidy()
        self._publish()

    def merge(self) -> None:
        """Write all segments as one at the next commit: the fastest to search."""
        self._open()
        self._flush()
        if len(self._parts) > 1 or any(not p.live.all() for p in self._parts):
            self._merge(list(range(len(self._parts))))

    def _open(self) -> Pending[Content]:
        if self._lock is None:
            raise StoreError("This writer is closed.", remedy="Use it inside its with block.")
        return self._buffer

    # ---- segments -----------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Write the buffer as a segment; what it replaces or deletes is marked in the older ones."""
        ids = self._buffer.ids
        changed = [*ids, *self._gone.difference(ids)]
        for part in self._parts:
            part.remove(changed)
        if ids:
            self._add(*self._buffer.arrays())
        self._clear()

    def _add(self, arrays: Mapping[str, Array], fields: tuple[str, ...]) -> None:
        name = f"{self._next:06d}.seg"
        self._next += 1
        write_arrays(self._folder / name, arrays, fields)
        segment = Segment(self._folder / name)
        live = np.ones(segment.n_docs, np.bool_)
        self._parts.append(_Part(_entry(name, segment, live), segment, live))

    def _tidy(self) -> None:
        self._parts = [p for p in self._parts if p.live.any()]
        while chosen := to_merge(
            [int(p.live.sum()) for p in self._parts], [p.segment.n_docs for p in self._parts]
        ):
            self._merge(chosen)

    def _merge(self, chosen: list[int]) -> None:
        merged = merge([Source(self._parts[i].segment, self._parts[i].live) for i in chosen])
        self._parts = [p for i, p in enumerate(self._parts) if i not in set(chosen)]
        if len(merged[0]["lengths"]):
            self._add(*merged)

    def _publish(self) -> None:
        generation = self._manifest.generation + 1
        entries = []
        for part in self._parts:
            entry = part.entry
            if part.changed:
                deleted = write_deleted(self._folder, entry.name, generation, np.flatnonzero(~part.live))
                entry = _entry(entry.name, part.segment, part.live, *deleted)
            entries.append(entry)
        manifest = Manifest(
            self._manifest.analyzer, self._manifest.kind, generation, self._next, tuple(entries)
        )
        write_manifest(self._folder, manifest)
        self._manifest = manifest
        for part, entry in zip(self._parts, entries, strict=True):
            part.entry, part.changed = entry, False
        sweep(self._folder, manifest)
        self._committed()


def _entry(name: str, segment: Segment, live: Array, deleted: str = "", crc: int = 0) -> Entry:
    digest = segment.digest[live].sum(axis=0, dtype=np.uint64)
    return Entry(
        name,
        segment.n_docs,
        int(live.sum()),
        int(segment.lengths[live].sum(dtype=np.int64)),
        (int(digest[0]), int(digest[1])),
        deleted,
        crc,
    )
