"""Queries as arrays: which terms each has, what they weigh, and where their postings are.

Everything is done for all queries of a batch at once, and every distinct chunk of query text is analysed and
looked up once per commit: a query costs little more than its dictionary lookups.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple

import numpy as np

from leadline.retrieval.lexical.analysis import Analyzer
from leadline.retrieval.lexical.query import MAX_TERMS, Parsed
from leadline.retrieval.lexical.segment import Array
from leadline.retrieval.lexical.snapshot import Snapshot
from leadline.retrieval.lexical.vocabulary import Vocabulary

_MOST_CHUNKS = 500_000


class Weighted(NamedTuple):
    """The terms of query q are [at[q], at[q + 1]), in summing order; spans[part] are their blocks, [n, 2]."""

    at: Array
    weight: Array
    spans: list[Array]


class TermTable:
    """What is known of the terms that were asked for since this commit was opened."""

    def __init__(self, snapshot: Snapshot, analyzer: Analyzer) -> None:
        self._snapshot = snapshot
        self._analyzer = analyzer
        self._lock = Lock()
        self._clear()

    def _clear(self) -> None:
        self._vocabulary = Vocabulary(self._analyzer)
        self._known = 0
        self._idf = np.zeros(1024)
        self._tie = np.zeros(1024, np.uint64)
        self._spans = np.zeros((1024, len(self._snapshot.parts), 2), np.int64)

    def weigh(self, queries: Sequence[Parsed]) -> Weighted:
        """BM25 weights: boost times idf, equal words added up; largest first. Unknown terms are left out.

        The order decides in which order scores are summed, so it may depend on nothing but query and content:
        equal weights are ordered by a hash of the term.
        """
        with self._lock:
            query, term, boost = self._encode(queries)
            idf, tie, spans = self._idf, self._tie, self._spans
        key = (query << 32) | term
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = (
            np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
            if len(key)
            else np.empty(0, np.int64)
        )
        total = np.add.reduceat(boost[order], first) if len(key) else boost
        query, term = key[first] >> 32, key[first] & 0xFFFFFFFF
        weight = total * idf[term]
        known = np.flatnonzero(weight > 0)
        query, term, weight = query[known], term[known], weight[known]
        order = np.lexsort((tie[term], -weight, query))
        query, term, weight = query[order], term[order], weight[order]
        at = np.searchsorted(query, np.arange(len(queries) + 1))
        if len(at) > 1 and np.diff(at).max() > MAX_TERMS:
            kept = np.arange(len(query)) - at[query] < MAX_TERMS
            query, term, weight = query[kept], term[kept], weight[kept]
            at = np.searchsorted(query, np.arange(len(queries) + 1))
        n_parts = len(self._snapshot.parts)
        return Weighted(at, weight.astype(np.float32), [spans[term, i] for i in range(n_parts)])

    def _encode(self, queries: Sequence[Parsed]) -> tuple[Array, Array, Array]:
        """Query number, term number and boost of every word."""
        if len(self._vocabulary) > _MOST_CHUNKS:
            self._clear()
        chunks: list[str] = []
        sizes = []
        for parsed in queries:
            mine = self._analyzer.chunks(parsed.text)
            chunks += mine
            sizes.append(len(mine))
        codes = np.fromiter(map(self._vocabulary.__getitem__, chunks), np.int32, len(chunks))
        tokens, counts = self._vocabulary.expand(codes)
        query = np.repeat(np.repeat(np.arange(len(queries)), sizes), counts)
        kept = tokens >= 0
        query, term, boost = query[kept], tokens[kept].astype(np.int64), np.ones(int(kept.sum()))
        words = [(q, word, times) for q, parsed in enumerate(queries) for word, times in parsed.words]
        if words:
            query = np.concatenate([query, [q for q, _, _ in words]])
            term = np.concatenate([term, [self._vocabulary.number(w) for _, w, _ in words]])
            boost = np.concatenate([boost, [times for _, _, times in words]])
        self._look_up()
        return query, term, boost

    def _look_up(self) -> None:
        names = self._vocabulary.names
        if len(names) == self._known:
            return
        if len(names) > len(self._idf):
            size = 2 * len(names)
            self._idf, self._tie, self._spans = (
                np.concatenate([a, np.zeros((size - len(a), *a.shape[1:]), a.dtype)])
                for a in (self._idf, self._tie, self._spans)
            )
        for i, name in enumerate(names[self._known :], self._known):
            term = self._snapshot.term(name.decode())
            self._idf[i] = term.idf if term.df else 0.0
            self._tie[i] = int.from_bytes(blake2b(name, digest_size=8).digest(), "little")
            self._spans[i] = np.array(term.blocks, np.int64).reshape(-1, 2)
        self._known = len(names)
