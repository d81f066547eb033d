"""The cited sources of a report, found and read again: in place, under a new name, changed, or gone.

A source keeps the URI that the report gives it wherever it lies now, so that its documents keep their ids.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from leadline.errors import LeadlineError, UsageError
from leadline.evidence.model import Document, Noun, Report, Source
from leadline.retrieval.beir import is_beir
from leadline.retrieval.collection import Collection
from leadline.retrieval.readings import readings

State = Literal["in place", "moved", "changed", "missing", "unreadable"]


class Again(Noun, frozen=True):
    """One cited source as it is now; `note` says more for people. Without a document it cannot be checked."""

    state: State
    document: Document | None = None
    note: str = ""


def read_again(
    report: Report, sources: Sequence[str | Path] = (), *, known: Mapping[str, Again] | None = None
) -> dict[str, Again]:
    """Document id -> what became of it, for every cited source of the report; `known` are settled already.

    Sources are looked for in `sources`, else where the run recorded them, else where its collection has them.
    Only files that are cited are read. Raises UsageError when a path in `sources` does not exist.
    """
    for given in map(Path, sources):
        if not given.exists():
            raise UsageError(f"{given} does not exist.", remedy="Give the folder that now holds the sources.")
    places = [Path(source) for source in sources] or [p for p in recorded(report) if p.exists()]
    found = dict(known or {})
    cited = {citation.span.document for citation in report.citations()} - set(found)
    files = Files(places)
    wishes: dict[Place, list[Source]] = {}
    for source in report.sources:
        place = files.find(source) if source.document in cited else None
        if place is not None:
            wishes.setdefault(place, []).append(source)
        elif source.document in cited:
            where = ", ".join(map(str, places)) or "any recorded place"
            found[source.document] = Again(
                "missing", note=f"{source.uri} is not in {where}; give its folder as SOURCE"
            )
    for batch in batches(wishes):
        found |= _read({place: wishes[place] for place in batch})
    return found


def recorded(report: Report) -> list[Path]:
    """Where the run's sources were: what the report says, and the folders of its collection."""
    paths = [Path(path) for path in _recorded_sources(report)]
    with contextlib.suppress(LeadlineError):  # the collection was deleted since, or there was none
        paths += map(Path, Collection.open(str(report.run.get("collection", ""))).sources.roots.values())
    return list(dict.fromkeys(paths))


def _recorded_sources(report: Report) -> list[str]:
    try:
        return msgspec.json.decode(str(report.run.get("sources", "[]")), type=list[str])
    except msgspec.DecodeError:
        return []


class Place(Noun, frozen=True):
    """A file (or a folder that is a collection of texts), and the URI that the report knows it by."""

    path: Path
    uri: str
    moved: bool = False


class Files:
    """The files under some sources, found by URI, by their path inside the source, or by content."""

    def __init__(self, places: Iterable[Path]) -> None:
        self.paths: dict[str, Path] = {}
        self.collections: dict[str, Path] = {}
        for place in places:
            root = place.resolve()
            if root.is_dir() and is_beir(root):
                self.collections[root.name] = root
            else:
                self.paths |= {_uri(path, root): path for path in _below(root)}
        self._by_tail = {_tail(uri): path for uri, path in self.paths.items()}
        self._digests: Mapping[str, Path] | None = None

    def find(self, source: Source) -> Place | None:
        """Where the file of a source is now."""
        head = source.uri.partition("/")[0]
        if head in self.collections:
            return Place(self.collections[head], head)
        uris = list(_files_of(source.uri))
        for uri in uris:
            if uri in self.paths:
                return Place(self.paths[uri], uri)
        for uri in uris:
            if _tail(uri) in self._by_tail:
                return Place(self._by_tail[_tail(uri)], uri, moved=True)
        path = self._digest().get(source.sha256)
        return None if path is None else Place(path, uris[0], moved=True)

    def _digest(self) -> Mapping[str, Path]:
        """sha256 -> file; every file is read once, and only when something is not where it was."""
        if self._digests is None:
            self._digests = {}
            for path in reversed(self.paths.values()):  # the first of equal files wins
                with contextlib.suppress(OSError), path.open("rb") as file:
                    self._digests[hashlib.file_digest(file, "sha256").hexdigest()] = path
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


def _below(root: Path) -> list[Path]:
    """Every file of a folder in a fixed order, or the file itself."""
    return sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else [root]


def _uri(path: Path, root: Path) -> str:
    """The URI that reading `root` gives to a file in it."""
    return os.fsencode(path.relative_to(root.parent).as_posix()).decode("utf-8", "backslashreplace")


def batches(places: Iterable[Place]) -> list[list[Place]]:
    """Places that can be read in one go: no two files of one name, and a folder alone."""
    made: list[dict[str, Place]] = []
    for place in places:
        fits = (batch for batch in made if place.path.name not in batch and place.path.is_file())
        batch = next(fits, None)
        if batch is None:
            made.append({place.path.name: place})
        else:
            batch[place.path.name] = place
    return [list(batch.values()) for batch in made]


def _read(wishes: Mapping[Place, Sequence[Source]]) -> dict[str, Again]:
    """The wished documents of some files; their URIs and ids are those that the report gives them."""
    uris = {_uri(place.path, place.path): place.uri for place in wishes}
    documents: dict[str, list[Document]] = {}
    reasons: dict[str, str] = {}
    for reading in readings([place.path for place in wishes], {}, None):
        if reading.failure is not None:
            reasons[reading.uri] = reading.failure.reason
        for document in reading.documents:
            name = next((n for n in _files_of(document.uri) if n in uris), document.uri)
            uri = uris.get(name, name) + document.uri[len(name) :]
            documents.setdefault(uri, []).append(document)
    found: dict[str, Again] = {}
    for place, sources in wishes.items():
        why = reasons.get(_uri(place.path, place.path), f"{place.path} no longer holds it")
        for source in sources:
            found[source.document] = _became(source, documents.get(source.uri, ()), place, why)
    return found


def _became(source: Source, candidates: Sequence[Document], place: Place, why: str) -> Again:
    """Of several parts of one file, the one with the id or the title that the report knows."""
    chosen = next((d for d in candidates if d.id == source.document), None)
    chosen = chosen or next((d for d in candidates if d.title == source.title or len(candidates) == 1), None)
    if chosen is None:
        return Again("unreadable", note=why)
    document = msgspec.structs.replace(chosen, id=source.document)
    if document.sha256 != source.sha256:
        return Again("changed", document, f"{place.path} has changed since the report was written")
    return Again("moved", document, f"now at {place.path}") if place.moved else Again("in place", document)
