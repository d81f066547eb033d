"""One immutable part of an index: a file of arrays that opens by memory map, whatever its size.

    magic | header length | header crc | header (JSON: counts, and per array dtype, offset, size, crc) | arrays

Documents are numbered in the order of their ids, terms in the order of their bytes; so a smaller number is
a smaller id (which breaks ties), and both dictionaries are searched where they lie.

    documents  ids, id_at[N+1]; lengths[N] in terms; digest[N, 2]; field arrays if there are fields
    terms      terms, term_at[T+1]; term_block[T+1] the first block of each term
    blocks     up to 128 postings of one term within one range of 65,536 documents:
               block_first[B] its first document, block_start[B+1] its first posting, block_pos[B] its first
               position; pair_at[B+1], pair_tf, pair_len its competitive (tf, length) pairs
    postings   docs[P] (document modulo 65,536), tfs[P]; positions[sum of tfs]
    facets     facets, facet_at[F+1]; facet_post[F+1], facet_docs: which documents have a metadata value
"""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from leadline.errors import StoreError
from leadline.files import DISK

Array = np.ndarray[Any, np.dtype[Any]]
MAGIC = b"LEADSEG1"
_PREFIX = struct.Struct("<8sII")
_REBUILD = "Open with damaged='skip' to search the other segments, and add its documents again."


class _Place(msgspec.Struct):
    dtype: str
    shape: tuple[int, ...]
    at: int
    crc: int


class _Header(msgspec.Struct):
    arrays: dict[str, _Place]
    fields: tuple[str, ...]
    size: int


