"""One question over one segment, the usual case of a service: what `search.rank` gives for a batch of one, to the bit.

Such a question is answered in some twenty microseconds, and any call of NumPy takes one: this goes without what makes
ready for many questions, many segments and clauses.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from leadline.retrieval.base import Hit
from leadline.retrieval.lexical.exhaustive import Lists
from leadline.retrieval.lexical.query import Parsed
from leadline.retrieval.lexical.segment import Array
from leadline.retrieval.lexical.snapshot import Part
from leadline.retrieval.lexical.terms import TermTable

_ALL = np.empty(0, np.bool_)
_NO_BOOSTS = np.empty(0, np.float64)


def best(
    kernels: Any, part: Part, lists: Lists, terms: TermTable, query: Parsed, k: int, mask: Array | None
) -> tuple[Hit, ...]:
    """The k best documents of the only part for a query without clauses. kernels: single_kernels.py."""
    numbers, boosts, known = terms.number(query)
    found, scores = kernels.rank_one(
        lists,
        np.array(numbers, np.int64),
        np.array(boosts) if boosts else _NO_BOOSTS,
        known.spans[0],
        known.weights,
        _ALL if mask is None else mask,
        part.entry.n_docs,
        k,
    )
    return tuple(map(Hit, part.segment.ids_of(found.tolist()), scores.tolist(), range(1, k + 1)))
