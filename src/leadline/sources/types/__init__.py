"""Which reader reads what. A new reader is one new file here: it needs `READS` and `read(data, context)`.

Its version needs no number: it follows the code of the file, what that imports from this room, and the libraries that
it asks for with `need` (../versions.py). With the next update, files that it read in an older version are read again.

The content decides: an opening (magic bytes), then the members of a ZIP container; only for plain text does the
suffix choose between the text types, and for text without a known suffix the look of its first lines.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import PurePosixPath
from pkgutil import iter_modules
from typing import NamedTuple

from leadline.errors import SourceError
from leadline.evidence.model import Document
from leadline.sources.canonical import decode
from leadline.sources.context import Context

HEAD = 4096
Read = Callable[[bytes, Context], list[Document]]


@dataclass(frozen=True, slots=True)
class Type:
    """A media type and how it is recognised."""

    media_type: str
    suffixes: tuple[str, ...] = ()
    """Lower case, with dot. They choose between types of plain text only."""
    opening: bytes = b""
    """Regular expression of what the content starts with, white space and case aside."""
    member: str = ""
    """A ZIP member that this type has."""
    mimetype: bytes = b""
    """What the ZIP member `mimetype` says (OpenDocument, EPUB)."""
    looks: Callable[[str], bool] | None = None
    """For text without a known suffix: whether its first 4,096 bytes look like this type."""
    text: bool = False
    """Plain text of which the suffix tells the meaning."""


class Reader(NamedTuple):
    type: Type
    read: Read


@cache
def readers() -> tuple[Reader, ...]:
    """All readers of this folder, in the order of their file names."""
    found: list[Reader] = []
    for module in sorted(iter_modules(__path__), key=lambda module: module.name):
        loaded = import_module(f"{__name__}.{module.name}")
        found += [Reader(kind, loaded.read) for kind in getattr(loaded, "READS", ())]
    return tuple(found)


def reader_for(data: bytes, name: str) -> Reader:
    """The reader for these bytes; SourceError when nothing here reads them."""
    if not data:
        raise SourceError("The file is empty.", remedy="Nothing can be read from it.")
    suffix = PurePosixPath(name).suffix.lower()
    found = _by_opening(data[:HEAD]) or _by_member(data) or _by_text(data, suffix)
    if found is None:
        raise SourceError(
            f"No reader knows this content{f' ({suffix})' if suffix else ''}.",
            remedy="Convert it to PDF, an office format, a table or text.",
        )
    return found


def _by_opening(head: bytes) -> Reader | None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for reader in readers():
        opening = reader.type.opening
        if opening and any(re.match(opening, bytes_, re.IGNORECASE | re.DOTALL) for bytes_ in (head, start)):
            return reader
    return None


def _by_member(data: bytes) -> Reader | None:
    if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            said = archive.open("mimetype").read(200).strip() if "mimetype" in names else b""
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, OSError, RuntimeError) as error:
        raise SourceError(
            f"The ZIP container is damaged ({error}).", remedy="Get a fresh copy of it."
        ) from error
    kinds = [reader for reader in readers() if reader.type.member in names]
    fitting = [reader for reader in kinds if reader.type.mimetype == said or not reader.type.mimetype]
    return (
        next((reader for reader in fitting if reader.type.mimetype), None)
        or next(iter(fitting), None)
        or next((reader for reader in readers() if reader.type.media_type == "application/zip"), None)
    )


def _by_text(data: bytes, suffix: str) -> Reader | None:
    try:
        head = decode(data[:HEAD])
    except SourceError:
        return None
    by_suffix = next((r for r in readers() if r.type.text and suffix in r.type.suffixes), None)
    if by_suffix is not None:
        return by_suffix
    by_look = next((r for r in readers() if r.type.looks is not None and r.type.looks(head)), None)
    return by_look or next((r for r in readers() if r.type.media_type == "text/plain"), None)