def write_segment(path: Path, arrays: Mapping[str, Array], fields: Sequence[str] = ()) -> None:
    """Put the arrays into one file, whole or not at all. StoreError when the disk refuses."""
    places: dict[str, _Place] = {}
    at = 0
    for name, array in arrays.items():
        crc = zlib.crc32(np.ascontiguousarray(array).data.cast("B")) if array.size else 0
        places[name] = _Place(array.dtype.str, array.shape, at, crc)
        at += -(-array.nbytes // 64) * 64
    header = msgspec.json.encode(_Header(places, tuple(fields), at))
    header += b" " * (-(_PREFIX.size + len(header)) % 64)
    parts: list[Any] = [_PREFIX.pack(MAGIC, len(header), zlib.crc32(header)), header]
    for array in arrays.values():
        parts += [
            np.ascontiguousarray(array).data.cast("B") if array.size else b"",
            b"\0" * (-array.nbytes % 64),
        ]
    DISK.write_parts(path, parts)


class Segment:
    """A segment opened for reading. Its arrays are attributes named as above; they are read-only."""

    ids: Array
    id_at: Array
    lengths: Array
    digest: Array
    terms: Array
    term_at: Array
    term_block: Array
    block_first: Array
    block_start: Array
    block_pos: Array
    pair_at: Array
    pair_tf: Array
    pair_len: Array
    docs: Array
    tfs: Array
    positions: Array
    facets: Array
    facet_at: Array
    facet_post: Array
    facet_docs: Array

    def __init__(self, path: Path) -> None:
        self.path = path
        self._header, self._arrays_at, self._map = _open(path)
        for name in self._header.arrays:
            setattr(self, name, self._array(name))
        self.fields = self._header.fields
        self.n_docs = len(self.lengths)
        self._id_bytes = self.ids.data
        self._id_at = self.id_at.data
        self._term_bytes = self.terms.data

    def _array(self, name: str) -> Array:
        place = self._header.arrays[name]
        count = int(np.prod(place.shape))
        if not count:
            return np.empty(place.shape, place.dtype)
        found = np.frombuffer(self._map, place.dtype, count, self._arrays_at + place.at)
        return found.reshape(place.shape)

    def array(self, name: str) -> Array:
        """An array that only some segments have, e.g. field bounds."""
        found: Array = getattr(self, name)
        return found

    @property
    def n_bytes(self) -> int:
        return self._arrays_at + self._header.size

    def verify(self) -> None:
        """Compare every array with its checksum; StoreError names the segment and the array."""
        for name, place in self._header.arrays.items():
            array = self._array(name)
            if array.size and zlib.crc32(array.data.cast("B")) != place.crc:
                raise StoreError(f"Segment {self.path} is damaged (array {name!r}).", remedy=_REBUILD)

    # ---- dictionaries -------------------------------------------------------------------------------

    def id(self, doc: int) -> str:
        return str(self._id_bytes[self.id_at[doc] : self.id_at[doc + 1]], "utf-8")

    def id_range(self) -> tuple[bytes, bytes]:
        """The smallest and the largest id, in UTF-8."""
        first, last = [bytes(self._id_bytes[self.id_at[d] : self.id_at[d + 1]]) for d in (0, self.n_docs - 1)]
        return first, last

    def ids_of(self, docs: Array) -> list[str]:
        data, at = self._id_bytes, self._id_at
        return [str(data[at[doc] : at[doc + 1]], "utf-8") for doc in docs.tolist()]

    def all_ids(self) -> list[str]:
        ends = self.id_at.tolist()
        data = bytes(self._id_bytes)
        return [data[a:b].decode() for a, b in pairwise(ends)]

    def find(self, ids: Sequence[str]) -> Array:
        """The document number of each id, -1 where the segment has none."""
        if not self.n_docs:
            return np.full(len(ids), -1, np.int64)
        low, high = self.id(0), self.id(self.n_docs - 1)
        if len(ids) < 256:
            return np.array(
                [_find(self._id_bytes, self.id_at, i.encode()) if low <= i <= high else -1 for i in ids],
                np.int64,
            )
        inside = np.array([low <= i <= high for i in ids], np.bool_)
        found = np.full(len(ids), -1, np.int64)
        if inside.any():
            mine = np.array([i.encode() for i in self.all_ids()])
            wanted = np.array([i.encode() for i, ok in zip(ids, inside.tolist(), strict=True) if ok])
            at = np.minimum(np.searchsorted(mine, wanted), self.n_docs - 1)
            found[inside] = np.where(mine[at] == wanted, at, -1)
        return found

    def term(self, term: str) -> int:
        """The number of a term, -1 if no document has it."""
        return _find(self._term_bytes, self.term_at, term.encode())

    def blocks(self, term: int) -> tuple[int, int]:
        return int(self.term_block[term]), int(self.term_block[term + 1])

    def n_postings(self, blocks: tuple[int, int]) -> int:
        return int(self.block_start[blocks[1]]) - int(self.block_start[blocks[0]])

    def postings_per_term(self) -> Array:
        ends: Array = self.block_start[self.term_block].astype(np.int64)
        return ends[1:] - ends[:-1]

    # ---- postings -----------------------------------------------------------------------------------

    def documents(self, blocks: tuple[int, int]) -> Array:
        """Ascending document numbers of a term's blocks, int64."""
        first, end = blocks
        starts = self.block_start[first : end + 1].astype(np.int64)
        base = (self.block_first[first:end] & np.uint32(0xFFFF0000)).astype(np.int64)
        return np.repeat(base, np.diff(starts)) + self.docs[starts[0] : starts[-1]]

    def frequencies(self, blocks: tuple[int, int]) -> Array:
        return self.tfs[int(self.block_start[blocks[0]]) : int(self.block_start[blocks[1]])]

    def facet_values(self, prefix: bytes) -> tuple[int, int]:
        """The numbers [first, end) of the facets that begin with `prefix`."""
        data = self.facets.data
        return _bisect(data, self.facet_at, prefix), _bisect(data, self.facet_at, prefix + b"\xff")

    def facet(self, key: bytes) -> Array:
        """The documents that have a facet."""
        at = _find(self.facets.data, self.facet_at, key)
        if at < 0:
            return np.empty(0, np.uint32)
        return self.facet_docs[int(self.facet_post[at]) : int(self.facet_post[at + 1])]


def _open(path: Path) -> tuple[_Header, int, Any]:
    try:
        with path.open("rb") as file:
            prefix = file.read(_PREFIX.size)
            if len(prefix) < _PREFIX.size:
                raise StoreError(f"Segment {path} is truncated.", remedy=_REBUILD)
            magic, length, crc = _PREFIX.unpack(prefix)
            if magic != MAGIC:
                raise StoreError(f"{path} is not a segment of this version.", remedy=_REBUILD)
            raw = file.read(length)
            if len(raw) != length or zlib.crc32(raw) != crc:
                raise StoreError(f"Segment {path} is damaged (header).", remedy=_REBUILD)
            header = msgspec.json.decode(raw, type=_Header)
            start = _PREFIX.size + length
            if path.stat().st_size < start + header.size:
                raise StoreError(f"Segment {path} is truncated.", remedy=_REBUILD)
            return header, start, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError as error:
        raise StoreError(f"Segment {path} is missing.", remedy=_REBUILD) from error


def _bisect(data: memoryview, at: Array, key: bytes) -> int:
    """The first entry that is not before `key`; entries are data[at[i]:at[i + 1]], in byte order."""
    low, high = 0, len(at) - 1
    while low < high:
        middle = (low + high) // 2
        if bytes(data[at[middle] : at[middle + 1]]) < key:
            low = middle + 1
        else:
            high = middle
    return low


def _find(data: memoryview, at: Array, key: bytes) -> int:
    i = _bisect(data, at, key)
    return i if i < len(at) - 1 and bytes(data[at[i] : at[i + 1]]) == key else -1
