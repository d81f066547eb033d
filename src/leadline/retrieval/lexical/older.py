"""Segments of format 1, brought to today's arrays in memory when they are opened. A merge writes them anew.

Format 1 had one byte or more per term frequency, offsets of postings and competitive pairs for every block, and no
arrays of its own for impacts: they stood in the place of term frequencies, without positions.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from leadline.retrieval.lexical.postings import compact, narrow, weighted
from leadline.retrieval.lexical.segment import FEW, RANGE_BITS, Array
from leadline.retrieval.lexical.sums import sampled

_KEPT = ("block_pos", "docs", "tfs")
_CHANGED = ("term_at", "term_block", "block_first", "block_start", "pair_at", "pair_tf", "pair_len", *_KEPT)


def upgraded(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays of a segment of format 1 as those of format 2."""
    kept = {name: array for name, array in arrays.items() if name not in _CHANGED}
    lengths = narrow(np.diff(arrays["term_at"]), smallest=np.uint8)
    dictionary = {"term_len": lengths, "term_at": sampled(lengths)}
    first, block_n, pair_n = arrays["block_first"], np.diff(arrays["block_start"]), np.diff(arrays["pair_at"])
    large = np.repeat(block_n > FEW, pair_n)
    postings = {name: arrays[name] for name in _KEPT} | {
        "term_n": np.diff(arrays["term_block"]),
        "block_range": narrow(first >> RANGE_BITS, smallest=np.uint8),
        "block_first": first.astype(np.uint16),
        "block_n": block_n.astype(np.uint8),
        "pair_n": np.where(block_n > FEW, pair_n, 0).astype(np.uint8),
        "pair_tf": arrays["pair_tf"][large],
        "pair_len": arrays["pair_len"][large],
    }
    impacts = len(arrays["docs"]) and not len(arrays["positions"])
    return kept | dictionary | (weighted if impacts else compact)(postings)
