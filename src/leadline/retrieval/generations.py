"""The generations of a collection on disk: the next one is written beside the one that readers use, then committed.

What no manifest names, leftovers of a crash or the generation before, is removed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from leadline.errors import StoreError
from leadline.files import DISK, Disk
from leadline.retrieval.entries import encoded, indexed_texts
from leadline.retrieval.filters import facets
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.manifest import Manifest, commit, corpus_id, load_sources
from leadline.retrieval.store import Entry, Segment, SegmentRef, write_segment

SEGMENTS = 8
"""More segments than this are merged into one (without reading or encoding anything again)."""


class Generations:
    """The generation that is committed, and the sources of the next one. Use under the collection's lock."""

    def __init__(self, folder: Path, manifest: Manifest, disk: Disk = DISK) -> None:
        self.folder, self.manifest, self.disk = folder, manifest, disk
        self.sources = load_sources(folder, manifest)
        self._segments: dict[str, Segment] = {}
        self._sweep()

    def segments(self) -> Iterator[Segment]:
        """Those of the committed generation."""
        for ref in self.manifest.segments:
            if ref.name not in self._segments:
                self._segments[ref.name] = self._segment(ref)
            yield self._segments[ref.name]

    def _segment(self, ref: SegmentRef) -> Segment:
        return Segment(self.folder / "segments" / ref.name, ref, self.sources.dead.get(ref.name, ()))

    def write(self, pending: Iterable[Entry], removed: Mapping[str, int]) -> None:
        """Write a segment and a lexical index with `pending` and without `removed`, then the manifest that names them.

        removed: document id -> number of its passages. Where they lie is in `sources.dead`.
        """
        generation = self.manifest.generation + 1
        entries = encoded(list(pending), self.manifest.settings)
        segments = list(self.manifest.segments)
        lexical = self._lexical(generation, entries, removed)
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
        self._segments = {}
        self._sweep()

    def _lexical(self, generation: int, entries: Sequence[Entry], removed: Mapping[str, int]) -> LexicalIndex:
        """The lexical index of the next generation, beside the one that readers use."""
        folder = self.folder / f"lexical-{generation}"
        if self.manifest.lexical:
            _link(self.folder / self.manifest.lexical, folder)
            index = LexicalIndex.open(folder)
        else:
            index = LexicalIndex.create(folder, analyzer=self.manifest.settings.analyzer)
        with index.writer() as writer:
            for id, n in removed.items():
                for number in range(1, n + 1):
                    writer.delete(f"{id}-{number}")
            for entry in entries:
                metadata = facets(entry.document)
                texts = indexed_texts(entry.document, entry.passages)
                for passage, text in zip(entry.passages, texts, strict=True):
                    writer.add(passage.id, text, metadata)
        return index

    def _merge(self, name: str, refs: Sequence[SegmentRef]) -> SegmentRef:
        segments = (self._segment(ref) for ref in refs)
        entries = [segment.entry(n) for segment in segments for n in segment.ordinals.values()]
        return write_segment(self.folder / "segments" / name, entries, self.disk)

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
