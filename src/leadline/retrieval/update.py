"""One update of a collection: read what is new, replace what changed, drop what is gone, commit.

Sources whose sha256 is known are not read again. Every `FLUSH` passages are committed, so that a killed run
loses at most one batch; deletions come with the last commit, when everything has been seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from leadline.errors import UsageError
from leadline.evidence.model import Failure
from leadline.files import DISK, Disk
from leadline.retrieval.entries import Workers, with_entries
from leadline.retrieval.generations import Generations
from leadline.retrieval.manifest import Manifest, SourceRecord
from leadline.retrieval.readings import Progress, Reader, readings
from leadline.retrieval.store import Entry

FLUSH = 20_000


class Update(msgspec.Struct):
    """What an update did: URIs of sources."""

    added: list[str] = []
    changed: list[str] = []
    deleted: list[str] = []
    unchanged: int = 0
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
        known = {uri: record.sha256 for uri, record in self.sources.by_uri.items()}
        before = dict(known)
        seen: set[str] = set()
        taken: set[str] = set()
        failures: list[Failure] = []
        settings = self.manifest.settings
        found = (
            workers.readings(paths, known, settings, progress)
            if workers is not None
            else with_entries(readings(paths, known, progress, read), settings)
        )
        for reading, entries in found:
            seen.add(reading.uri)
            if reading.unchanged:
                done.unchanged += 1
            elif reading.failure is not None:
                failures.append(reading.failure)
                if reading.uri not in taken:  # a page or member of a file that was read otherwise
                    self.drop(reading.uri)
            else:
                failures += self.take(reading.uri, reading.sha256, entries)
                (done.changed if reading.uri in before else done.added).append(reading.uri)
                taken.add(reading.uri)
            if sum(len(entry.passages) for entry in self.pending.values()) >= FLUSH:
                self.flush()
        for uri in [uri for uri in self.sources.by_uri if _under(uri, roots) and not _seen(uri, seen)]:
            self.drop(uri)
            done.deleted.append(uri)
        kept = [f for f in self.sources.failures if not _under(f.uri, roots)]
        self.touched |= kept + failures != self.sources.failures or bool(
            roots.items() - self.sources.roots.items()
        )
        self.sources.failures = kept + failures
        self.sources.roots |= roots
        if self.touched or self.manifest.generation == 0:
            self.flush()
        done.failures = failures
        return done

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

    def take(self, uri: str, digest: str, entries: Iterable[Entry]) -> list[Failure]:
        """Put the documents of a source in place of those that it had."""
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
            kept[document.id] = sha256(msgspec.msgpack.encode(document)).hexdigest()[:32]
        self.sources.by_uri[uri] = SourceRecord(digest, kept)
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


def _under(uri: str, roots: Iterable[str]) -> bool:
    return any(uri == root or uri.startswith((f"{root}/", f"{root}!/")) for root in roots)


def _seen(uri: str, seen: set[str]) -> bool:
    """An archive that was not opened again stands for its members."""
    return uri in seen or ("!/" in uri and uri.split("!/")[0] in seen)
