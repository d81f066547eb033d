"""One update of a collection: read what is new, replace what changed, drop what is gone, commit.

Sources whose sha256 is known are not read again. Every `FLUSH` passages are committed, so that a killed run
loses at most one batch; deletions come with the last commit, when everything has been seen.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from leadline.errors import StoreError, UsageError
from leadline.evidence.model import Failure
from leadline.files import DISK, Disk
from leadline.retrieval.entries import Workers, encoded, indexed_texts, with_entries
from leadline.retrieval.filters import facets
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.manifest import Manifest, SourceRecord, commit, corpus_id, load_sources
from leadline.retrieval.readings import Progress, Reader, readings
from leadline.retrieval.store import Entry, Segment, SegmentRef, write_segment

FLUSH = 20_000
SEGMENTS = 8
"""More segments than this are merged into one (without reading or encoding anything again)."""


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
        self.folder, self.manifest, self.disk = folder, manifest, disk
        self.sources = load_sources(folder, manifest)
        self.owner = {id: uri for uri, record in self.sources.by_uri.items() for id in record.documents}
        self.pending: dict[str, Entry] = {}
        self.removed: dict[str, int] = {}
        """Document id -> number of passages that leave the lexical index."""
        self.touched = False
        self._segments: dict[str, Segment] = {}
        self._sweep()

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
            for ref in self.manifest.segments:
                segment = self._segment(ref.name)
                ordinal = segment.ordinals.get(id)
                if ordinal is not None and ordinal not in self.sources.dead.setdefault(ref.name, []):
                    self.sources.dead[ref.name].append(ordinal)
                    self.removed[id] = len(segment.passages_of(ordinal))

    # ---- committing ---------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write a segment and a lexical generation, then the manifest that names them."""
        generation = self.manifest.generation + 1
        entries = encoded(list(self.pending.values()), self.manifest.settings)
        segments = list(self.manifest.segments)
        lexical = self._lexical(generation, entries)
        if entries:
            segments.append(write_segment(self.folder / "segments" / f"{generation:06d}", entries, self.disk))
        if len(segments) > SEGMENTS:
            segments = [self._merge(f"{generation:06d}m", segments)]
        dead = {name: sorted(rows) for name, rows in self.sources.dead.items() if rows}
        self.sources.dead = {ref.name: dead[ref.name] for ref in segments if ref.name in dead}
        n_documents = sum(len(record.documents) for record in self.sources.by_uri.values())
        next_manifest = msgspec.structs.replace(
            self.manifest,
            generation=generation,
            corpus_id=corpus_id(self.sources.digest()),
            lexical=lexical.folder.name,
            segments=tuple(segments),
            n_documents=n_documents,
            n_passages=len(lexical),
        )
        self.manifest = commit(self.folder, next_manifest, self.sources, self.disk)
        self.pending, self.removed, self._segments, self.touched = {}, {}, {}, False
        self._sweep()

    def _lexical(self, generation: int, entries: list[Entry]) -> LexicalIndex:
        """The lexical index of the next generation, beside the one that readers use."""
        folder = self.folder / f"lexical-{generation}"
        if self.manifest.lexical:
            _link(self.folder / self.manifest.lexical, folder)
            index = LexicalIndex.open(folder)
        else:
            index = LexicalIndex.create(folder, analyzer=self.manifest.settings.analyzer)
        with index.writer() as writer:
            for id, n in self.removed.items():
                for number in range(1, n + 1):
                    writer.delete(f"{id}-{number}")
            for entry in entries:
                metadata = facets(entry.document)
                texts = indexed_texts(entry.document, entry.passages)
                for passage, text in zip(entry.passages, texts, strict=True):
                    writer.add(passage.id, text, metadata)
        return index

    def _merge(self, name: str, refs: Sequence[SegmentRef]) -> SegmentRef:
        entries = [
            segment.entry(ordinal)
            for segment in (
                Segment(self.folder / "segments" / ref.name, ref, self.sources.dead.get(ref.name, ()))
                for ref in refs
            )
            for ordinal in segment.ordinals.values()
        ]
        return write_segment(self.folder / "segments" / name, entries, self.disk)

    def _segment(self, name: str) -> Segment:
        if name not in self._segments:
            ref = next(ref for ref in self.manifest.segments if ref.name == name)
            self._segments[name] = Segment(
                self.folder / "segments" / name, ref, self.sources.dead.get(name, ())
            )
        return self._segments[name]

    def _sweep(self) -> None:
        """Remove what no manifest names: leftovers of a crash, and the generation before."""
        named = {ref.name for ref in self.manifest.segments}
        for folder in (self.folder / "segments").glob("*"):
            if folder.name not in named:
                shutil.rmtree(folder, ignore_errors=True)
        for folder in self.folder.glob("lexical-*"):
            if folder.name != self.manifest.lexical:
                shutil.rmtree(folder, ignore_errors=True)
        for file in self.folder.glob("sources-*.bin"):
            if file.name != f"sources-{self.manifest.generation}.bin":
                file.unlink(missing_ok=True)


def _under(uri: str, roots: Iterable[str]) -> bool:
    return any(uri == root or uri.startswith((f"{root}/", f"{root}!/")) for root in roots)


def _seen(uri: str, seen: set[str]) -> bool:
    """An archive that was not opened again stands for its members."""
    return uri in seen or ("!/" in uri and uri.split("!/")[0] in seen)


def _link(old: Path, new: Path) -> None:
    """Copy a folder of files that are never changed in place, by hard links where the disk has them."""
    shutil.rmtree(new, ignore_errors=True)  # left by a crash

    def link(source: str, target: str) -> None:
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)

    try:
        shutil.copytree(old, new, copy_function=link)
    except (OSError, shutil.Error) as error:
        raise StoreError(f"Cannot write {new}: {error}.", remedy="Free some space and try again.") from error
