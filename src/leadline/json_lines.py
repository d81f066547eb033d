"""JSON lines: how a log lies on disk, one record a line, each appended in one write.

A process that dies while it appends leaves a torn last line. Who reads the log reads over it; who watches a log that is
being written takes whatever lines are whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from leadline.errors import LeadlineError, SourceError, UsageError

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


def read_log(
    path: Path, kind: type[T], what: str, refusal: type[LeadlineError], remedy: str = ""
) -> Iterator[T]:
    """The records of a log, all of one kind; a torn last line is left out.

    `refusal` says which other line is not `what` ("a step"), and the `remedy`.
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
            raise refusal(f"{path}, line {number} is not {what}: {error}.", remedy=remedy) from error


def read_named(path: Path, kind: type[T], what: str, remedy: str) -> Iterator[tuple[int, T]]:
    """Numbered records of a file that a person named.

    UsageError when it cannot be opened, is empty or begins otherwise: it is not `what` ("a request log"), and `remedy`
    says what is. SourceError for a later line that is damaged.
    """
    try:
        found = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror or error}.", remedy=remedy) from error
    n_read = 0
    for number, record in enumerate(found, 1):
        if not record.strip():
            continue
        try:
            yield number, msgspec.json.decode(record, type=kind)
        except msgspec.DecodeError as error:
            if n_read == 0:
                raise UsageError(f"{path} is not {what} (line {number}: {error}).", remedy=remedy) from error
            raise SourceError(
                f"{path}, line {number} is damaged: {error}.", remedy="Mend or remove the line."
            ) from error
        n_read += 1
    if n_read == 0:
        raise UsageError(f"{path} is not {what}: it is empty.", remedy=remedy)


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
