"""ZIP archives: every member a source of its own, as "archive.zip!/name"."""

from __future__ import annotations

from pathlib import PurePosixPath

from leadline.errors import SourceError
from leadline.evidence.model import Document
from leadline.sources.context import Context
from leadline.sources.types import Type
from leadline.sources.walk import SKIPPED
from leadline.sources.zips import SafeZip

READS = (Type("application/zip", (".zip",)),)


def read(data: bytes, context: Context) -> list[Document]:
    archive = SafeZip(data, context)
    documents: list[Document] = []
    for info in sorted(archive.members, key=lambda info: info.filename):
        if _skipped(info.filename):
            continue
        try:
            content = archive.read(info)
        except SourceError as error:
            if context.ledger.expanded > context.limits.max_expanded:
                raise
            context.missed(f"!/{info.filename}", error.message, error.remedy)
            continue
        documents += context.member(info.filename, content)
    if not archive.members:
        raise SourceError("The archive is empty.", remedy="Nothing can be read from it.")
    return documents


def _skipped(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part in SKIPPED or part == "__MACOSX" or (part[:1] == "." and part != "..") for part in parts)
