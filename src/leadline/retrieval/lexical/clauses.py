"""What a query's phrases, fields and signs add to scores and take from the candidates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leadline.retrieval.lexical.occurrences import Found, occurrences
from leadline.retrieval.lexical.query import Clause
from leadline.retrieval.lexical.segment import Array, Segment
from leadline.retrieval.lexical.snapshot import Snapshot


class Clauses:
    """Those of one query, per part of the snapshot."""

    def __init__(self, snapshot: Snapshot, clauses: Sequence[Clause], k1: float, b: float) -> None:
        self._must: list[list[Array]] = []
        self._must_not: list[list[Array]] = []
        self.restricts = any(clause.sign for clause in clauses)
        scoring = any(map(_scores, clauses))
        scores = [np.zeros(p.entry.n_docs if scoring else 0, np.float32) for p in snapshot.parts]
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
        """Which documents of part i have what is required and nothing that is excluded, of those in `mask`."""
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
    """Whether it adds to the scores itself: a single word without a field does so among the plain words."""
    return clause.sign != "-" and (len(clause.terms) > 1 or bool(clause.field))


def _lengths(segment: Segment, field: str) -> Array:
    """Lengths of the documents, or of one of their fields (counting stop words)."""
    if not field:
        return np.asarray(segment.lengths)
    if field not in segment.fields:
        return np.zeros(segment.n_docs, np.int64)
    return np.asarray(segment.array(f"to:{field}").astype(np.int64) - segment.array(f"from:{field}"))
