"""One question over one segment, the usual case of a service: what `search.rank` gives for a batch of one, to the bit.

Such a question is answered in some twenty microseconds, and any call of NumPy takes half of one: this goes without
what makes ready for many questions, many segments and clauses.
"""

from __future__ import annotations

import numpy as np

from leadline.retrieval.base import Hit
from leadline.retrieval.lexical.engine import Engine, ranker
from leadline.retrieval.lexical.exhaustive import LOW, Extras, Lists
from leadline.retrieval.lexical.query import Parsed
from leadline.retrieval.lexical.segment import Array
from leadline.retrieval.lexical.snapshot import Part
from leadline.retrieval.lexical.terms import TermTable

_NO_EXTRAS = Extras(np.zeros(2, np.int64), np.empty(0, np.uint32), np.empty(0, np.float32))
_NO_FLOOR = np.zeros(1, np.uint64)
_ALL = np.empty(0, np.bool_)
_LOW = int(LOW)


def best(
    part: Part, lists: Lists, terms: TermTable, query: Parsed, k: int, mask: Array | None, engine: Engine
) -> tuple[Hit, ...]:
    """The k best documents of the only part for a query without clauses."""
    mine = terms.weigh_one(query)
    keys = np.empty((1, k), np.uint64)
    run = ranker(engine, lists, mine)
    run(lists, mine, _NO_EXTRAS, _ALL if mask is None else mask, part.entry.n_docs, _NO_FLOOR, keys, 1.0)
    keys.sort(axis=1)
    # As in search.py: the complement of a document's number below, the bits of its score above; 0 is an empty place.
    scores = keys.view(np.float32)[0, 1::2].tolist()[::-1]
    numbers = [_LOW - low for low in keys.view(np.uint32)[0, ::2].tolist()[::-1]]
    if not scores[-1]:
        del numbers[scores.index(0.0) :]
    return tuple(map(Hit, part.segment.ids_of(numbers), scores, range(1, k + 1)))
