"""Parsed queries -> the best documents of a snapshot.

The order of a query's terms, and so of every sum, depends only on the query and the whole index (largest weight
first, then the term): scores do not depend on how the documents lie in segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from leadline.retrieval.base import Filter
from leadline.retrieval.lexical.engine import Engine, ranker
from leadline.retrieval.lexical.exhaustive import LOW, Extras, Lists, Terms
from leadline.retrieval.lexical.occurrences import Found, occurrences
from leadline.retrieval.lexical.query import Clause, Parsed
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
    extras: Any,
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


def document_ids(snapshot: Snapshot, numbers: Array) -> list[str]:
    """The ids of document numbers, in the same order."""
    if len(snapshot.parts) == 1:
        return snapshot.parts[0].segment.ids_of(numbers.tolist())
    part = np.searchsorted(snapshot.offsets, numbers, side="right") - 1
    found = np.empty(len(numbers), object)
    for i in np.unique(part).tolist():
        mine = part == i
        found[mine] = snapshot.parts[i].segment.ids_of((numbers[mine] - snapshot.offsets[i]).tolist())
    return list(found.tolist())


class Clauses:
    """What a query's phrases, fields and signs add to scores and take from the candidates, per part."""

    def __init__(self, snapshot: Snapshot, clauses: Sequence[Clause], k1: float, b: float) -> None:
        self._must: list[list[Array]] = []
        self._must_not: list[list[Array]] = []
        self.restricts = any(clause.sign for clause in clauses)
        scores = [
            np.zeros(p.entry.n_docs if self._scoring(clauses) else 0, np.float32) for p in snapshot.parts
        ]
        for clause in clauses:
            found = [
                occurrences(p.segment, clause.terms, clause.offsets, clause.field) for p in snapshot.parts
            ]
            if clause.sign == "+":
                self._must.append([f.docs for f in found])
            elif clause.sign == "-":
                self._must_not.append([f.docs for f in found])
            if _scores(clause):
                self._score(snapshot, clause, found, scores, k1, b)
        self.parts = [(np.flatnonzero(s), s[np.flatnonzero(s)]) for s in scores]

    @staticmethod
    def _scoring(clauses: Sequence[Clause]) -> bool:
        return any(map(_scores, clauses))

    def _score(
        self, snapshot: Snapshot, clause: Clause, found: list[Found], scores: list[Array], k1: float, b: float
    ) -> None:
        """BM25 of a phrase as of a term: idf is the sum of its terms' (Lucene); a field has its own lengths."""
        live = [
            f if p.live is None else Found(f.docs[p.live[f.docs]], f.tf[p.live[f.docs]])
            for f, p in zip(found, snapshot.parts, strict=True)
        ]
        if clause.field and len(clause.terms) == 1:
            idf = snapshot.idf(sum(len(f.docs) for f in live))
        else:
            idf = sum(snapshot.term(t).idf for t in clause.terms)
        weight = np.float32(clause.boost * idf)
        lengths = [_lengths(p.segment, clause.field) for p in snapshot.parts]
        mean = snapshot.mean_length
        if clause.field:
            total = sum(
                int(x.sum() if p.live is None else x[p.live].sum())
                for x, p in zip(lengths, snapshot.parts, strict=True)
            )
            mean = total / snapshot.n_docs if total else 1.0
        for f, length, score in zip(live, lengths, scores, strict=True):
            norm = (k1 * (1 - b + b * length[f.docs] / mean)).astype(np.float32)
            tf = f.tf.astype(np.float32)
            score[f.docs] += weight * (tf / (tf + norm))

    def mask(self, i: int, n_docs: int, mask: Array | None) -> Array | None:
        if not self.restricts:
            return mask
        allowed = np.ones(n_docs, np.bool_) if mask is None else mask.copy()
        for must in self._must:
            having = np.zeros(n_docs, np.bool_)
            having[must[i]] = True
            allowed &= having
        for must_not in self._must_not:
            allowed[must_not[i]] = False
        return allowed


def _scores(clause: Clause) -> bool:
    return clause.sign != "-" and (len(clause.terms) > 1 or bool(clause.field))


def _lengths(segment: Any, field: str) -> Array:
    """Lengths of the documents, or of one of their fields (counting stop words)."""
    if not field:
        return np.asarray(segment.lengths)
    if field not in segment.fields:
        return np.zeros(segment.n_docs, np.int64)
    return np.asarray(segment.array(f"to:{field}").astype(np.int64) - segment.array(f"from:{field}"))
