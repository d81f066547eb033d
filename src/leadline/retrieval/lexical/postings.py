"""Token streams -> the posting arrays of a segment. Sorting and counting only; no loop over tokens.

A block's competitive pairs are those (tf, length) of its postings that no other posting of the block beats
with both a larger tf and a smaller length. Whatever k1 and b are asked for, the largest BM25 part of the block
is reached at one of them (Grand, Muir, Ferenczi, Lin: "From MaxScore to Block-Max WAND", ECIR 2020), so block
bounds are computed at query time and pruning stays exact. A block of FEW postings or less keeps none: its postings
are read instead, and most blocks of a large index, those of rare terms, are such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from leadline.retrieval.lexical.frequencies import packed
from leadline.retrieval.lexical.segment import BLOCK, FEW, RANGE_BITS, Array
from leadline.retrieval.lexical.sums import sampled

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


def pack(term: Array, doc: Array, tf: Array, lengths: Array | None) -> dict[str, Array]:
    """Posting and block arrays of postings that are sorted by (term, document). Terms are 0..T-1, all used.

    Made for `join`, and then `compact`; or, without lengths and so without pairs, `weighted`.
    """
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
        "term_n": np.bincount(term[start], minlength=n_terms).astype(np.uint32),
        "block_range": narrow(doc[start] >> RANGE_BITS, smallest=np.uint8),
        "block_first": doc[start].astype(np.uint16),
        "block_n": np.diff(ends).astype(np.uint8),
        "block_pos": before[start].astype(np.uint64),
        **({} if lengths is None else competitive_pairs(ends, tf, lengths[doc])),
        "docs": (doc & 0xFFFF).astype(np.uint16),
        "tfs": narrow(tf, smallest=np.uint8),
    }


def compact(postings: Mapping[str, Array]) -> dict[str, Array]:
    """Packed postings as a segment of texts has them."""
    large, pair_n = postings["block_n"] > FEW, postings["pair_n"]
    pairs = {"large_at": sampled(large), "pair_n": pair_n[large], "pair_at": sampled(pair_n)}
    return {**postings, **_blocks(postings), **pairs, **packed(postings["tfs"])}


def weighted(postings: Mapping[str, Array]) -> dict[str, Array]:
    """Packed postings as a segment of impacts has them: those in the place of frequencies, without positions."""
    ends = np.cumsum(postings["block_n"], dtype=np.int64)
    top = np.maximum.reduceat(postings["tfs"], ends - postings["block_n"]) if len(ends) else ends
    return {
        **_blocks(postings),
        "block_top": top.astype(np.uint16),
        "block_pos": np.empty(0, np.uint64),
        "docs": postings["docs"],
        "impacts": postings["tfs"],
        "positions": np.empty(0, np.uint16),
    }


def _blocks(postings: Mapping[str, Array]) -> dict[str, Array]:
    """Where the blocks of terms and the postings of blocks are."""
    term_n, block_n = narrow(postings["term_n"], smallest=np.uint8), postings["block_n"]
    return {
        "term_n": term_n,
        "term_block": sampled(term_n),
        "block_range": postings["block_range"],
        "block_first": postings["block_first"],
        "block_n": block_n,
        "block_at": sampled(block_n),
    }


def competitive_pairs(ends: Array, tf: Array, length: Array) -> dict[str, Array]:
    """pair_n[B], pair_tf, pair_len: per block of postings, falling tf with falling length."""
    sizes = np.diff(ends)
    large = sizes > FEW
    pair_n = np.zeros(len(sizes), np.uint8)
    among = np.repeat(large, sizes)
    ends = np.concatenate([[0], np.cumsum(sizes[large])])
    pair_n[large], pairs = _pairs(ends, tf[among], length[among])
    return {"pair_n": pair_n, **pairs}


def _pairs(ends: Array, tf: Array, length: Array) -> tuple[Array, dict[str, Array]]:
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
    return np.diff(np.searchsorted(owner, np.arange(n_blocks + 1))), {
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
    return np.frombuffer(b"".join(entries), np.uint8), at if at[-1] >> 32 else at.astype(np.uint32)


def term_table(terms: Sequence[bytes]) -> dict[str, Array]:
    """The dictionary of a segment: terms on end, their lengths, and where every 64th begins."""
    lengths = narrow(np.array([len(term) for term in terms], np.int64), smallest=np.uint8)
    return {
        "terms": np.frombuffer(b"".join(terms), np.uint8),
        "term_len": lengths,
        "term_at": sampled(lengths),
    }


def join(chunks: Sequence[dict[str, Array]]) -> dict[str, Array]:
    """Packed postings of consecutive ranges of terms (each numbered from 0) as one."""
    starts = np.cumsum([0, *(len(chunk["positions"]) for chunk in chunks)]).tolist()
    shifted = [
        chunk | {"block_pos": chunk["block_pos"] + np.uint64(start)}
        for chunk, start in zip(chunks, starts, strict=False)
    ]
    return {name: np.concatenate([chunk[name] for chunk in shifted]) for name in shifted[0]}
