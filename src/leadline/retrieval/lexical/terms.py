"""Queries as arrays: which terms each has, what they weigh, and where their postings are.

Every distinct chunk of query text is analysed and looked up once per commit. A query has a dozen words, so this is
plain Python: a call of NumPy costs as much as ten dictionary lookups.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import chain
from operator import mul
from threading import Lock
from typing import NamedTuple

import numpy as np

from leadline.retrieval.lexical.analysis import Analyzer
from leadline.retrieval.lexical.query import MAX_TERMS, Parsed
from leadline.retrieval.lexical.segment import Array
from leadline.retrieval.lexical.snapshot import Snapshot

_MOST_TERMS = 500_000


class Weighted(NamedTuple):
    """The terms of query q are [at[q], at[q + 1]), in summing order; spans[part] are their blocks, [n, 2]."""

    at: Array
    weight: Array
    spans: list[Array]


class Known(dict[str, tuple[int, ...]]):
    """chunk -> the numbers of its terms that the index has. Numbers are given in order of appearance."""

    def __init__(self, snapshot: Snapshot, analyzer: Analyzer) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._analyzer = analyzer
        self._lock = Lock()
        self.numbers: dict[str, int] = {}
        """term -> its number, -1 for one that no document has."""
        self.idf: list[float] = []
        self.weights = np.zeros(1024)
        """The same as an array, with room."""
        self.order: list[tuple[float, int]] = []
        """Minus idf, and a hash of the term that orders equal weights."""
        self.spans = [np.zeros((1024, 2), np.int64) for _ in snapshot.parts]
        """Per part: the blocks of every term."""

    def __missing__(self, chunk: str) -> tuple[int, ...]:
        terms = self._analyzer.terms(chunk)
        with self._lock:
            found = tuple(n for t in terms if t is not None and (n := self.number(t)) >= 0)
        self[chunk] = found
        return found

    @property
    def n_remembered(self) -> int:
        return max(len(self), len(self.numbers))

    def number_of(self, term: str) -> int:
        with self._lock:
            return self.number(term)

    def number(self, name: str) -> int:
        """-1 for a term that no document has. Under the lock."""
        if name in self.numbers:
            return self.numbers[name]
        term = self._snapshot.term(name)
        number = len(self.idf) if term.df else -1
        if term.df:
            for i, blocks in enumerate(term.blocks):
                if number == len(self.spans[i]):
                    self.spans[i] = np.concatenate([self.spans[i], np.zeros_like(self.spans[i])])
                self.spans[i][number] = blocks
            if number == len(self.weights):
                self.weights = np.concatenate([self.weights, np.zeros_like(self.weights)])
            self.weights[number] = term.idf
            tie = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
            self.order.append((-term.idf, tie))
            self.idf.append(term.idf)
        self.numbers[name] = number
        return number


class TermTable:
    """What is known of the terms that were asked for since this commit was opened."""

    def __init__(self, snapshot: Snapshot, analyzer: Analyzer) -> None:
        self._snapshot = snapshot
        self._analyzer = analyzer
        self._known = Known(snapshot, analyzer)

    def weigh(self, queries: Sequence[Parsed]) -> Weighted:
        """BM25 weights: boost times idf, equal words added up; largest first. Unknown terms are left out.

        The order decides in which order scores are summed, so it may depend on nothing but query and content:
        equal weights are ordered by a hash of the term.
        """
        known = self._remembered()
        at, weights, numbers = [0], list[float](), list[int]()
        for parsed in queries:
            mine, boosts = self._terms(known, parsed)
            numbers += mine
            weights += (
                map(mul, boosts, map(known.idf.__getitem__, mine))
                if boosts
                else map(known.idf.__getitem__, mine)
            )
            at.append(len(numbers))
        chosen = np.array(numbers, np.int64)
        return Weighted(np.array(at), np.array(weights, np.float32), [spans[chosen] for spans in known.spans])

    def look_up(self, names: Sequence[str]) -> tuple[Array, list[Array]]:
        """The number of each term (-1: no document has it) and, per part, the blocks of every number."""
        known = self._remembered()
        numbers = list(map(known.numbers.get, names))
        if None in numbers:
            numbers = list(map(known.number_of, names))
        return np.array(numbers, np.int64), known.spans

    def number(self, parsed: Parsed) -> tuple[list[int], list[float], Known]:
        """The terms of one query in summing order, their boosts (none: all 1), and what their numbers mean."""
        known = self._remembered()
        return *self._terms(known, parsed), known

    def _remembered(self) -> Known:
        if self._known.n_remembered > _MOST_TERMS:
            self._known = Known(self._snapshot, self._analyzer)
        return self._known

    def _terms(self, known: Known, parsed: Parsed) -> tuple[list[int], list[float]]:
        """The distinct terms of a query in summing order, and their boosts (none: all 1)."""
        plain = list(chain.from_iterable(map(known.__getitem__, self._analyzer.chunks(parsed.text))))
        boosts = dict.fromkeys(plain, 0.0)
        if not parsed.words and len(boosts) == len(plain):
            plain.sort(key=known.order.__getitem__)
            return plain[:MAX_TERMS], []
        for number in plain:
            boosts[number] += 1.0
        for word, boost in parsed.words:
            number = known.number_of(word)
            boosts[number] = boosts.get(number, 0.0) + boost
        boosts.pop(-1, None)
        rows = sorted(
            [(-boost * known.idf[n], known.order[n][1], n) for n, boost in boosts.items() if boost > 0]
        )
        numbers = [n for _, _, n in rows[:MAX_TERMS]]
        return numbers, [boosts[n] for n in numbers]
