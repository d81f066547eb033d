"""Compiled inversion gives the arrays of the NumPy one, to the type and the last element."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.retrieval.lexical import inversion, postings, ranges
from leadline.retrieval.lexical.frequencies import packed, unpacked


@pytest.mark.parametrize(
    ("n_docs", "longest", "n_terms"),
    [(0, 5, 3), (1, 5, 3), (400, 40, 9), (70_000, 8, 50), (3_000, 30, 4_000)],
)
def test_both_inversions_agree(n_docs: int, longest: int, n_terms: int) -> None:
    """Gaps, repeated words, empty documents, blocks cut by length and by range."""
    rng = np.random.default_rng(n_docs)
    doc_start = np.concatenate([[0], np.cumsum(rng.integers(0, longest, n_docs))]).astype(np.int64)
    tokens = np.minimum(rng.zipf(1.3, doc_start[-1]), n_terms) - 1
    kept = rng.random(len(tokens)) < 0.9
    tokens[kept] = np.unique(tokens[kept], return_inverse=True)[1]
    tokens = np.where(kept, tokens, -1).astype(np.int32)
    lengths = np.diff(np.concatenate([[0], np.cumsum(kept)])[doc_start]).astype(np.uint32)
    plain, compiled = (m.invert(tokens, doc_start, lengths) for m in (postings, inversion))
    assert plain.keys() == compiled.keys()
    for name, array in plain.items():
        assert compiled[name].dtype == array.dtype, name
        assert np.array_equal(compiled[name], array), name


def test_competitive_pairs_by_hand() -> None:
    """Documents of lengths 5, 3, 4, 3 with the word 2, 1, 2, 1 times: (2, 4) beats (2, 5); (1, 3) stays, once.

    Four postings are read when their bound is needed; three times as many, more than FEW, keep their pairs."""
    tokens, spans, lengths = [0, 0, -1, 0, 0, 0, 0], [3, 1, 2, 1], [5, 3, 4, 3]
    for copies, pairs in ((1, []), (3, [(2, 4), (1, 3)])):
        doc_start = np.concatenate([[0], np.cumsum(spans * copies)])
        arrays = inversion.invert(
            np.array(tokens * copies, np.int32), doc_start, np.array(lengths * copies, np.uint32)
        )
        assert arrays["tfs"].tolist() == [2, 1, 2, 1] * copies
        assert arrays["pair_n"].tolist() == [len(pairs)]
        assert list(zip(arrays["pair_tf"].tolist(), arrays["pair_len"].tolist(), strict=True)) == pairs
        assert arrays["positions"].tolist() == [0, 1, 0, 0, 1, 0] * copies


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_frequencies_come_back_from_half_bytes(tf: list[int], first: int, end: int) -> None:
    """Any stretch of postings, beginning and ending in the middle of a byte or not, 15 and more among them."""
    arrays = packed(np.array(tf, np.uint32))
    first, end = min(first, end, len(tf)), min(max(first, end), len(tf))
    assert unpacked(**arrays, first=first, end=end).tolist() == tf[first:end]
    assert len(arrays["tfs"]) == (len(tf) + 1) // 2
    assert [ranges.frequency(*arrays.values(), i) for i in range(len(tf))] == tf
    room = np.empty(ranges.ROOM + 2, np.float32)
    ranges.unpack(*arrays.values(), first, end, room)
    assert room[: end - first].tolist() == tf[first:end]
