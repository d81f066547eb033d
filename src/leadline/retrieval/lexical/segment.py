"""One immutable part of an index: a file of arrays that opens by memory map, whatever its size.

Documents are numbered in the order of their ids, terms in the order of their bytes; so a smaller number is
a smaller id (which breaks ties), and both dictionaries are searched where they lie. Of counts marked * another array
holds the running sum at every 64th (sums.py).

    documents  ids, id_at[N+1]; lengths[N] in terms; digest[N, 2]; field arrays if there are fields
    terms      terms, term_len[T]* (term_at); term_n[T]* (term_block) how many blocks each term has
    blocks     up to 128 postings of one term within one range of 65,536 documents, which has full blocks and a last:
               block_range[B] which range, block_first[B] its first document there, block_n[B]* (block_at) how many
               postings, block_pos[B] its first position.
               Blocks of more than FEW postings have competitive (tf, length) pairs, pair_n[] of pair_tf, pair_len;
               large_at, pair_at count such blocks and their pairs before every 64th block
    postings   docs[P] (document modulo 65,536); tfs, high_at, high_tf (frequencies.py); positions[sum of tfs]
    impacts    where there are no texts but weights: impacts[P], block_top[B] the largest of each block; no tfs,
               pairs and positions
    facets     facets, facet_at[F+1]; facet_post[F+1], facet_docs: which documents have a metadata value
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from leadline.errors import StoreError
from leadline.retrieval.lexical.byte_strings import KnownIds, bisect, find
from leadline.retrieval.lexical.container import OLDER, REBUILD, open_arrays
from leadline.retrieval.lexical.frequencies import unpacked
from leadline.retrieval.lexical.sums import STEP, before

Array = np.ndarray[Any, np.dtype[Any]]
RANGE_BITS = 16
BLOCK = 128
FEW = 8


class Segment:
    """A segment opened for reading. Its arrays are attributes named as above; they are read-only."""

    ids: Array
    id_at: Array
    lengths: Array
    digest: Array
    terms: Array
    term_len: Array
    term_at: Array
    term_n: Array
    term_block: Array
    block_range: Array
    block_first: Array
    block_n: Array
    block_at: Array
    block_pos: Array
    large_at: Array
    pair_n: Array
    pair_at: Array
    pair_tf: Array
    pair_len: Array
    docs: Array
    tfs: Array
    high_at: Array
    high_tf: Array
    impacts: Array
    block_top: Array
    positions: Array
    facets: Array
    facet_at: Array
    facet_post: Array
    facet_docs: Array

    def __init__(self, path: Path) -> None:
        self.path = path
        self._header, self._arrays_at, self._map, magic = open_arrays(path)
        arrays = {name: self._array(name) for name in self._header.arrays}
        if magic == OLDER:
            from leadline.retrieval.lexical.older import upgraded

            arrays = upgraded(arrays)
        for array in arrays.values():
            array.flags.writeable = (
                False  # also where it is empty: compiled code is made for one or the other
            )
        self.__dict__.update(arrays)
        self.fields = self._header.fields
        self.n_docs = len(self.lengths)
        self._id_bytes = self.ids.data
        self._term_bytes = self.terms.data
        self._known_ids = KnownIds(self.ids.data, self.id_at.data)

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
    def has_impacts(self) -> bool:
        """Whether documents are weighted terms, not texts."""
        return hasattr(self, "impacts")

    @property
    def n_bytes(self) -> int:
        return self._arrays_at + self._header.size

    def verify(self) -> None:
        """Compare every array with its checksum; StoreError names the segment and the array."""
        for name, place in self._header.arrays.items():
            array = self._array(name)
            if array.size and zlib.crc32(array.data.cast("B")) != place.crc:
                raise StoreError(f"Segment {self.path} is damaged (array {name!r}).", remedy=REBUILD)

    # ---- dictionaries -------------------------------------------------------------------------------

    def id(self, doc: int) -> str:
        return str(self._id_bytes[self.id_at[doc] : self.id_at[doc + 1]], "utf-8")

    def id_range(self) -> tuple[bytes, bytes]:
        """The smallest and the largest id, in UTF-8."""
        first, last = [bytes(self._id_bytes[self.id_at[d] : self.id_at[d + 1]]) for d in (0, self.n_docs - 1)]
        return first, last

    def ids_of(self, docs: Iterable[int]) -> list[str]:
        return list(map(self._known_ids.__getitem__, docs))

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
                [find(self._id_bytes, self.id_at, i.encode()) if low <= i <= high else -1 for i in ids],
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
        key, data = term.encode(), self._term_bytes
        low, high = 0, -(-len(self.term_len) // STEP)
        while low < high:  # the first group of STEP terms that begins after it
            middle = (low + high) // 2
            at = int(self.term_at[middle])
            if bytes(data[at : at + int(self.term_len[middle * STEP])]) <= key:
                low = middle + 1
            else:
                high = middle
        if not low:
            return -1
        first, at = (low - 1) * STEP, int(self.term_at[low - 1])
        for number, length in enumerate(self.term_len[first : first + STEP].tolist(), first):
            if length == len(key) and data[at : at + length] == key:
                return number
            at += length
        return -1

    def blocks(self, term: int) -> tuple[int, int]:
        first = before(self.term_n, self.term_block, term)
        return first, first + int(self.term_n[term]) if term < len(self.term_n) else first

    def n_postings(self, blocks: tuple[int, int]) -> int:
        return int(self.block_n[blocks[0] : blocks[1]].sum())

    def postings_per_term(self) -> Array:
        starts = np.cumsum(self.term_n, dtype=np.int64) - self.term_n
        return np.add.reduceat(self.block_n, starts, dtype=np.int64) if len(starts) else starts

    # ---- postings -----------------------------------------------------------------------------------

    def documents(self, blocks: tuple[int, int]) -> Array:
        """Ascending document numbers of a term's blocks, int64."""
        mine = slice(*self._span(blocks))
        return documents(self.docs[mine], self.block_range[slice(*blocks)], self.block_n[slice(*blocks)])

    def frequencies(self, blocks: tuple[int, int]) -> Array:
        """Of the same postings: how often the term occurs, or its impact."""
        first, end = self._span(blocks)
        if self.has_impacts:
            return self.impacts[first:end]
        return unpacked(self.tfs, self.high_at, self.high_tf, first, end)

    def _span(self, blocks: tuple[int, int]) -> tuple[int, int]:
        return posting_span(self.block_n, self.block_at, *blocks)

    def facet_values(self, prefix: bytes) -> tuple[int, int]:
        """The numbers [first, end) of the facets that begin with `prefix`."""
        data = self.facets.data
        return bisect(data, self.facet_at, prefix), bisect(data, self.facet_at, prefix + b"\xff")

    def facet(self, key: bytes) -> Array:
        """The documents that have a facet."""
        at = find(self.facets.data, self.facet_at, key)
        if at < 0:
            return np.empty(0, np.uint32)
        return self.facet_docs[int(self.facet_post[at]) : int(self.facet_post[at + 1])]


def posting_span(block_n: Array, block_at: Array, first: int, end: int) -> tuple[int, int]:
    """The postings [from, to) of blocks [first, end)."""
    start = before(block_n, block_at, first)
    return start, start + int(block_n[first:end].sum())


def documents(docs: Array, block_range: Array, block_n: Array) -> Array:
    """The full numbers of the documents of some blocks, int64."""
    return np.repeat(block_range.astype(np.int64) << RANGE_BITS, block_n) + docs
