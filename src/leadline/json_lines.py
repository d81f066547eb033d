"""JSON lines: how a log lies on disk, one record a line, each appended in one write.

A process that dies while it appends leaves a torn last line. Who reads the log reads over it; who watches a log that is
being written takes whatever lines are whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from leadline.errors import LeadlineError

T = TypeVar("T")


def line(record: Any) -> bytes:
    """A record as it is appended.

    >>> line({"n": 1})
    b'{"n":1}\\n'
    """
    return msgspec.json.encode(record) + b"\n"


def lines(records: Iterable[Any]) -> bytes:
    """A whole file of records."""
    return b"".join(map(line, records))


def read_log(path: Path, kind: type[T], what: str, refusal: type[LeadlineError]) -> Iterator[T]:
    """The records of a log, all of one kind; a torn last line is left out.

    `refusal` says which other line is not `what` ("a step").
    """
    found = path.read_bytes().split(b"\n")
    for number, record in enumerate(found, 1):
        if not record:
            continue
        try:
            yield msgspec.json.decode(record, type=kind)
        except msgspec.DecodeError as error:
            if number == len(found):
                return
            raise refusal(f"{path}, line {number} is not {what}: {error}.") from error


def readable(data: bytes, kind: type[T]) -> list[T]:
    """The records of all lines that can be read.

    >>> readable(b'{"n":1}\\n{"n":', dict)
    [{'n': 1}]
    """
    found = []
    for record in data.split(b"\n"):
        try:
            found.append(msgspec.json.decode(record, type=kind))
        except msgspec.DecodeError:
            continue
    return found
