"""Token streams -> the posting arrays of a segment, compiled: what `postings.invert` gives, sooner. Needs numba.

A counting sort by term: one pass counts, one puts the document and position of every token into its place, one goes
through the terms and counts equal documents, and one cuts the postings into blocks.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from leadline.retrieval.lexical.postings import MAX_LENGTH, narrow
from leadline.retrieval.lexical.segment import BLOCK, FEW, RANGE_BITS, Array


def invert(tokens: Array, doc_start: Array, lengths: Array) -> dict[str, Array]:
    """As `postings.invert`."""
    at = np.zeros(int(tokens.max(initial=-1)) + 2, np.int64)
    _count(tokens, at)
    doc, position = np.empty(int(at[-1]), np.uint32), np.empty(int(at[-1]), np.uint32)
    _place(tokens, doc_start, at[:-1].copy(), doc, position)
    tf, posting_at = np.empty(len(doc), np.uint32), np.zeros_like(at)
    n = _postings(at, doc, tf, posting_at)
    return pack(posting_at, doc[:n], tf[:n], lengths) | {"positions": narrow(position)}


def pack(posting_at: Array, doc: Array, tf: Array, lengths: Array) -> dict[str, Array]:
    """As `postings.pack`, with the place of each term's first posting instead of the term of each posting."""
    term_n = _n_blocks(posting_at, doc)
    n_blocks = int(term_n.sum())
    first, block_n = np.empty(n_blocks, np.uint32), np.empty(n_blocks, np.uint8)
    pos, pair_n = np.empty(n_blocks, np.uint64), np.zeros(n_blocks, np.uint8)
    pair_tf, pair_len = np.empty(len(doc), np.uint32), np.empty(len(doc), np.uint32)
    n_pairs = _blocks(posting_at, doc, tf, lengths, first, block_n, pos, pair_n, pair_tf, pair_len)
    return {
        "term_n": term_n,
        "block_range": narrow(first >> RANGE_BITS, smallest=np.uint8),
        "block_first": first.astype(np.uint16),
        "block_n": block_n,
        "block_pos": pos,
        "pair_n": pair_n,
        "pair_tf": narrow(pair_tf[:n_pairs], smallest=np.uint8),
        # A length cut to 16 bits only loosens the bound.
        "pair_len": np.minimum(pair_len[:n_pairs], 0xFFFF).astype(np.uint16),
        "docs": doc.astype(np.uint16),
        "tfs": narrow(tf, smallest=np.uint8),
    }


@njit(cache=True)
def _count(tokens, at):  # type: ignore[no-untyped-def]
    """at[t + 1]: where the tokens of term t end. -1 is a gap."""
    for token in tokens:
        if token >= 0:
            at[token + 1] += 1
    for t in range(1, len(at)):
        at[t] += at[t - 1]


@njit(cache=True)
def _place(tokens, doc_start, at, doc, position):  # type: ignore[no-untyped-def]
    for d in range(len(doc_start) - 1):
        for i in range(doc_start[d], doc_start[d + 1]):
            token = tokens[i]
            if token >= 0:
                j = at[token]
                at[token] = j + 1
                doc[j] = d
                position[j] = i - doc_start[d]


@njit(cache=True)
def _postings(at, doc, tf, posting_at):  # type: ignore[no-untyped-def]
    """Equal documents of a term become one posting; doc is overwritten. Returns how many postings there are."""
    n = 0
    for t in range(len(at) - 1):
        begin = n
        for i in range(at[t], at[t + 1]):
            if n > begin and doc[n - 1] == doc[i]:
                tf[n - 1] += 1
            else:
                doc[n] = doc[i]
                tf[n] = 1
                n += 1
        posting_at[t + 1] = n
    return n


@njit(cache=True)
def _block_end(doc, i, end):  # type: ignore[no-untyped-def]
    """Where the block that begins with posting i ends: after BLOCK postings or before the next range."""
    stop = min(end, i + BLOCK)
    above = (np.int64(doc[i]) >> RANGE_BITS) + 1
    if (np.int64(doc[stop - 1]) >> RANGE_BITS) < above:
        return stop
    j = i + 1
    while (np.int64(doc[j]) >> RANGE_BITS) < above:
        j += 1
    return j


@njit(cache=True)
def _n_blocks(posting_at, doc):  # type: ignore[no-untyped-def]
    term_n = np.zeros(len(posting_at) - 1, np.uint32)
    for t in range(len(posting_at) - 1):
        i, end = posting_at[t], posting_at[t + 1]
        while i < end:
            i = _block_end(doc, i, end)
            term_n[t] += 1
    return term_n


@njit(cache=True)
def _blocks(posting_at, doc, tf, lengths, first, block_n, pos, pair_n, pair_tf, pair_len):  # type: ignore[no-untyped-def]
    block, n_pairs, n_positions = 0, 0, np.uint64(0)
    for t in range(len(posting_at) - 1):
        i, end = posting_at[t], posting_at[t + 1]
        while i < end:
            stop = _block_end(doc, i, end)
            first[block], block_n[block], pos[block] = doc[i], stop - i, n_positions
            if stop - i > FEW:
                before = n_pairs
                n_pairs = _pairs(doc, tf, lengths, i, stop, before, pair_tf, pair_len)
                pair_n[block] = n_pairs - before
            for j in range(i, stop):
                n_positions += np.uint64(tf[j])
            block += 1
            i = stop
    return n_pairs


@njit(cache=True)
def _pairs(doc, tf, lengths, i, stop, begin, pair_tf, pair_len):  # type: ignore[no-untyped-def]
    """Append the (tf, length) that no other of the block beats: falling tf, falling length. Returns the new end."""
    n = begin
    for j in range(i, stop):
        f, size = tf[j], np.uint32(min(lengths[doc[j]], MAX_LENGTH))
        at = n
        while at > begin and pair_tf[at - 1] < f:
            at -= 1
        if at > begin and pair_len[at - 1] <= size:
            continue  # the one before has as large a tf, and is no longer
        if at > begin and pair_tf[at - 1] == f:
            at -= 1
        beaten = at
        while beaten < n and pair_len[beaten] >= size:
            beaten += 1
        gone = beaten - at
        if gone == 0:
            for p in range(n, at, -1):
                pair_tf[p], pair_len[p] = pair_tf[p - 1], pair_len[p - 1]
        elif gone > 1:
            for p in range(beaten, n):
                pair_tf[p - gone + 1], pair_len[p - gone + 1] = pair_tf[p], pair_len[p]
        n += 1 - gone
        pair_tf[at], pair_len[at] = f, size
    return n
