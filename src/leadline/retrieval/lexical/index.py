"""A searchable folder of texts with stable ids: BM25 at any k1 and b, exact, equal scores by id."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from leadline.errors import StoreError, UsageError
from leadline.retrieval.base import Filter, Hits
from leadline.retrieval.lexical.analysis import analyzer as analyzer_named
from leadline.retrieval.lexical.buffer import Text, TextBuffers
from leadline.retrieval.lexical.engine import Engine, single_kernels
from leadline.retrieval.lexical.hits import as_hits
from leadline.retrieval.lexical.opened import OpenIndex, begin
from leadline.retrieval.lexical.query import Parsed, parse
from leadline.retrieval.lexical.search import Ranking, check_parameters, rank
from leadline.retrieval.lexical.single import best
from leadline.retrieval.lexical.snapshot import Snapshot, open_snapshot
from leadline.retrieval.lexical.store import Manifest
from leadline.retrieval.lexical.terms import TermTable
from leadline.retrieval.lexical.writer import Writer


class LexicalIndex(OpenIndex):
    """Make one with `create`, open it again with `open`; both take a folder of its own.

    >>> from tempfile import TemporaryDirectory
    >>> folder = TemporaryDirectory()
    >>> index = LexicalIndex.create(folder.name)
    >>> with index.writer() as writer:
    ...     writer.add("a", {"title": "Tides", "text": "The moon pulls the sea."}, {"year": 1978})
    ...     writer.add("b", "Stars and their names")
    >>> index.search("moon tide", filter={"year": 1978}).ids
    ('a',)

    A commit is seen by the index whose writer made it; others see it after `refresh()`. Safe to share between
    threads for searching.
    """

    def __init__(self, folder: Path, snapshot: Snapshot, *, engine: Engine, skip_damaged: bool) -> None:
        if snapshot.manifest.kind != "text":
            raise StoreError(
                f"{folder} holds an index of {snapshot.manifest.kind}.", remedy="Open it as an ImpactIndex."
            )
        super().__init__(folder, snapshot, analyzer_named(snapshot.manifest.analyzer), skip_damaged)
        self.engine = engine

    @classmethod
    def create(cls, folder: str | Path, analyzer: str = "english") -> LexicalIndex:
        """A new, empty index. StoreError if the folder holds one already; NotFound for an unknown analyzer."""
        begin(Path(folder), Manifest(analyzer_named(analyzer).name))
        return cls.open(folder)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        engine: Engine = "auto",
        damaged: Literal["refuse", "skip"] = "refuse",
        verify: bool = False,
    ) -> LexicalIndex:
        """Open by memory map: nothing is read but the manifest, headers and (up to 8 MB of) checksummed data.

        StoreError names a damaged or missing segment; damaged="skip" opens the others and says so in the notes of
        every result. verify=True compares every checksum, however long that takes.
        """
        index = cls(
            Path(folder),
            open_snapshot(Path(folder), damaged == "skip"),
            engine=engine,
            skip_damaged=damaged == "skip",
        )
        if verify:
            index.verify()
        return index

    def writer(self) -> Writer[Text]:
        """Use as a context: `with index.writer() as writer: writer.add(...)`."""
        if self._snapshot.damaged:
            raise StoreError(
                f"{self.folder} has damaged segments: {self._snapshot.damaged[0]}",
                remedy="Build the index again.",
            )
        return Writer(self.folder, TextBuffers(self._analyzer), self.refresh)

    @property
    def analyzer(self) -> str:
        return self._analyzer.name

    # ---- searching ----------------------------------------------------------------------------------

    def search(
        self, query: str, k: int = 10, filter: Filter | None = None, *, k1: float = 0.9, b: float = 0.4
    ) -> Hits:
        """The k best documents. Query syntax: retrieval/lexical/query.py; it never fails, but notes say what was odd.

        UsageError for k < 1 or parameters outside k1 >= 0, 0 <= b <= 1; NotFound for a filter on a metadata field
        that no document has.
        """
        snapshot, terms = self._state
        check_parameters(k, k1, b)
        parsed = parse(query, self._analyzer, snapshot.fields)
        kernels = single_kernels(self.engine)
        if parsed.clauses or len(snapshot.parts) != 1 or kernels is None:
            return self.search_batch([query], k, filter, k1=k1, b=b)[0]
        lists, masks = snapshot.lists((k1, b)), snapshot.mask(filter)
        k = min(k, snapshot.n_docs)
        hits = best(kernels, snapshot.parts[0], lists[0], terms, parsed, k, masks[0])
        notes = self._notes(parsed, bool(hits), snapshot)
        return Hits(query, hits, snapshot.id, {"k1": k1, "b": b, "analyzer": self.analyzer}, notes)

    def search_batch(
        self,
        queries: Sequence[str],
        k: int = 10,
        filter: Filter | None = None,
        *,
        k1: float = 0.9,
        b: float = 0.4,
    ) -> list[Hits]:
        """As `search` for each query, in one pass."""
        state = self._state
        ranking, notes = self._ranked(state, queries, k, filter, k1, b)
        snapshot, parameters = state[0], {"k1": k1, "b": b, "analyzer": self.analyzer}
        return [
            Hits(query, hits, snapshot.id, parameters, noted)
            for query, hits, noted in zip(queries, as_hits(snapshot, ranking), notes, strict=True)
        ]

    def _ranked(
        self,
        state: tuple[Snapshot, TermTable],
        queries: Sequence[str],
        k: int,
        filter: Filter | None,
        k1: float,
        b: float,
    ) -> tuple[Ranking, list[tuple[str, ...]]]:
        """The ranking of each query, and what there is to note about it."""
        snapshot, terms = state
        check_parameters(k, k1, b)
        parsed = [parse(query, self._analyzer, snapshot.fields) for query in queries]
        ranking = rank(snapshot, terms, parsed, k, filter, k1, b, self.engine)
        found = (ranking.numbers[:, 0] >= 0).tolist()
        return ranking, [self._notes(p, any, snapshot) for p, any in zip(parsed, found, strict=True)]

    def _notes(self, parsed: Parsed, found: bool, snapshot: Snapshot) -> tuple[str, ...]:
        why = () if found else self._why_nothing(parsed)
        return (*parsed.notes, *why, *snapshot.damaged)

    def search_terms(
        self,
        query: str,
        weights: Mapping[str, float],
        k: int = 10,
        filter: Filter | None = None,
        *,
        k1: float = 0.9,
        b: float = 0.4,
    ) -> Hits:
        """Search for weighted index terms, e.g. of an expanded query; `query` only names the result."""
        check_parameters(k, k1, b)
        if not all(0 <= weight < math.inf for weight in weights.values()):
            raise UsageError("Term weights must be numbers from 0 up.")
        snapshot, terms = self._state
        ranking = rank(snapshot, terms, [Parsed("", list(weights.items()))], k, filter, k1, b, self.engine)
        parameters = {"k1": k1, "b": b, "analyzer": self.analyzer, "terms": dict(weights)}
        return Hits(query, as_hits(snapshot, ranking)[0], snapshot.id, parameters, tuple(snapshot.damaged))

    def _why_nothing(self, parsed: Parsed) -> tuple[str, ...]:
        if parsed.words or any(clause.sign != "-" for clause in parsed.clauses):
            return ()
        if any(term is not None for term in self._analyzer(parsed.text)):
            return ()
        return ("Nothing to search for: the query holds no word that could be found.",)

    def rank_batch(
        self,
        queries: Sequence[str],
        k: int = 10,
        filter: Filter | None = None,
        *,
        k1: float = 0.9,
        b: float = 0.4,
    ) -> Ranking:
        """The same results as arrays, for evaluation and re-rankers: no object per hit."""
        return self.rank_noted(queries, k, filter, k1=k1, b=b)[0]

    def rank_noted(
        self,
        queries: Sequence[str],
        k: int = 10,
        filter: Filter | None = None,
        *,
        k1: float = 0.9,
        b: float = 0.4,
    ) -> tuple[Ranking, list[tuple[str, ...]]]:
        """As `rank_batch`, with what `search` notes of each query."""
        return self._ranked(self._state, queries, k, filter, k1, b)
