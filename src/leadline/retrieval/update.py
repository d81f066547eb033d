"""One update of a collection: read what is new, replace what changed, drop what is gone, commit.

Sources whose sha256 is known are not read again, unless what read them is another now (sources/versions.py): then
they are, one by one; what was read before stays until then, and longer where the new reader fails. What was read is
committed now and then; deletions come with the last commit, when everything has been seen.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from leadline.errors import UsageError
from leadline.evidence.model import Document, Failure
from leadline.files import DISK, Disk
from leadline.retrieval.entries import Workers, with_entries
from leadline.retrieval.generations import Generations
from leadline.retrieval.manifest import Manifest, SourceRecord
from leadline.retrieval.readings import Progress, Reader, readings
from leadline.retrieval.store import Entry
from leadline.sources.versions import as_now

if TYPE_CHECKING:
    from leadline.sources.read import Reading

FLUSH, FLUSH_S = 20_000, 120.0
"""Passages, and seconds, after which what was read is committed: a killed run loses at most that much."""


class Update(msgspec.Struct):
    """What an update did: URIs of sources."""

    added: list[str] = []
    changed: list[str] = []
    deleted: list[str] = []
    unchanged: int = 0
    read_again: int = 0
    """How many did not change, but were read again because a reader did; those whose text differs are in `changed`."""
    failures: list[Failure] = []


class Updater:
    """Holds the next generation while it is made. Use under the collection's lock."""

    def __init__(self, folder: Path, manifest: Manifest, disk: Disk = DISK) -> None:
        self.generations = Generations(folder, manifest, disk)
        self.sources = self.generations.sources
        self.owner = {id: uri for uri, record in self.sources.by_uri.items() for id in record.documents}
        self.pending: dict[str, Entry] = {}
        self.removed: dict[str, int] = {}
        """Document id -> number of passages that leave the lexical index."""
        self.touched = False
        self.n_read, self.flushed = 0, time.monotonic()

    @property
    def manifest(self) -> Manifest:
        """What is committed."""
        return self.generations.manifest

    # ---- reading ------------------------------------------------------------------------------------

    def run(
        self,
        paths: Sequence[Path],
        progress: Progress | None = None,
        read: Reader | None = None,
        workers: Workers | None = None,
    ) -> Update:
        """Bring the collection up to date with `paths`; the caller holds the lock."""
        done = Update()
        roots = self._roots(paths)
        before = {uri: record.sha256 for uri, record in self.sources.by_uri.items()}
        known = self._known()
        seen: set[str] = set()
        unchanged: set[str] = set()
        settings = self.manifest.settings
        found = (
            workers.readings(paths, known, settings, progress)
            if workers is not None
            else with_entries(readings(paths, known, progress, read), settings)
        )
        for reading, entries in found:
            if reading.failure is not None and reading.uri in seen:  # a page of a file that is there
                done.failures.append(reading.failure)
            elif reading.unchanged:
                done.unchanged += 1
                unchanged.add(reading.uri)
            else:
                self._receive(reading, entries, before.get(reading.uri), done)
            seen.add(reading.uri)
            self.n_read += sum(len(entry.passages) for entry in entries)
            if self.n_read >= FLUSH or (self.touched and time.monotonic() - self.flushed > FLUSH_S):
                self.flush()
        self._conclude(roots, seen, unchanged, done)
        return done

    def _conclude(self, roots: dict[str, str], seen: set[str], unchanged: set[str], done: Update) -> None:
        """All has been seen: drop what is gone, settle which failures stand, and commit."""
        for uri in [uri for uri in self.sources.by_uri if _under(uri, roots) and not _seen(uri, seen)]:
            self.drop(uri)
            done.deleted.append(uri)
        stand = [f for f in self.sources.failures if not _under(f.uri, roots) or _part_of(f.uri, unchanged)]
        failures = stand + done.failures
        done.failures = [failure for failure in failures if _under(failure.uri, roots)]
        self.touched |= failures != self.sources.failures or bool(roots.items() - self.sources.roots.items())
        self.sources.failures = failures
        self.sources.roots |= roots
        if self.touched or self.manifest.generation == 0:
            self.flush()

    def _receive(self, reading: Reading, entries: Sequence[Entry], before: str | None, done: Update) -> None:
        """One source that is new, changed (`before` is its sha256 until now) or read again by another reader."""
        same = reading.sha256 != "" and reading.sha256 == before
        done.read_again += same
        if reading.failure is not None:
            done.failures.append(_kept(reading.failure) if same else reading.failure)
            if not same:
                self.drop(reading.uri)
        elif same and self._gives_what_it_gave(reading, entries):
            done.unchanged += 1
        else:
            done.failures += self.take(reading, entries)
            (done.added if before is None else done.changed).append(reading.uri)

    def forget(self, roots: Sequence[str]) -> list[str]:
        """Drop all that came from these roots, and commit; the caller holds the lock."""
        gone = [uri for uri in self.sources.by_uri if _under(uri, roots)]
        for uri in gone:
            self.drop(uri)
        self.sources.failures = [f for f in self.sources.failures if not _under(f.uri, roots)]
        for root in roots:
            self.sources.roots.pop(root, None)
        self.flush()
        return gone

    def _known(self) -> dict[str, str]:
        """URI -> sha256 of sources that would be read today by what read them."""
        stamped = {record.read_by for record in self.sources.by_uri.values()}
        current = {read_by for read_by in stamped if read_by is not None and as_now(read_by)}
        return {
            uri: record.sha256 for uri, record in self.sources.by_uri.items() if record.read_by in current
        }

    def _gives_what_it_gave(self, reading: Reading, entries: Iterable[Entry]) -> bool:
        """Whether a source gave the same documents again; then only what read it is noted."""
        record = self.sources.by_uri[reading.uri]
        if record.documents != {entry.document.id: _digest(entry.document) for entry in entries}:
            return False
        self.sources.by_uri[reading.uri] = msgspec.structs.replace(record, read_by=reading.read_by)
        self.touched = True
        return True

    def _roots(self, paths: Sequence[Path]) -> dict[str, str]:
        """First URI part -> absolute path; two folders of one name in one collection would mix their ids."""
        roots: dict[str, str] = {}
        for path in paths:
            absolute = path.resolve()
            other = roots.get(absolute.name, self.sources.roots.get(absolute.name))
            if other is not None and other != str(absolute) and Path(other).exists():
                raise UsageError(
                    f"The collection already has a source named {absolute.name!r}: {other}.",
                    remedy=f"Rename one of them, or index {absolute} under another collection.",
                )
            roots[absolute.name] = str(absolute)
        return roots

    # ---- changes ------------------------------------------------------------------------------------

    def take(self, reading: Reading, entries: Iterable[Entry]) -> list[Failure]:
        """Put the documents of a source in place of those that it had."""
        uri = reading.uri
        self.drop(uri)
        failures = []
        kept: dict[str, str] = {}
        for entry in entries:
            document = entry.document
            owner = self.owner.get(document.id, uri)
            if owner != uri or document.id in kept:
                failures.append(
                    Failure(uri, f"The id {document.id!r} is taken by {owner}.", "Ids must be unique.")
                )
                continue
            self.pending[document.id] = entry
            self.owner[document.id] = uri
            kept[document.id] = _digest(document)
        self.sources.by_uri[uri] = SourceRecord(reading.sha256, kept, reading.read_by)
        self.touched = True
        return failures

    def drop(self, uri: str) -> None:
        """Remove a source with its documents."""
        record = self.sources.by_uri.pop(uri, None)
        if record is None:
            return
        self.touched = True
        for id in record.documents:
            self.owner.pop(id, None)
            if self.pending.pop(id, None) is not None:
                continue
            for segment in self.generations.segments():
                name, ordinal = segment.ref.name, segment.ordinals.get(id)
                if ordinal is not None and ordinal not in self.sources.dead.setdefault(name, []):
                    self.sources.dead[name].append(ordinal)
                    self.removed[id] = len(segment.passages_of(ordinal))

    def flush(self) -> None:
        """Commit what is pending."""
        self.generations.write(self.pending.values(), self.removed)
        self.pending, self.removed, self.touched = {}, {}, False
        self.n_read, self.flushed = 0, time.monotonic()


def _digest(document: Document) -> str:
    return sha256(msgspec.msgpack.encode(document)).hexdigest()[:32]


def _kept(failure: Failure) -> Failure:
    return Failure(failure.uri, f"{failure.reason} What was read of it before is kept.", failure.remedy)


def _under(uri: str, roots: Iterable[str]) -> bool:
    return any(uri == root or uri.startswith((f"{root}/", f"{root}!/")) for root in roots)


def _part_of(uri: str, sources: set[str]) -> bool:
    """Whether it is one of the sources, or a page or member of one."""
    return not sources.isdisjoint((uri, uri.split("!/")[0], uri.rpartition("#")[0]))


def _seen(uri: str, seen: set[str]) -> bool:
    """An archive that was not opened again stands for its members."""
    return uri in seen or ("!/" in uri and uri.split("!/")[0] in seen)
