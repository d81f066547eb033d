"""Parsed queries -> the best documents of a snapshot.

The order of a query's terms, and so of every sum, depends only on the query and the whole index (largest weight
first, then the term): scores do not depend on how the documents lie in segments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from leadline.errors import UsageError
from leadline.retrieval.base import Filter
from leadline.retrieval.lexical.clauses import Clauses
from leadline.retrieval.lexical.engine import Engine, ranker
from leadline.retrieval.lexical.exhaustive import LOW, Extras, Lists, Terms
from leadline.retrieval.lexical.query import Parsed
from leadline.retrieval.lexical.segment import Array
from leadline.retrieval.lexical.snapshot import Snapshot
from leadline.retrieval.lexical.terms import TermTable, Weighted

MAX_KEYS = 1 << 22
"""Results held at once for a batch of queries: 32 MB."""


class Ranking(NamedTuple):
    """The best documents of each query, best first: numbers[Q, k] (-1: no more) and scores[Q, k] (float32).

    Numbers are those of `LexicalIndex.ids_of`; they hold until the next commit.
    """

    numbers: Array
    scores: Array


def check_parameters(k: int, k1: float, b: float) -> None:
    """UsageError, with what is allowed, for what no ranking can be made with."""
    if not isinstance(k, int) or k < 1:
        raise UsageError(f"k is {k!r}.", remedy="Ask for at least 1 result.")
    if not (0 <= k1 < math.inf and 0 <= b <= 1):
        raise UsageError(f"k1 is {k1!r} and b is {b!r}.", remedy="BM25 needs k1 >= 0 and b between 0 and 1.")


def rank(
    snapshot: Snapshot,
    terms: TermTable,
    queries: Sequence[Parsed],
    k: int,
    filter: Filter | None,
    k1: float,
    b: float,
    engine: Engine,
) -> Ranking:
    """BM25 over all parts."""
    k = max(1, min(k, snapshot.n_docs))
    masks = snapshot.mask(filter)
    lists = snapshot.lists((k1, b))
    per_call = max(1, MAX_KEYS // k)
    plain = [i for i, query in enumerate(queries) if not query.clauses]
    if len(plain) == len(queries) <= per_call:
        return rank_weighted(snapshot, lists, terms.weigh(queries), k, masks, engine)
    # Queries with clauses slow down those that are scored with them.
    found = Ranking(np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32))
    for group in (plain, [i for i, query in enumerate(queries) if query.clauses]):
        for low in range(0, len(group), per_call):
            rows = group[low : low + per_call]
            some = [queries[i] for i in rows]
            extras = [Clauses(snapshot, q.clauses, k1, b) for q in some if q.clauses]
            ranking = rank_weighted(snapshot, lists, terms.weigh(some), k, masks, engine, extras)
            found.numbers[rows], found.scores[rows] = ranking
    return found


def rank_weighted(
    snapshot: Snapshot,
    lists: Sequence[Lists],
    terms: Weighted,
    k: int,
    masks: Sequence[Array | None],
    engine: Engine,
    extras: Sequence[Clauses] = (),
    over: float = 1.0,
) -> Ranking:
    """The k best documents by weighted terms and extra parts; equal scores by id."""
    n = len(terms.at) - 1
    if not snapshot.parts or not n:
        return Ranking(np.full((n, k), -1, np.int64), np.zeros((n, k), np.float32))
    restricted = any(e.restricts for e in extras)
    floor = np.zeros(n, np.uint64)
    keys = []
    for i, part in enumerate(snapshot.parts):
        mine = Terms(terms.at, np.ascontiguousarray(terms.spans[i]), terms.weight)
        run = ranker(engine, lists[i], mine)
        out = np.empty((n, k), np.uint64)
        if restricted:
            _one_by_one(run, lists[i], mine, extras, i, masks[i], part.entry.n_docs, floor, out)
        else:
            added = _joined(extras, i) if extras else Extras(np.zeros(n + 1, np.int64), _NO_DOCS, _NO_PARTS)
            run(lists[i], mine, added, _all_or(masks[i]), part.entry.n_docs, floor, out, over)
        out.sort(axis=1)
        out = np.ascontiguousarray(out[:, ::-1])
        keys.append(out)
        if i + 1 < len(snapshot.parts):
            # What the next part finds must at least equal the k-th score so far.
            floor = np.maximum(floor, out[:, -1] >> np.uint64(32) << np.uint64(32))
    return _merged(snapshot, keys, k)


_ALL = np.empty(0, np.bool_)
_NO_DOCS, _NO_PARTS = np.empty(0, np.uint32), np.empty(0, np.float32)


def _all_or(mask: Array | None) -> Array:
    return _ALL if mask is None else mask


def _joined(extras: Sequence[Clauses], i: int) -> Extras:
    """The extra parts of all queries in part i."""
    at = np.zeros(len(extras) + 1, np.int64)
    mine = [e.parts[i] for e in extras]
    np.cumsum([len(doc) for doc, _ in mine], out=at[1:])
    return Extras(
        at, np.concatenate([m[0] for m in mine]).astype(np.uint32), np.concatenate([m[1] for m in mine])
    )


def _one_by_one(
    run: Any,
    lists: Lists,
    terms: Terms,
    extras: Sequence[Clauses],
    i: int,
    mask: Array | None,
    n_docs: int,
    floor: Array,
    out: Array,
) -> None:
    """Queries with required or excluded clauses: each has its own set of documents that may be found."""
    for q in range(len(out)):
        mine = slice(int(terms.at[q]), int(terms.at[q + 1]))
        one = Terms(np.array([0, mine.stop - mine.start]), terms.blocks[mine], terms.weight[mine])
        allowed = extras[q].mask(i, n_docs, mask)
        run(
            lists,
            one,
            _joined([extras[q]], i),
            _all_or(allowed),
            n_docs,
            floor[q : q + 1],
            out[q : q + 1],
            1.0,
        )


def _merged(snapshot: Snapshot, keys: list[Array], k: int) -> Ranking:
    """The best k over all parts, equal scores by id. keys are sorted, best first."""
    if len(keys) == 1:
        return _unpacked(keys[0])
    # As if all parts were one: their document numbers on end (an empty place, 0, stays at the end).
    joined = [
        np.where(part > 0, part - np.uint64(offset), part)
        for part, offset in zip(keys, snapshot.offsets, strict=False)
    ]
    both = np.concatenate(joined, axis=1)
    both.sort(axis=1)
    found = _unpacked(np.ascontiguousarray(both[:, ::-1]))
    if snapshot.in_id_order:
        return Ranking(found.numbers[:, :k], found.scores[:, :k])
    part = np.searchsorted(snapshot.offsets, found.numbers, side="right")
    tied = (found.scores[:, 1:] == found.scores[:, :-1]) & (found.scores[:, 1:] > 0)
    if (tied & (part[:, 1:] != part[:, :-1])).any():
        place, by_place = snapshot.id_order
        score = found.scores.view(np.uint32).astype(np.uint64) << np.uint64(32)
        both = np.where(found.numbers < 0, np.uint64(0), score | (LOW - place[found.numbers]))
        both.sort(axis=1)
        found = _unpacked(np.ascontiguousarray(both[:, : -k - 1 : -1]))
        return Ranking(np.where(found.numbers < 0, -1, by_place[found.numbers]), found.scores)
    return Ranking(found.numbers[:, :k], found.scores[:, :k])


def _unpacked(keys: Array) -> Ranking:
    """A key holds the complement of a document's number below and the bits of its score above."""
    halves = keys.view(np.uint32)  # the lower half first: like the segments, for little-endian machines
    numbers = (~halves[:, ::2]).astype(np.int64)
    complete = (
        keys[0, -1] if len(keys) == 1 else keys[:, -1].all()
    )  # a reduction takes as long as all the rest
    if not complete:
        numbers[keys == 0] = -1
    return Ranking(numbers, halves.view(np.float32)[:, 1::2])
