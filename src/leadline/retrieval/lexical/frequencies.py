"""Term frequencies as a segment keeps them: two to a byte, because nearly all are small.

tfs[ceil(P / 2)]    posting 2i in the lower half of a byte, 2i + 1 in the upper; 15 stands for 15 or more
high_at, high_tf    the postings with 15 or more, ascending, and what they have
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from leadline.retrieval.lexical.segment import Array

HIGH = 15


def packed(tf: Array) -> dict[str, Array]:
    """The three arrays.

    >>> {name: array.tolist() for name, array in packed(np.array([1, 2, 40])).items()}
    {'tfs': [33, 15], 'high_at': [2], 'high_tf': [40]}
    """
    low = np.zeros(len(tf) + len(tf) % 2, np.uint8)
    np.minimum(tf, HIGH, out=low[: len(tf)], casting="unsafe")
    high = np.flatnonzero(low == HIGH)
    return {
        "tfs": low[::2] | (low[1::2] << 4),
        "high_at": high.astype(np.uint32),
        "high_tf": tf[high].astype(np.uint32),
    }


def unpacked(tfs: Array, high_at: Array, high_tf: Array, first: int, end: int) -> Array:
    """The frequencies of postings [first, end), uint32."""
    odd = first % 2
    both = tfs[first // 2 : (end + 1) // 2]
    tf = np.empty((len(both), 2), np.uint32)
    tf[:, 0], tf[:, 1] = both & HIGH, both >> 4
    found = tf.ravel()[odd : odd + end - first]
    mine = slice(*np.searchsorted(high_at, [first, end]).tolist())
    found[high_at[mine].astype(np.int64) - first] = high_tf[mine]
    return found
