"""Cited web pages and tool results, read again from the archive of their run: the live page is never asked.

The bytes must be those that were cited, and are read by the same readers as then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from leadline.agents.again import Again
from leadline.environments.captures import captured, plain_document
from leadline.environments.pages import PageReader
from leadline.errors import LeadlineError
from leadline.evidence.model import Capture, Document, Report, Source
from leadline.evidence.warc import Record, find_record


def read_captures(report: Report, folders: Sequence[Path]) -> dict[str, Again]:
    """Document id -> what became of it, for every cited source that was fetched during the run.

    The archive is looked for by its name in `folders`; an entry may also be the archive itself.
    """
    cited = {citation.span.document for citation in report.citations()}
    with PageReader() as reader:
        return {
            source.document: _again(source, source.capture, folders, reader)
            for source in report.sources
            if source.capture is not None and source.document in cited
        }


def _again(source: Source, place: Capture, folders: Sequence[Path], reader: PageReader) -> Again:
    archive = next(_archives(place.archive, folders), None) if place.archive else None
    if archive is None:
        name = place.archive or "an archive"
        return Again("missing", note=f"it was fetched {place.fetched} and {name} is not beside the report")
    try:
        record = find_record(archive, place.record)
        if record is None:
            return Again("missing", note=f"{archive} has no record {place.record}")
        if hashlib.sha256(record.data).hexdigest() != source.sha256 or record.uri != place.url:
            return Again("changed", note=f"{archive} holds other bytes than those that were cited")
        document = _read(source, record, reader)
    except LeadlineError as error:
        return Again("unreadable", note=str(error))
    return Again("in place", captured(msgspec.structs.replace(document, id=source.document), record, archive))


def _archives(name: str, folders: Iterable[Path]) -> Iterator[Path]:
    """Files of that name among the places; nothing outside of them, whatever the report says."""
    for folder in folders:
        candidate = folder if folder.name == name else folder / Path(name).name
        if candidate.is_file():
            yield candidate


def _read(source: Source, record: Record, reader: PageReader) -> Document:
    if record.uri.startswith("mcp://"):
        return plain_document(record.uri, record.data, source.title)
    return reader(record.uri, record.data)[0]
