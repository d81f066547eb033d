"""Approximate learned-sparse search through Seismic (Bruch, Nardini, Rulli, Venturini, SIGIR 2024; extra `sparse`).

Posting lists are cut to their heaviest documents and clustered; a search reads the clusters whose summary promises
enough. It always stands beside an exact ImpactIndex over the same documents: scores are the same integer dot products
(weights times 100, rounded), recall is measured against it, and a search with a filter is the exact index's, since the
package cannot filter inside its search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.errors import UsageError, need
from leadline.retrieval.ann import recall
from leadline.retrieval.base import Filter, Hit, Hits
from leadline.retrieval.dense import check_k, ranked
from leadline.retrieval.impacts import ImpactIndex, Weights
from leadline.retrieval.lexical.impact_buffer import quantise

LARGEST = 2048
"""Half-precision floats, in which the package keeps weights, hold integers exactly up to here."""


class SeismicIndex:
    """`documents` are those of `exact`, id -> weights; `build` are the package's own options (n_postings, ...).

    query_cut: how many of a query's heaviest terms choose the clusters. heap_factor: a cluster is skipped when its
    summary times this stays under the k-th score; smaller reads more.
    """

    def __init__(self, exact: ImpactIndex, documents: Mapping[str, Weights], **build: Any) -> None:
        package = need("seismic", "sparse", "Seismic search")
        if len(documents) != len(exact):
            raise UsageError(f"{len(documents)} documents stand beside an exact index of {len(exact)}.")
        self.exact, self._dtype = exact, package.get_seismic_string()
        self._numbers: dict[str, str] = {}
        """Term -> its number as text: the package cuts long strings."""
        data = package.SeismicDataset()
        for id, weights in documents.items():
            terms, values = self._arrays(quantise(weights), learn=True)
            if len(values) and values.max() > LARGEST:
                raise UsageError(
                    f"Document {id!r} has a weight above {LARGEST / 100}.", remedy="Scale the weights down."
                )
            data.add_document(id, terms, values)
        self._index = (
            package.SeismicIndex.build_from_dataset(data, num_threads=1, **build) if documents else None
        )
        self.recall: dict[tuple[int, int, float], float] = {}
        """(k, query_cut, heap_factor) -> measured recall."""

    def _arrays(
        self, weights: Mapping[str, int], *, learn: bool = False
    ) -> tuple[NDArray[Any], NDArray[np.float32]]:
        if learn:
            for term in weights:
                self._numbers.setdefault(term, str(len(self._numbers)))
        known = [(self._numbers[term], value) for term, value in weights.items() if term in self._numbers]
        return (np.array([number for number, _ in known], dtype=self._dtype),
                np.array([value for _, value in known], np.float32))  # fmt: skip

    def rank_weights(
        self, queries: Sequence[Weights], k: int = 10, *, query_cut: int = 10, heap_factor: float = 0.8
    ) -> list[tuple[Hit, ...]]:
        """The best k that the walk finds, per query."""
        k = check_k(k, len(self.exact))
        if query_cut < 1 or not 0 < heap_factor <= 1:
            raise UsageError(f"query_cut is {query_cut} and heap_factor {heap_factor}.",
                             remedy="Use at least 1, and a number above 0 up to 1.")  # fmt: skip
        if self._index is None:
            return [() for _ in queries]
        arrays = [self._arrays(quantise(query)) for query in queries]
        asked = [n for n, (terms, _) in enumerate(arrays) if len(terms)]
        found: dict[str, list[tuple[str, float]]] = {}
        if asked:
            rows = self._index.batch_search(
                queries_ids=np.array([str(n) for n in asked], dtype=self._dtype),
                query_components=[arrays[n][0] for n in asked],
                query_values=[arrays[n][1] for n in asked],
                k=k, query_cut=query_cut, heap_factor=heap_factor, num_threads=1,
            )  # fmt: skip
            found = {some[0][0]: [(id, score) for _, score, id in some] for some in rows if some}
        return [ranked(found.get(str(n), []), k) for n in range(len(queries))]

    def search_weights(
        self,
        queries: Sequence[Weights],
        k: int = 10,
        filter: Filter | None = None,
        *,
        query_cut: int = 10,
        heap_factor: float = 0.8,
        texts: Sequence[str] = (),
    ) -> list[Hits]:
        """As ImpactIndex.search_weights; every answer says how it was found, and the recall measured for that."""
        if filter:
            return self.exact.search_weights(queries, k, filter, texts=texts)
        parameters = {"query_cut": query_cut, "heap_factor": heap_factor}
        note = (self.note(k, query_cut, heap_factor),)
        rankings = self.rank_weights(queries, k, query_cut=query_cut, heap_factor=heap_factor)
        shown = texts or [" ".join(query) for query in queries]
        return [
            Hits(text, hits, self.exact.id, parameters, note)
            for text, hits in zip(shown, rankings, strict=True)
        ]

    def measure_recall(
        self, queries: Sequence[Weights], k: int = 10, *, query_cut: int = 10, heap_factor: float = 0.8
    ) -> float:
        """Mean share of the exact top k that the walk finds; remembered for `note`."""
        walk = self.rank_weights(queries, k, query_cut=query_cut, heap_factor=heap_factor)
        truth = self.exact.search_weights(queries, k)
        shares = [recall(w, t.hits) for w, t in zip(walk, truth, strict=True)]
        self.recall[k, query_cut, heap_factor] = value = float(np.mean(shares)) if shares else 1.0
        return value

    def note(self, k: int, query_cut: int, heap_factor: float) -> str:
        """What stands beside every ranking of this index."""
        measured = self.recall.get((k, query_cut, heap_factor))
        shown = "not measured" if measured is None else f"{measured:.3f} against the exact index"
        return (
            f"approximate (Seismic, query_cut {query_cut}, heap_factor {heap_factor:g}): recall@{k} {shown}"
        )
