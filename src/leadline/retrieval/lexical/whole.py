"""A shard weighed by the statistics of the whole: BM25 over several indexes as if they were one.

Scores depend on the rest of the collection through three numbers: how many documents there are, how many terms they
have together (the mean length), and how many documents have each term of the query. They are integers, so they add up
exactly; with them every shard computes the very bits that one index would (the query-then-fetch of search clusters,
with global instead of local frequencies).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from threading import Lock
from typing import Any

import msgspec

from leadline.errors import UsageError
from leadline.retrieval.base import Filter, Hits
from leadline.retrieval.lexical.index import LexicalIndex
from leadline.retrieval.lexical.query import parse
from leadline.retrieval.lexical.recent import Recent
from leadline.retrieval.lexical.snapshot import Snapshot, Term


class Whole(msgspec.Struct, frozen=True):
    """Sums over shards. `df` holds every term of the queries, with 0 for those that no document has."""

    n_docs: int
    n_terms: int
    df: dict[str, int]

    def __add__(self, other: Whole) -> Whole:
        terms = self.df.keys() | other.df.keys()
        df = {term: self.df.get(term, 0) + other.df.get(term, 0) for term in sorted(terms)}
        return Whole(self.n_docs + other.n_docs, self.n_terms + other.n_terms, df)


class ShardIndex:
    """A LexicalIndex that is one shard of a larger one. Safe to share between threads.

    Fields are not summed: an index whose documents have fields is refused.
    """

    def __init__(self, index: LexicalIndex) -> None:
        self.index = index
        if self._snapshot.fields:
            raise UsageError(
                "Indexes with fields cannot be shards.", remedy="Index each document as one text."
            )
        self._seen: tuple[Whole, LexicalIndex] | None = None
        self._lock = Lock()

    @property
    def _snapshot(self) -> Snapshot:
        return self.index._snapshot

    def totals(self, queries: Sequence[str]) -> Whole:
        """What this shard adds to the sums for these queries."""
        df = {term: self._snapshot.term(term).df for term in sorted(self._terms(queries))}
        return Whole(self._snapshot.n_docs, self._snapshot.n_terms, df)

    def search_batch(
        self,
        queries: Sequence[str],
        k: int,
        filter: Filter | None,
        *,
        whole: Whole,
        k1: float = 0.9,
        b: float = 0.4,
    ) -> list[Hits]:
        """The best k of this shard, scored as in the whole. UsageError where `whole` lacks a term or is too small."""
        mine = self.totals(queries)
        short = [term for term, df in mine.df.items() if whole.df.get(term, -1) < df]
        if short or whole.n_docs < mine.n_docs or whole.n_terms < mine.n_terms:
            raise UsageError("The statistics are not those of an index that holds this shard.",
                             remedy="Add up what every shard's statistics give for the same queries.")  # fmt: skip
        return self._view(whole).search_batch(queries, k, filter, k1=k1, b=b)

    def _terms(self, queries: Sequence[str]) -> set[str]:
        """Every index term that the queries' words and clauses refer to."""
        analyse, terms = self.index._analyzer, set[str]()
        for query in queries:
            parsed = parse(query, analyse, ())
            terms.update(term for term in analyse(parsed.text) if term is not None)
            terms.update(term for term, _ in parsed.words)
            terms.update(term for clause in parsed.clauses for term in clause.terms)
        return terms

    def _view(self, whole: Whole) -> LexicalIndex:
        """The index under those statistics, kept for as long as the numbers asked with agree with each other."""
        with self._lock:
            if self._seen is not None:
                known, view = self._seen
                same = (known.n_docs, known.n_terms) == (whole.n_docs, whole.n_terms)
                if same and all(known.df.get(term, df) == df for term, df in whole.df.items()):
                    known.df.update(whole.df)
                    return view
            known = Whole(whole.n_docs, whole.n_terms, dict(whole.df))
            view = copy(self.index)
            view._show(_weighed(self._snapshot, known))
            self._seen = known, view
            return view


def _weighed(snapshot: Snapshot, whole: Whole) -> Snapshot:
    """The same parts; counts and all that follows from them are the whole's."""
    view: Any = copy(snapshot)
    view.n_docs, view.n_terms = whole.n_docs, whole.n_terms
    view.mean_length = whole.n_terms / whole.n_docs if whole.n_terms else 1.0

    def term(text: str) -> Term:
        df = whole.df[text]
        return Term(text, df, view.idf(df), snapshot.term(text).blocks)

    view.term = Recent(term, 100_000)
    view.lists = Recent(view._lists, 4)
    found: Snapshot = view
    return found
