"""Exhaustive search with NumPy alone: every posting of every term is scored. The yardstick for kernels.py,
whose results it equals to the bit, and the engine wherever numba is not installed or not worth importing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leadline.retrieval.lexical.frequencies import unpacked
from leadline.retrieval.lexical.segment import Array, documents, posting_span

LOW = np.uint64(0xFFFFFFFF)


class Lists(NamedTuple):
    """The postings of a segment and what they weigh under the parameters asked for."""

    docs: Array
    tfs: Array
    """Frequencies (frequencies.py), or impacts."""
    high_at: Array
    high_tf: Array
    block_range: Array
    block_first: Array
    block_n: Array
    block_at: Array
    large_at: Array
    pair_n: Array
    pair_at: Array
    pair_tf: Array
    pair_len: Array
    bounds: Array
    """uint16: the largest impact in every block, or the largest part in 65,535ths, rounded up; 0 before its term was
    first asked for."""
    norm: Array
    ready: Array
    """tf / (tf + norm[document]) of every posting, where that is kept; 0 before its term was first asked for."""
    flat: float
    slope: float
    """norm = flat + slope * length."""
    linear: bool
    """False: tf / (tf + norm[document]), BM25. True: tf itself, an impact."""


class Terms(NamedTuple):
    """The terms of all queries on end; those of query q at [at[q], at[q + 1]). blocks[n, 2] are [first, end)."""

    at: Array
    blocks: Array
    weight: Array


class Extras(NamedTuple):
    """Parts of scores that were computed beforehand (phrases, fields), by ascending document."""

    at: Array
    doc: Array
    part: Array


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
    """As `kernels.rank`: fill out[q] with the k best keys of each query, 0 where there are fewer. Always exact."""
    for q in range(len(out)):
        scores = np.zeros(n_docs, np.float32)
        mine = slice(int(extras.at[q]), int(extras.at[q + 1]))
        scores[extras.doc[mine]] += extras.part[mine]
        for t in range(int(terms.at[q]), int(terms.at[q + 1])):
            _add(scores, lists, int(terms.blocks[t, 0]), int(terms.blocks[t, 1]), terms.weight[t])
        if len(allowed):
            scores *= allowed
        found = np.flatnonzero(scores)
        keys = (scores[found].view(np.uint32).astype(np.uint64) << np.uint64(32)) | (
            LOW - found.astype(np.uint64)
        )
        keys = keys[keys > floor[q]]
        k = out.shape[1]
        if len(keys) > k:
            keys = np.partition(keys, len(keys) - k)[len(keys) - k :]
        out[q, : len(keys)] = keys
        out[q, len(keys) :] = 0


def _add(scores: Array, lists: Lists, first: int, end: int, weight: np.float32) -> None:
    mine = slice(*posting_span(lists.block_n, lists.block_at, first, end))
    docs = documents(lists.docs[mine], lists.block_range[first:end], lists.block_n[first:end])
    if lists.linear:
        tf = lists.tfs[mine].astype(np.float32)
    else:
        tf = unpacked(lists.tfs, lists.high_at, lists.high_tf, mine.start, mine.stop).astype(np.float32)
    scores[docs] += weight * (tf if lists.linear else tf / (tf + lists.norm[docs]))
