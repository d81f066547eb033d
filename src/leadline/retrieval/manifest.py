"""What a collection is at one moment: one small JSON file whose atomic rename commits a change.

    <collection>/manifest.json          format, version, settings, ids, which files belong to it
                 sources-<n>.bin        which source gave which documents, failures, deleted documents
                 segments/<name>/       see store.py
                 lexical-<n>/           a LexicalIndex; unchanged files are hard links to the one before
                 lock                   held while a process updates

Generation n+1 is written beside n. Until its manifest is in place a reader sees n whole; a crash leaves
files that no manifest names, and the next update removes them.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec

from leadline.errors import StoreError
from leadline.evidence.model import Failure
from leadline.files import DISK, Disk
from leadline.retrieval.locking import FileLock
from leadline.retrieval.store import REBUILD, FileRef, SegmentRef

VERSION = 1


class Settings(msgspec.Struct, frozen=True):
    """Fixed when a collection is made; part of its index id."""

    embedder: str = "wordllama"
    """A name of models.embed.EMBEDDERS, or "none" for lexical search only."""
    analyzer: str = "english"
    unit: str = "passage"
    """passage, or document: each document is one passage."""
    cap: int = 250
    """Tokens per passage."""


class Manifest(msgspec.Struct, frozen=True):
    """One generation of a collection: replaced as a whole by each update, so a reader sees the old or the new one."""

    name: str
    settings: Settings
    format: str = "leadline-collection"
    version: int = VERSION
    generation: int = 0
    corpus_id: str = "corpus-" + "0" * 16
    lexical: str = ""
    sources: FileRef | None = None
    segments: tuple[SegmentRef, ...] = ()
    n_documents: int = 0
    n_passages: int = 0

    @property
    def index_id(self) -> str:
        """Equal for equal documents and settings, whatever the order of the changes that led here."""
        settings = msgspec.json.encode((VERSION, self.settings, self.corpus_id))
        return "index-" + sha256(settings).hexdigest()[:16]


class SourceRecord(msgspec.Struct, frozen=True):
    """One source: its checksum, the documents that it gave with the digest of each, and what read it."""

    sha256: str
    documents: dict[str, str]
    read_by: tuple[str, ...] | None = None
    """Stamps of sources/versions.py; None in collections that are older than this entry."""


class Sources(msgspec.Struct):
    """The part of the state that grows with the collection; read only when it is needed."""

    by_uri: dict[str, SourceRecord] = {}
    failures: list[Failure] = []
    dead: dict[str, list[int]] = {}
    """Segment name -> ordinals of documents that were replaced or deleted."""
    roots: dict[str, str] = {}
    """First part of the URIs -> the absolute path that it stood for."""

    def digest(self) -> int:
        """A sum of the document digests: independent of order and history; those of shards add up."""
        total = 0
        for record in self.by_uri.values():
            for id, digest in record.documents.items():
                total += int.from_bytes(sha256(f"{id}\0{digest}".encode()).digest()[:16], "big")
        return total % (1 << 128)


def corpus_id(digest: int) -> str:
    """The name of a corpus whose documents have that sum."""
    return f"corpus-{digest % (1 << 128):032x}"[:23]


def load_manifest(folder: Path) -> Manifest:
    """The committed state; StoreError when it is damaged or of another format."""
    path = folder / "manifest.json"
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise StoreError(f"{folder} holds no collection (no manifest.json).", remedy=REBUILD) from error
    try:
        head = msgspec.json.decode(data)
        if not isinstance(head, dict) or head.get("format") != "leadline-collection":
            raise StoreError(f"{path} is not the manifest of a collection.", remedy=REBUILD)
        if head.get("version") != VERSION:
            raise StoreError(
                f"{path} has format version {head.get('version')}; this Leadline reads version {VERSION}.",
                remedy="Index the sources again with this version, or use the Leadline that made it.",
            )
        return msgspec.convert(head, Manifest)
    except msgspec.MsgspecError as error:
        raise StoreError(f"{path} is damaged: {error}.", remedy=REBUILD) from error


def load_sources(folder: Path, manifest: Manifest) -> Sources:
    if manifest.sources is None:
        return Sources()
    path = folder / f"sources-{manifest.generation}.bin"
    data = path.read_bytes()
    if sha256(data).hexdigest() != manifest.sources.sha256:
        raise StoreError(f"{path} is damaged: wrong checksum.", remedy=REBUILD)
    return msgspec.msgpack.decode(data, type=Sources)


def commit(folder: Path, manifest: Manifest, sources: Sources, disk: Disk = DISK) -> Manifest:
    """Write the sources file, then the manifest that names it. Returns the manifest as written."""
    data = msgspec.msgpack.encode(sources)
    disk.write(folder / f"sources-{manifest.generation}.bin", data)
    done = msgspec.structs.replace(manifest, sources=FileRef(len(data), sha256(data).hexdigest()))
    disk.write(folder / "manifest.json", msgspec.json.format(msgspec.json.encode(done), indent=1))
    return done


def lock(folder: Path, name: str) -> FileLock:
    """Hold the collection for writing; a second writer is refused with the process that holds it (Busy)."""
    return FileLock(folder / "lock", f"Collection {name!r} is being updated")
