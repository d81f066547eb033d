"""A file of named arrays that opens by memory map, whatever its size. For segment.py.

magic | header length | header crc | header (JSON: fields, and per array dtype, shape, offset, crc) | arrays
"""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from leadline.errors import StoreError
from leadline.files import DISK

MAGIC, OLDER = b"LEADSEG2", b"LEADSEG1"
_PREFIX = struct.Struct("<8sII")
REBUILD = "Open with damaged='skip' to search the other segments, and add its documents again."


class Place(msgspec.Struct):
    dtype: str
    shape: tuple[int, ...]
    at: int
    crc: int


class Header(msgspec.Struct):
    arrays: dict[str, Place]
    fields: tuple[str, ...]
    size: int


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], fields: Sequence[str] = ()) -> None:
    """Put the arrays into one file, whole or not at all. StoreError when the disk refuses."""
    places: dict[str, Place] = {}
    at = 0
    for name, array in arrays.items():
        crc = zlib.crc32(np.ascontiguousarray(array).data.cast("B")) if array.size else 0
        places[name] = Place(array.dtype.str, array.shape, at, crc)
        at += -(-array.nbytes // 64) * 64
    header = msgspec.json.encode(Header(places, tuple(fields), at))
    header += b" " * (-(_PREFIX.size + len(header)) % 64)
    parts: list[Any] = [_PREFIX.pack(MAGIC, len(header), zlib.crc32(header)), header]
    for array in arrays.values():
        parts += [
            np.ascontiguousarray(array).data.cast("B") if array.size else b"",
            b"\0" * (-array.nbytes % 64),
        ]
    DISK.write_parts(path, parts)


class Opened(NamedTuple):
    """The header, where the arrays begin, the mapped file, and its magic."""

    header: Header
    at: int
    map: Any
    magic: bytes


def open_arrays(path: Path) -> Opened:
    """StoreError for a file that is missing, truncated, damaged in its header or of another kind."""
    try:
        with path.open("rb") as file:
            prefix = file.read(_PREFIX.size)
            if len(prefix) < _PREFIX.size:
                raise StoreError(f"Segment {path} is truncated.", remedy=REBUILD)
            magic, length, crc = _PREFIX.unpack(prefix)
            if magic not in (MAGIC, OLDER):
                raise StoreError(f"{path} is not a segment of this version.", remedy=REBUILD)
            raw = file.read(length)
            if len(raw) != length or zlib.crc32(raw) != crc:
                raise StoreError(f"Segment {path} is damaged (header).", remedy=REBUILD)
            header = msgspec.json.decode(raw, type=Header)
            start = _PREFIX.size + length
            if path.stat().st_size < start + header.size:
                raise StoreError(f"Segment {path} is truncated.", remedy=REBUILD)
            return Opened(header, start, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), magic)
    except FileNotFoundError as error:
        raise StoreError(f"Segment {path} is missing.", remedy=REBUILD) from error
