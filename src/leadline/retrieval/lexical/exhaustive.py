"""Exhaustive search with NumPy alone: every posting of every term is scored. The yardstick for kernels.py,
whose results it equals to the bit, and the engine wherever numba is not installed or not worth importing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leadline.retrieval.lexical.segment import Array

LOW = np.uint64(0xFFFFFFFF)


class Lists(NamedTuple):
    """The postings of a segment and what they weigh under the parameters asked for."""

    docs: Array
    tfs: Array
    block_first: Array
    block_start: Array
    pair_at: Array
    pair_tf: Array
    pair_len: Array
    bounds: Array
    """The largest part in every block; 0 before its term was first asked for."""
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
    starts = lists.block_start[first : end + 1].astype(np.int64)
    base = (lists.block_first[first:end] & np.uint32(0xFFFF0000)).astype(np.int64)
    mine = slice(int(starts[0]), int(starts[-1]))
    docs = np.repeat(base, np.diff(starts)) + lists.docs[mine]
    tf = lists.tfs[mine].astype(np.float32)
    scores[docs] += weight * (tf if lists.linear else tf / (tf + lists.norm[docs]))
