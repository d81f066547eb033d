"""WARC files (ISO 28500): what was fetched from outside, byte for byte, so that a citation of it can be checked later.

Written plainly, one `resource` record after the other; any WARC tool reads them. Reading also takes a file that was
packed with gzip since.
"""

from __future__ import annotations

import gzip
import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from leadline.errors import StoreError
from leadline.evidence.model import Noun

Bytes = IO[bytes] | gzip.GzipFile
MAX_HEADER_LINES, MAX_LINE = 200, 64 * 1024
MAX_RECORD = 256 * 1024 * 1024


class Record(Noun, frozen=True):
    """One fetched resource. `id` is made from the rest, so the same fetch has the same name everywhere."""

    id: str
    uri: str
    date: str
    """ISO 8601, UTC."""
    media_type: str
    data: bytes

    @classmethod
    def of(cls, uri: str, date: str, media_type: str, data: bytes) -> Record:
        digest = hashlib.sha256(data).hexdigest()
        name = uuid.uuid5(uuid.NAMESPACE_URL, f"{uri} {date} {digest}")
        return cls(f"urn:uuid:{name}", uri, date, media_type, data)

    def encoded(self) -> bytes:
        """The record as it stands in a file, with the empty lines that end it."""
        head = (
            "WARC/1.1\r\nWARC-Type: resource\r\n"
            f"WARC-Record-ID: <{self.id}>\r\nWARC-Target-URI: {one_line(self.uri)}\r\nWARC-Date: {self.date}\r\n"
            f"WARC-Block-Digest: sha256:{hashlib.sha256(self.data).hexdigest()}\r\n"
            f"Content-Type: {one_line(self.media_type)}\r\nContent-Length: {len(self.data)}\r\n\r\n"
        )
        return head.encode() + self.data + b"\r\n\r\n"


def one_line(text: str) -> str:
    """Nothing from outside can start a header of its own.

    >>> one_line("text/html\\r\\nWARC-Type: x")
    'text/htmlWARC-Type: x'
    """
    return "".join(character for character in text if character.isprintable())


def find_record(path: Path, id: str) -> Record | None:
    """The record of that id; None where the file has none. StoreError when the file is damaged before it."""
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as file:
        try:
            return next((record for record in _records(file, id) if record.id == id), None)
        except (EOFError, OSError, ValueError) as error:
            raise StoreError(f"{path} is damaged: {error}.", remedy="Take it from a backup.") from error


def _records(file: Bytes, wanted: str) -> Iterator[Record]:
    """Records in order; the bytes of those that are not wanted are skipped."""
    while True:
        first = file.readline(MAX_LINE)
        if not first:
            return
        if not first.strip():
            continue
        if not first.startswith(b"WARC/"):
            raise ValueError(f"a record begins with {first[:20]!r}")
        fields = _fields(file)
        size, id = int(fields["content-length"]), fields.get("warc-record-id", "").strip("<>")
        if not 0 <= size <= MAX_RECORD:
            raise ValueError(f"a record has {size} bytes")
        data = b"" if id != wanted else file.read(size)
        if id != wanted:
            file.seek(size, 1)
        elif len(data) < size:
            raise ValueError("it ends within a record")
        yield Record(
            id, fields.get("warc-target-uri", ""), fields.get("warc-date", ""), fields.get("content-type", ""),
            data,
        )  # fmt: skip


def _fields(file: Bytes) -> dict[str, str]:
    """The named fields of a record, names in lower case."""
    fields: dict[str, str] = {}
    for _ in range(MAX_HEADER_LINES):
        line = file.readline(MAX_LINE)
        if not line.strip():
            if "content-length" not in fields:
                raise ValueError("a record does not say its length")
            return fields
        name, _, value = line.decode("utf-8", "replace").partition(":")
        fields[name.strip().lower()] = value.strip()
    raise ValueError("a record has too many fields")
