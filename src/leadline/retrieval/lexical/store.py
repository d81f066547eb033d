"""The folder of an index: which segments count is said by one manifest, replaced atomically at each commit.

    index.json          the manifest
    000001.seg          a segment (segment.py); never changed after it was written
    000001.7.deleted    the documents of it that are deleted as of generation 7: uint32, ascending
    write.lock          held by the one writer

What a crash leaves behind is a file that no manifest names; the next writer removes it.
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import msgspec
import numpy as np

from leadline.errors import StoreError
from leadline.files import DISK
from leadline.retrieval.lexical.segment import Array

VERSION = 2
_OURS = re.compile(r"\d+\.seg|\d+\.\d+\.deleted|\.(\d+|index)\..+")
"""Segments, deletions, and temporary files of writes that were cut short."""
MANIFEST = "index.json"
LOCK = "write.lock"


class Entry(msgspec.Struct, frozen=True):
    """One segment of the manifest. Sums are over its live documents."""

    name: str
    n_docs: int
    n_live: int
    n_terms: int
    digest: tuple[int, int]
    deleted: str = ""
    deleted_crc: int = 0


class Manifest(msgspec.Struct, frozen=True):
    analyzer: str
    kind: str = "text"
    """text, or impacts (learned sparse)."""
    generation: int = 0
    next: int = 1
    """The number of the next segment."""
    segments: tuple[Entry, ...] = ()
    version: int = VERSION


def read_manifest(folder: Path) -> Manifest:
    """The last commit. StoreError when there is none, it is damaged, or a newer version wrote it."""
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise StoreError(f"{folder} holds no index.", remedy="Make one with LexicalIndex.create.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(
            f"The manifest {path} is damaged: {error}.", remedy="Build the index again."
        ) from error
    if manifest.version > VERSION:
        raise StoreError(
            f"{path} was written by a newer version (format {manifest.version}, known {VERSION}).",
            remedy="Update leadline.",
        )
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """The commit: before it nothing counts, after it everything does."""
    DISK.write(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def read_deleted(folder: Path, entry: Entry) -> Array:
    """Deleted documents of a segment, ascending uint32."""
    if not entry.deleted:
        return np.empty(0, np.uint32)
    path = folder / entry.deleted
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise StoreError(f"The deletions {path} are missing.", remedy="Build the index again.") from error
    if zlib.crc32(data) != entry.deleted_crc:
        raise StoreError(f"The deletions {path} are damaged.", remedy="Build the index again.")
    return np.frombuffer(data, np.uint32)


def write_deleted(folder: Path, name: str, generation: int, docs: Array) -> tuple[str, int]:
    """File name and checksum of a new list of deleted documents."""
    data = np.asarray(docs, np.uint32).tobytes()
    file = f"{name.removesuffix('.seg')}.{generation}.deleted"
    DISK.write(folder / file, data)
    return file, zlib.crc32(data)


def sweep(folder: Path, manifest: Manifest) -> None:
    """Remove segment and deletion files that no manifest names. Only while holding the lock."""
    kept = {e.name for e in manifest.segments} | {e.deleted for e in manifest.segments}
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path.name not in kept:
            try:
                path.unlink()
            except OSError:  # still mapped by a reader on Windows: the next writer tries again
                continue
