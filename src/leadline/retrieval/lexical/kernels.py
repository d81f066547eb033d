"""Compiled search: MaxScore over ranges of documents (maxscore.py). Needs numba; exhaustive.py does not.

Importing this module takes over a second: see engine.py for when.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from leadline.retrieval.lexical.best import GROUP
from leadline.retrieval.lexical.bounds import UNITS, prepare
from leadline.retrieval.lexical.exhaustive import Extras, Lists, Terms
from leadline.retrieval.lexical.frequency_kernels import ROOM
from leadline.retrieval.lexical.maxscore import RANGE, Query, Room, search
from leadline.retrieval.lexical.segment import Array


def rank(
    lists: Lists,
    terms: Terms,
    extras: Extras,
    allowed: Array,
    n_docs: int,
    floor: Array,
    out: Array,
    over: float = 1.0,
) -> None:
    """Fill out[q] with the k best keys of each query, in no order; 0 where there are fewer.

    floor[q] is a key that results must exceed; allowed is empty or says per document whether it may be found.
    over = 1 is exact; above, bounds are taken for so many times less: what no document comes near is not read.
    """
    rank_all(lists, terms, extras, allowed, n_docs, floor, out, over)


@njit(cache=True, error_model="numpy")
def rank_all(lists, terms, extras, allowed, n_docs, floor, out, over):  # type: ignore[no-untyped-def]
    """`rank`, for compiled code."""
    first, end = terms.blocks[:, 0].copy(), terms.blocks[:, 1].copy()
    scale = terms.weight / np.float32(over if lists.linear else over * UNITS)
    n_most = 1
    for q in range(len(out)):
        n_most = max(n_most, terms.at[q + 1] - terms.at[q])
        for t in range(terms.at[q], terms.at[q + 1]):
            if first[t] < end[t] and lists.bounds[first[t]] == 0:
                prepare(lists, first[t], end[t])
    room = make_room(n_most, n_docs, out.shape[1])
    for q in range(len(out)):
        mine, extra = slice(terms.at[q], terms.at[q + 1]), slice(extras.at[q], extras.at[q + 1])
        query = Query(
            first[mine],
            end[mine],
            terms.weight[mine],
            scale[mine],
            extras.doc[extra],
            extras.part[extra],
            allowed,
        )
        search(lists, query, n_docs, floor[q], room, out[q])


@njit(cache=True, error_model="numpy")
def make_room(n_terms, n_docs, k):  # type: ignore[no-untyped-def]
    """For queries of at most so many terms and results."""
    width = -(-min(n_docs, RANGE) // GROUP) * GROUP
    cell = np.empty(1, np.float32)
    return Room(
        np.empty((4, n_terms), np.int64),
        np.empty(n_terms + 1, np.float64),
        np.zeros(width, np.float32),
        np.empty((2, width // GROUP), np.int32),
        np.empty(width + 1, np.int32),
        np.empty(width + 1, np.float32),
        np.empty(width + 1, np.int32),
        np.empty(ROOM + 2, np.float32),
        cell,
        cell.view(np.int32),
        np.empty(k + max(k, 64), np.uint64),
    )
