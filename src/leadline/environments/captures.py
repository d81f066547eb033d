"""What came in from outside during a run: citable documents, and their bytes in an archive for later checks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from leadline.environments.base import Observation
from leadline.environments.corpus import Opened, visible
from leadline.errors import NotFound
from leadline.evidence.model import Capture, Document, Mark
from leadline.evidence.warc import Record
from leadline.files import DISK, Disk
from leadline.sources.canonical import decode
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.limits import Limits

ARCHIVE = "captures.warc"
"""The archive's name in a run's folder and beside its report."""


class Captured(Opened, frozen=True, kw_only=True):
    """What the first look at a captured document gives: a stretch of it, and the whole for a resumed run."""

    whole: Document


class Captures:
    """Documents by id, in the order in which they came. With `archive`, a WARC file, they can be verified later."""

    def __init__(self, archive: Path | None = None, disk: Disk = DISK) -> None:
        self.archive, self.disk = archive, disk
        self.documents: dict[str, Document] = {}

    def keep(
        self, uri: str, fetched: str, media_type: str, data: bytes, documents: Sequence[Document]
    ) -> list[Document]:
        """The documents that were read from `data`, each with a Capture place over its whole text."""
        record = Record.of(uri, fetched, media_type, data)
        if self.archive is not None:
            self.disk.append(self.archive, record.encoded())
        kept = [captured(document, record, self.archive) for document in documents]
        self.documents |= {document.id: document for document in kept}
        return kept

    def recall(self, seen: Observation) -> Document | None:
        """Take in a step that an earlier process has done; the document that came in with it."""
        if not isinstance(seen.data, Captured):
            return None
        self.documents[seen.data.whole.id] = seen.data.whole
        return seen.data.whole

    def document(self, id: str) -> Document:
        """A document that came in. Raises NotFound."""
        if id not in self.documents:
            raise NotFound("captured document", id, self.documents)
        return self.documents[id]


def shown(document: Document, start: int, max_chars: int, *, first: bool) -> Observation:
    """A stretch of a captured document, hidden text blanked out; `first` when it came in with this call."""
    begin = min(start, len(document.text))
    end = min(begin + max_chars, len(document.text))
    text = visible(document, begin, end)
    about = (document.id, document.title, document.uri, document.date, begin, end, len(document.text), text)
    data = Captured(*about, whole=document) if first else Opened(*about)
    head = (
        f"{document.title} ({document.id}, {document.uri}), characters {begin}-{end} of {len(document.text)}"
    )
    return Observation(f"{head}\n{text}", data=data, cost={"calls": 1})


def plain_document(uri: str, data: bytes, title: str = "") -> Document:
    """Text that a tool gave, as a document; its id is made from its URI and its bytes.

    Raises SourceError where there is no text in it.
    """
    digest = hashlib.sha256(data).hexdigest()
    composer = Composer(Context(uri, digest, "text/plain", Limits(), _nothing, _nothing))
    composer.add(decode(data).rstrip("\n"))
    return composer.document(title=title, part=digest)


def _nothing(*_: object) -> list[Any]:
    """Plain text holds no files and no pictures."""
    return []


def captured(document: Document, record: Record, archive: Path | None) -> Document:
    """The document as one of a fetched resource. The archive is named without its folder, so both can move."""
    place = Capture(record.uri, record.date, archive.name if archive else "", record.id)
    return msgspec.structs.replace(
        document,
        sha256=hashlib.sha256(record.data).hexdigest(),
        marks=(*document.marks, Mark(0, len(document.text), place)),
    )
