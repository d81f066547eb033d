"""Documents as weighted terms on their way into a segment: the learned-sparse twin of buffer.py."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from itertools import chain

import numpy as np

from leadline.errors import UsageError
from leadline.retrieval.lexical.buffer import checked_id
from leadline.retrieval.lexical.facets import facet_arrays
from leadline.retrieval.lexical.postings import pack, term_table, text_table, weighted
from leadline.retrieval.lexical.segment import Array

SCALE = 100
MAX_IMPACT = 65_535


def quantise(weights: Mapping[str, float]) -> dict[str, int]:
    """SPLADE's integers: rint(100 w), halves to even; zeros are left out. UsageError for NaN or below zero.

    >>> quantise({"a": .004, "b": .005, "c": .0151, "d": 1.234})
    {'c': 2, 'd': 123}
    """
    scaled = impacts(np.fromiter(weights.values(), np.float64, len(weights))).tolist()
    return {term: value for term, value in zip(weights, scaled, strict=True) if value}


def impacts(values: Array) -> Array:
    """`quantise` for an array of weights, zeros kept; int64."""
    if len(values) and not (values.min() >= 0 and values.max() * SCALE <= MAX_IMPACT):
        raise UsageError(f"Term weights must be numbers from 0 to {MAX_IMPACT / SCALE}.")
    return np.rint(values * SCALE).astype(np.int64)


class ImpactBuffer:
    """As buffer.Buffer, for mappings of terms to weights."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, int]] = {}
        self._facets: dict[str, tuple[bytes, ...]] = {}
        self.n_chunks = 0

    @property
    def ids(self) -> list[str]:
        return list(self._documents)

    def add(self, id: str, weights: Mapping[str, float], facets: tuple[bytes, ...]) -> None:
        checked_id(id)
        if any("\0" in term for term in weights):
            raise UsageError(f"Document {id!r} has a term with a zero byte.")
        self._documents[id] = quantise(weights)
        self._facets[id] = facets
        self.n_chunks += len(weights)

    def drop(self, id: str) -> None:
        self._documents.pop(id, None)

    def arrays(self) -> tuple[dict[str, Array], tuple[str, ...]]:
        """The arrays of a segment; there are no lengths or positions."""
        ids = sorted(self._documents)
        documents = [self._documents[i] for i in ids]
        names = sorted({term.encode() for document in documents for term in document})
        number = {name.decode(): i for i, name in enumerate(names)}
        sizes = [len(d) for d in documents]
        total = sum(sizes)
        term = np.fromiter((number[t] for t in chain.from_iterable(documents)), np.int64, total)
        impact = np.fromiter(chain.from_iterable(d.values() for d in documents), np.int64, total)
        doc = np.repeat(np.arange(len(ids)), sizes)
        order = np.argsort((term << 32) | doc)
        lengths = np.zeros(len(ids), np.uint32)
        id_table, id_at = text_table([i.encode() for i in ids])
        digest = b"".join(_digest(i, self._documents[i], self._facets[i]) for i in ids)
        return {
            "ids": id_table,
            "id_at": id_at,
            "lengths": lengths,
            "digest": np.frombuffer(digest, np.uint64).reshape(-1, 2),
            **term_table(names),
            **weighted(pack(term[order], doc[order], impact[order], None)),
            **facet_arrays(self._facets[i] for i in ids),
        }, ()


def _digest(id: str, weights: Mapping[str, int], facets: tuple[bytes, ...]) -> bytes:
    content = repr((id, sorted(weights.items()), facets)).encode("utf-8", "backslashreplace")
    return blake2b(content, digest_size=16).digest()
