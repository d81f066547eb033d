"""Compiled inversion gives the arrays of the NumPy one, to the type and the last element."""

from __future__ import annotations

import numpy as np
import pytest

from leadline.retrieval.lexical import inversion, postings


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
    """Documents of lengths 5, 3, 4, 3 with the word 2, 1, 2, 1 times: (2, 4) beats (2, 5); (1, 3) stays, once."""
    tokens = np.array([0, 0, -1, 0, 0, 0, 0], np.int32)
    arrays = inversion.invert(tokens, np.array([0, 3, 4, 6, 7]), np.array([5, 3, 4, 3], np.uint32))
    assert arrays["tfs"].tolist() == [2, 1, 2, 1]
    assert list(zip(arrays["pair_tf"].tolist(), arrays["pair_len"].tolist(), strict=True)) == [(2, 4), (1, 3)]
    assert arrays["positions"].tolist() == [0, 1, 0, 0, 1, 0]
