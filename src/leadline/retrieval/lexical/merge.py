"""Several segments -> one, without their deleted documents; and when to do that."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from leadline.retrieval.lexical.facets import facet_table
from leadline.retrieval.lexical.postings import compact, join, narrow, pack, term_table, text_table, weighted
from leadline.retrieval.lexical.segment import Array, Segment

_CHUNK_POSTINGS = 8_000_000
FANOUT = 8
SMALLEST = 1_000


class Source(NamedTuple):
    segment: Segment
    live: Array
    """bool[N]"""


def to_merge(n_live: Sequence[int], n_docs: Sequence[int]) -> list[int]:
    """Which segments a commit should merge: all of a size class once FANOUT are in it, and those over a
    quarter deleted. Sizes grow by FANOUT per class, so a document is rewritten about log_8(N) times.

    >>> to_merge([10] * 8 + [50_000], [10] * 8 + [50_000])
    [0, 1, 2, 3, 4, 5, 6, 7]
    >>> to_merge([700, 90_000], [1000, 90_000])
    [0]
    """
    classes: dict[int, list[int]] = {}
    for i, live in enumerate(n_live):
        level = 0
        while live > SMALLEST * FANOUT**level:
            level += 1
        classes.setdefault(level, []).append(i)
    chosen = {i for members in classes.values() if len(members) >= FANOUT for i in members}
    chosen |= {i for i, (live, all_) in enumerate(zip(n_live, n_docs, strict=True)) if live < 0.75 * all_}
    return sorted(chosen)


def merge(sources: Sequence[Source]) -> tuple[dict[str, Array], tuple[str, ...]]:
    """The arrays of one segment with all live documents of the sources."""
    ids = [i for s in sources for i, live in zip(s.segment.all_ids(), s.live.tolist(), strict=True) if live]
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64)
    numbers = _new_numbers(sources, order)
    lengths = _documents(sources, order, "lengths")
    postings, terms = _postings(sources, numbers, lengths)
    id_table, id_at = text_table([ids[i].encode() for i in order.tolist()])
    fields = tuple(sorted({f for s in sources for f in s.segment.fields}))
    bounds = {
        f"{side}:{f}": _documents(sources, order, f"{side}:{f}") for f in fields for side in ("from", "to")
    }
    return {
        "ids": id_table,
        "id_at": id_at,
        "lengths": lengths,
        "digest": _documents(sources, order, "digest"),
        **term_table(terms),
        **postings,
        **_facets(sources, numbers),
        **bounds,
    }, fields


def _new_numbers(sources: Sequence[Source], order: Array) -> list[Array]:
    """Per source: old document number -> new one, -1 for deleted."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    numbers, at = [], 0
    for source in sources:
        n = int(source.live.sum())
        mine = np.full(source.segment.n_docs, -1, np.int64)
        mine[source.live] = place[at : at + n]
        numbers.append(mine)
        at += n
    return numbers


def _documents(sources: Sequence[Source], order: Array, name: str) -> Array:
    """A per-document array of the merged segment; zeros where a source lacks it."""
    parts = []
    for segment, live in sources:
        array = segment.array(name) if hasattr(segment, name) else np.zeros(segment.n_docs, np.uint32)
        parts.append(array[live])
    return np.concatenate(parts)[order]


def _facets(sources: Sequence[Source], numbers: Sequence[Array]) -> dict[str, Array]:
    found: dict[bytes, list[Array]] = {}
    for (segment, _), number in zip(sources, numbers, strict=True):
        data, at = bytes(segment.facets), segment.facet_at.tolist()
        for i in range(len(at) - 1):
            docs = number[segment.facet_docs[int(segment.facet_post[i]) : int(segment.facet_post[i + 1])]]
            found.setdefault(data[at[i] : at[i + 1]], []).append(docs[docs >= 0])
    joined = [(key, np.sort(np.concatenate(found[key]))) for key in sorted(found)]
    return facet_table([(key, docs) for key, docs in joined if len(docs)])


# ---- postings: range of terms by range of terms, so that memory stays bounded -------------------------


def _postings(
    sources: Sequence[Source], numbers: Sequence[Array], lengths: Array
) -> tuple[dict[str, Array], list[bytes]]:
    names, maps = _union([_terms(s.segment) for s in sources])
    sizes = np.zeros(len(names), np.int64)
    for (segment, _), new in zip(sources, maps, strict=True):
        sizes[new] += segment.postings_per_term()
    impacts = any(s.segment.has_impacts for s in sources)
    chunks, kept = [], []
    for low, high in _ranges(sizes):
        gathered = [
            _gather(s.segment, new, number, low, high)
            for s, new, number in zip(sources, maps, numbers, strict=True)
        ]
        chunk, used = _chunk(gathered, None if impacts else lengths)
        chunks.append(chunk)
        kept += [names[low + i] for i in used.tolist()]
    return (weighted if impacts else compact)(join(chunks)), kept


def _terms(segment: Segment) -> list[bytes]:
    data, at = bytes(segment.terms), [0, *np.cumsum(segment.term_len, dtype=np.int64).tolist()]
    return [data[a:b] for a, b in pairwise(at)]


def _union(lists: Sequence[list[bytes]]) -> tuple[list[bytes], list[Array]]:
    names = sorted(set().union(*lists))
    number = {name: i for i, name in enumerate(names)}
    return names, [np.array([number[name] for name in terms], np.int64) for terms in lists]


def _ranges(sizes: Array) -> list[tuple[int, int]]:
    """Cut the terms where each range holds about _CHUNK_POSTINGS postings."""
    total = np.cumsum(sizes)
    cuts = np.searchsorted(
        total, np.arange(_CHUNK_POSTINGS, int(total[-1]) if len(total) else 0, _CHUNK_POSTINGS)
    )
    edges = sorted({0, *(cuts + 1).tolist(), len(sizes)})
    return list(pairwise(edges)) or [(0, 0)]


class _Gathered(NamedTuple):
    term: Array
    doc: Array
    tf: Array
    positions: Array


def _gather(segment: Segment, new_term: Array, new_doc: Array, low: int, high: int) -> _Gathered:
    """A source's live postings of the new terms [low, high), with new numbers."""
    a, b = np.searchsorted(new_term, [low, high]).tolist()
    first, end = segment.blocks(a)[0], segment.blocks(b)[0]
    doc = new_doc[segment.documents((first, end))]
    tf = segment.frequencies((first, end)).astype(np.int64)
    at = int(segment.block_pos[first]) if first < len(segment.block_pos) else 0
    # Impacts have no positions.
    positions = segment.positions[at : at + int(tf.sum())]
    live = doc >= 0
    term = np.repeat(new_term[a:b] - low, segment.postings_per_term()[a:b])
    if len(positions):
        positions = positions[np.repeat(live, tf)]
    return _Gathered(term[live], doc[live], tf[live], positions)


def _chunk(gathered: Sequence[_Gathered], lengths: Array | None) -> tuple[dict[str, Array], Array]:
    """Packed postings of one range, and which of its terms are still used."""
    term, doc, tf, positions = (np.concatenate(parts) for parts in zip(*gathered, strict=True))
    order = np.argsort((term << 32) | doc)
    if len(positions):
        begins = (np.cumsum(tf) - tf)[order]
        counts = tf[order]
        inner = np.arange(len(positions)) - np.repeat(np.cumsum(counts) - counts, counts)
        positions = positions[np.repeat(begins, counts) + inner]
    used, renumbered = np.unique(term[order], return_inverse=True)
    return pack(renumbered, doc[order], tf[order], lengths) | {"positions": narrow(positions)}, used
