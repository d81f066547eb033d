"""Token streams -> the posting arrays of a segment. Sorting and counting only; no loop over tokens.

A block's competitive pairs are those (tf, length) of its postings that no other posting of the block beats
with both a larger tf and a smaller length. Whatever k1 and b are asked for, the largest BM25 part of the block
is reached at one of them (Grand, Muir, Ferenczi, Lin: "From MaxScore to Block-Max WAND", ECIR 2020), so block
bounds are computed at query time and pruning stays exact.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leadline.retrieval.lexical.segment import Array

BLOCK = 128
RANGE_BITS = 16
MAX_LENGTH = (1 << 22) - 1
"""Most tokens of one document: competitive pairs are sorted as packed integers."""


def invert(tokens: Array, doc_start: Array, lengths: Array) -> dict[str, Array]:
    """Postings of a stream. tokens[i] is a term number or -1 (a gap that keeps its position).

    doc_start[N+1] cuts the stream into documents, lengths[N] counts each one's terms (for the pairs).
    """
    spans = np.diff(doc_start)
    kept = np.flatnonzero(tokens >= 0)
    doc = np.repeat(np.arange(len(spans), dtype=np.uint32), spans)[kept]
    position = (kept - np.repeat(doc_start[:-1], spans)[kept]).astype(np.uint32)
    # One sort of (term, place in the stream): the place makes keys unique and carries document and position.
    keys = (tokens[kept].astype(np.uint64) << np.uint64(32)) | np.arange(len(kept), dtype=np.uint64)
    keys.sort()
    place = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    term = (keys >> np.uint64(32)).astype(np.int64)
    doc, position = doc[place], position[place]
    first = np.ones(len(keys), np.bool_)
    first[1:] = (term[1:] != term[:-1]) | (doc[1:] != doc[:-1])
    starts = np.flatnonzero(first)
    tf = np.diff(np.append(starts, len(keys)))
    return pack(term[starts], doc[starts], tf, lengths) | {"positions": narrow(position)}


def pack(term: Array, doc: Array, tf: Array, lengths: Array) -> dict[str, Array]:
    """Posting and block arrays of postings that are sorted by (term, document). Terms are 0..T-1, all used."""
    n = len(term)
    group = np.ones(n, np.bool_)
    group[1:] = (term[1:] != term[:-1]) | ((doc[1:] >> RANGE_BITS) != (doc[:-1] >> RANGE_BITS))
    group_start = np.flatnonzero(group)
    within = np.arange(n) - np.repeat(group_start, np.diff(np.append(group_start, n)))
    start = np.flatnonzero(within % BLOCK == 0)
    n_terms = int(term[-1]) + 1 if n else 0
    ends = np.append(start, n)
    before = np.concatenate([[0], np.cumsum(tf, dtype=np.uint64)])
    return {
        "term_block": np.searchsorted(term[start], np.arange(n_terms + 1)).astype(np.uint32),
        "block_first": doc[start].astype(np.uint32),
        "block_start": ends.astype(np.uint32),
        "block_pos": before[start].astype(np.uint64),
        **competitive_pairs(ends, tf, lengths[doc]),
        "docs": (doc & 0xFFFF).astype(np.uint16),
        "tfs": narrow(tf, smallest=np.uint8),
    }


def competitive_pairs(ends: Array, tf: Array, length: Array) -> dict[str, Array]:
    """pair_at[B+1], pair_tf, pair_len: per block of postings, falling tf with falling length."""
    n_blocks = len(ends) - 1
    block = np.repeat(np.arange(n_blocks), np.diff(ends))
    rare = np.flatnonzero(tf > 1)
    # Of the many postings with tf 1 only the shortest of each block can compete.
    ones = np.where(tf == 1, length, MAX_LENGTH).astype(np.int64)
    shortest = np.minimum.reduceat(ones, ends[:-1]) if n_blocks else ones
    has_one = np.flatnonzero(shortest < MAX_LENGTH)
    blocks = np.concatenate([block[rare], has_one]).astype(np.uint64)
    tfs = np.concatenate([tf[rare], np.ones(len(has_one), np.int64)]).astype(np.uint64)
    lens = np.concatenate([np.minimum(length[rare], MAX_LENGTH), shortest[has_one]]).astype(np.uint64)
    kept_block, kept_tf, kept_len = [], [], []
    for low in range(0, n_blocks, 1 << 20):  # 20 bits of block, 22 of tf, 22 of length
        mine = (blocks >= low) & (blocks < low + (1 << 20))
        key = ((blocks[mine] - np.uint64(low)) << np.uint64(44)) | (
            np.uint64(MAX_LENGTH) - tfs[mine]
        ) << np.uint64(22)
        key = np.sort(key | lens[mine])
        b, t, size = (
            key >> np.uint64(44),
            (key >> np.uint64(22)) & np.uint64(MAX_LENGTH),
            key & np.uint64(MAX_LENGTH),
        )
        # Running minimum of length inside each block: later blocks live on lower levels.
        level = size.astype(np.int64) - (b.astype(np.int64) << 22)
        best = np.minimum.accumulate(level)
        keep = np.ones(len(key), np.bool_)
        keep[1:] = level[1:] < best[:-1]
        kept_block.append(b[keep] + np.uint64(low))
        kept_tf.append(np.uint64(MAX_LENGTH) - t[keep])
        kept_len.append(size[keep])
    owner = np.concatenate(kept_block) if kept_block else np.empty(0, np.uint64)
    return {
        "pair_at": np.searchsorted(owner, np.arange(n_blocks + 1)).astype(np.uint32),
        "pair_tf": narrow(_join(kept_tf), smallest=np.uint8),
        # A length cut to 16 bits only loosens the bound.
        "pair_len": np.minimum(_join(kept_len), 0xFFFF).astype(np.uint16),
    }


def _join(parts: Sequence[Array]) -> Array:
    return np.concatenate(parts) if parts else np.empty(0, np.uint64)


def narrow(values: Array, smallest: type[np.unsignedinteger] = np.uint16) -> Array:
    """The values in the smallest unsigned type that holds them."""
    largest = int(values.max()) if len(values) else 0
    for dtype in (np.uint8, np.uint16, np.uint32):
        if np.iinfo(dtype).max >= largest and np.dtype(dtype).itemsize >= np.dtype(smallest).itemsize:
            return values.astype(dtype)
    raise ValueError(f"{largest} does not fit 32 bits")


def text_table(entries: Sequence[bytes]) -> tuple[Array, Array]:
    """Bytes of all entries on end, and where each begins (one more offset than entries)."""
    at = np.zeros(len(entries) + 1, np.int64)
    np.cumsum([len(e) for e in entries], out=at[1:])
    return np.frombuffer(b"".join(entries), np.uint8), at


def join(chunks: Sequence[dict[str, Array]]) -> dict[str, Array]:
    """Packed postings of consecutive ranges of terms (each numbered from 0) as one."""
    shifted: list[dict[str, Array]] = []
    blocks = postings = n_positions = pairs = 0
    for chunk in chunks:
        last = chunk is chunks[-1]
        ends = slice(None) if last else slice(None, -1)
        shifted.append(
            chunk
            | {
                "term_block": chunk["term_block"][ends] + np.uint32(blocks),
                "block_start": chunk["block_start"][ends] + np.uint32(postings),
                "block_pos": chunk["block_pos"] + np.uint64(n_positions),
                "pair_at": chunk["pair_at"][ends] + np.uint32(pairs),
            }
        )
        blocks += len(chunk["block_first"])
        postings += len(chunk["docs"])
        n_positions += len(chunk["positions"])
        pairs += len(chunk["pair_tf"])
    return {name: np.concatenate([chunk[name] for chunk in shifted]) for name in shifted[0]}
