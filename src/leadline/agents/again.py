"""The cited sources of a report, found and read again: in place, under a new name, changed, or gone.

A source keeps the URI that the report gives it wherever it lies now, so that its documents keep their ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from leadline.errors import LeadlineError
from leadline.evidence.model import Document, Noun, Report, Source
from leadline.retrieval.beir import is_beir
from leadline.retrieval.collection import Collection
from leadline.retrieval.update import readings
from leadline.sources.limits import Limits
from leadline.sources.pool import Worker
from leadline.sources.walk import Found, walk

State = Literal["in place", "moved", "changed", "missing", "unreadable"]


class Again(Noun, frozen=True):
    """One cited source as it is now; `note` says more for people. Without a document it cannot be checked."""

    state: State
    document: Document | None = None
    note: str = ""


def read_again(report: Report, sources: Sequence[str | Path] = ()) -> dict[str, Again]:
    """Document id -> what became of it, for every cited source of the report.

    Sources are looked for in `sources`, else where the run recorded them, else where its collection has them.
    Only files that are cited are read. Raises UsageError when a path in `sources` does not exist.
    """
    places = [Path(source) for source in sources] or [p for p in recorded(report) if p.exists()]
    cited = {citation.span.document for citation in report.citations()}
    wanted = [source for source in report.sources if source.document in cited]
    files = Files(places)
    found: dict[str, Again] = {}
    by_file: dict[tuple[Path, str], list[tuple[Source, bool]]] = {}
    for source in wanted:
        place = files.find(source)
        if place is None:
            where = ", ".join(map(str, places)) or "no recorded place that still exists"
            found[source.document] = Again(
                "missing", note=f"{source.uri} is not in {where}; give its folder as SOURCE"
            )
        else:
            by_file.setdefault((place.path, place.uri), []).append((source, place.moved))
    worker = Worker()
    try:
        for (path, uri), wishes in by_file.items():
            found |= _read(path, uri, wishes, worker)
    finally:
        worker.kill()
    return found


def recorded(report: Report) -> list[Path]:
    """Where the run's sources were: what the report says, and the folders of its collection."""
    paths = [Path(path) for path in _recorded_sources(report)]
    try:
        roots = Collection.open(str(report.run.get("collection", ""))).sources.roots.values()
    except LeadlineError:  # the collection was deleted since, or there was none
        roots = ()  # type: ignore[assignment]
    return list(dict.fromkeys([*paths, *map(Path, roots)]))


def _recorded_sources(report: Report) -> list[str]:
    try:
        return msgspec.json.decode(str(report.run.get("sources", "[]")), type=list[str])
    except msgspec.DecodeError:
        return []


class Place(Noun, frozen=True):
    """A file, and the URI that the report knows it by."""

    path: Path
    uri: str
    moved: bool = False


class Files:
    """The files under some sources, found by URI, by their path inside the source, or by content."""

    def __init__(self, places: Iterable[Path]) -> None:
        self.found: list[Found] = []
        self.collections: dict[str, Path] = {}
        for place in places:
            if place.is_dir() and is_beir(place):
                self.collections[place.resolve().name] = place
            else:
                self.found.extend(file for file in walk([place]) if file.failure is None)
        self._by_uri = {file.uri: file.path for file in self.found}
        self._by_tail = {_tail(file.uri): file.path for file in self.found}
        self._digests: Mapping[str, Path] | None = None

    def find(self, source: Source) -> Place | None:
        """Where the file of a source is now."""
        head = source.uri.partition("/")[0]
        if head in self.collections:
            return Place(self.collections[head], head)
        uris = list(_files_of(source.uri))
        for uri in uris:
            if uri in self._by_uri:
                return Place(self._by_uri[uri], uri)
        for uri in uris:
            if _tail(uri) in self._by_tail:
                return Place(self._by_tail[_tail(uri)], uri, moved=True)
        path = self._digest().get(source.sha256)
        return None if path is None else Place(path, uris[0], moved=True)

    def _digest(self) -> Mapping[str, Path]:
        """sha256 -> file; every file is read once, and only when something is not where it was."""
        if self._digests is None:
            self._digests = {}
            for file in reversed(self.found):  # the first of equal files wins
                with file.path.open("rb") as opened:
                    self._digests[hashlib.file_digest(opened, "sha256").hexdigest()] = file.path
        return self._digests


def _files_of(uri: str) -> Iterator[str]:
    """The file that a document came from: its own URI, or what stands before the name of a member or part.

    >>> list(_files_of("folder/a.zip!/b.zip!/c.txt"))
    ['folder/a.zip!/b.zip!/c.txt', 'folder/a.zip!/b.zip', 'folder/a.zip']
    """
    yield uri
    for mark in ("!/", "#"):
        rest = uri
        while mark in rest:
            rest = rest.rpartition(mark)[0]
            yield rest


def _tail(uri: str) -> str:
    """The path inside a given folder; a file that was given itself is its name."""
    return uri.partition("/")[2] or uri


def _read(path: Path, uri: str, wishes: list[tuple[Source, bool]], worker: Worker) -> dict[str, Again]:
    """The wished documents of one file (or of one collection of texts in a folder)."""
    documents: dict[str, Document] = {}
    if path.is_dir():
        for reading in readings([path], {}, None):
            documents |= {d.id: d for d in reading.documents if d.id in {s.document for s, _ in wishes}}
        reason = f"{path} no longer holds it"
    else:
        reading = worker.read(path, uri, "", Limits())
        documents = {document.id: document for document in reading.documents}
        reason = reading.failure.reason if reading.failure else f"{path} no longer holds it"
    return {source.document: _became(source, documents, path, moved, reason) for source, moved in wishes}


def _became(source: Source, documents: Mapping[str, Document], path: Path, moved: bool, reason: str) -> Again:
    document = documents.get(source.document)
    if document is None:
        return Again("unreadable", note=reason)
    if document.sha256 != source.sha256:
        return Again("changed", document, f"{path} has changed since the report was written")
    return Again("moved", document, f"now at {path}") if moved else Again("in place", document)
