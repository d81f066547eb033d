"""Where terms stand together: phrases, and terms or phrases inside one field. Exact, from stored positions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from leadline.retrieval.lexical.segment import Array, Segment


class Found(NamedTuple):
    """Ascending documents and how often the thing occurs in each."""

    docs: Array
    tf: Array


NOTHING = Found(np.empty(0, np.int64), np.empty(0, np.int64))


def occurrences(segment: Segment, terms: Sequence[str], offsets: Sequence[int], field: str = "") -> Found:
    """Documents in which terms[i] stands at start + offsets[i] for some start, inside `field` if one is named.

    Deleted documents are still among them.
    """
    numbers = [segment.term(term) for term in terms]
    if min(numbers) < 0 or (field and field not in segment.fields):
        return NOTHING
    blocks = [segment.blocks(number) for number in numbers]
    if len(terms) == 1 and not field:
        return Found(segment.documents(blocks[0]), segment.frequencies(blocks[0]).astype(np.int64))
    common = _documents_of_all(segment, blocks)
    starts: Array | None = None
    for span, offset in zip(blocks, offsets, strict=True):
        mine = _starts(segment, span, common, offset)
        starts = mine if starts is None else np.intersect1d(starts, mine, assume_unique=True)
    assert starts is not None
    docs, at = starts >> 32, (starts & 0xFFFFFFFF) - _SHIFT
    if field:
        inside = at >= segment.array(f"from:{field}")[docs]
        inside &= at + offsets[-1] < segment.array(f"to:{field}")[docs]
        docs = docs[inside]
    found, tf = np.unique(docs, return_counts=True)
    return Found(found, tf)


_SHIFT = 1 << 20
"""Keeps position - offset above zero in the packed integers. Queries are far shorter."""


def _documents_of_all(segment: Segment, blocks: Sequence[tuple[int, int]]) -> Array:
    common: Array | None = None
    for span in sorted(set(blocks), key=segment.n_postings):
        docs = segment.documents(span)
        common = docs if common is None else common[_member(common, docs)]
    assert common is not None
    return common


def _member(values: Array, sorted_set: Array) -> Array:
    at = np.minimum(np.searchsorted(sorted_set, values), len(sorted_set) - 1)
    return np.asarray(sorted_set[at] == values)


def _starts(segment: Segment, blocks: tuple[int, int], docs: Array, offset: int) -> Array:
    """document << 32 | position - offset, ascending, of a term's occurrences in `docs`, all of which have it."""
    tf = segment.frequencies(blocks).astype(np.int64)
    ends = np.cumsum(tf) + int(segment.block_pos[blocks[0]])
    at = np.searchsorted(segment.documents(blocks), docs)
    counts = tf[at]
    first = np.repeat(ends[at] - counts, counts)
    inner = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    where = segment.positions[first + inner].astype(np.int64)
    return (np.repeat(docs, counts) << 32) | (where - offset + _SHIFT)
