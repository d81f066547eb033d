"""Learned-sparse search: integer dot products, by hand and against NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from leadline.errors import StoreError, UsageError
from leadline.retrieval.impacts import ImpactIndex
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.lexical.impact_buffer import quantise


def test_weights_are_quantised_with_halves_to_even() -> None:
    assert quantise({"a": 0.004, "b": 0.005, "c": 0.0151, "d": 1.234}) == {"c": 2, "d": 123}


def test_score_is_the_integer_dot_product(tmp_path: Path) -> None:
    index = ImpactIndex.create(tmp_path)
    with index.writer() as writer:
        writer.add("d1", {"x": 1.0, "y": 0.5}, {"lang": "en"})
        writer.add("d2", {"y": 2.0})
        writer.add("d3", {"z": 1.0})
    hits = index.search_weights([{"x": 0.3, "y": 0.2}])[0].hits
    assert [(h.id, h.score) for h in hits] == [("d1", 30 * 100 + 20 * 50), ("d2", 20 * 200)][:2]
    assert index.search_weights([{"y": 1}], filter={"lang": "en"})[0].ids == ("d1",)


@pytest.mark.parametrize("parts", [1, 3])
def test_pruned_equals_dense_arithmetic(tmp_path: Path, parts: int) -> None:
    rng = np.random.default_rng(11)
    matrix = np.where(rng.random((9000, 80)) < 0.2, rng.integers(1, 300, (9000, 80)), 0)
    index = ImpactIndex.create(tmp_path)
    for part in range(parts):
        with index.writer() as writer:
            for i in range(part, len(matrix), parts):
                writer.add(f"{i:04d}", {f"t{j}": matrix[i, j] / 100 for j in np.flatnonzero(matrix[i])})
    queries = np.where(rng.random((20, 80)) < 0.3, rng.integers(1, 300, (20, 80)), 0)
    weighted = [{f"t{j}": q[j] / 100 for j in np.flatnonzero(q)} for q in queries]
    expected = queries @ matrix.T
    for engine in ("numpy", "numba"):
        index.engine = engine
        for k in (10, 500):
            for scores, hits in zip(expected, index.search_weights(weighted, k), strict=True):
                best = np.lexsort((np.arange(len(scores)), -scores))[:k]
                assert [(int(h.id), h.score) for h in hits.hits] == [(i, scores[i]) for i in best.tolist()]


def test_skipping_more_keeps_what_it_finds_exact(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    index = ImpactIndex.create(tmp_path)
    with index.writer() as writer:
        for i in range(9000):
            writer.add(f"{i:04d}", {f"t{j}": float(rng.random() * 3) for j in rng.integers(0, 60, 8)})
    query = [{"t1": 1.0, "t2": 0.5, "t3": 0.2}]
    index.engine = "numba"
    exact = {h.id: h.score for h in index.search_weights(query, 9000)[0].hits}
    for hit in index.search_weights(query, 10, over=1.5)[0].hits:
        assert exact[hit.id] == hit.score
    with pytest.raises(UsageError):
        index.search_weights(query, over=0.5)


@pytest.mark.parametrize("weights", [{"a": float("nan")}, {"a": -1.0}, {"a": float("inf")}, {"a": 1e9}])
def test_weights_that_are_no_weights_are_refused(tmp_path: Path, weights: dict[str, float]) -> None:
    index = ImpactIndex.create(tmp_path)
    with pytest.raises(UsageError, match="weights"), index.writer() as writer:
        writer.add("a", weights)
    with pytest.raises(UsageError, match="weights"):
        index.search_weights([weights])


def test_sums_that_would_not_be_exact_are_refused(tmp_path: Path) -> None:
    index = ImpactIndex.create(tmp_path)
    with index.writer() as writer:
        writer.add("a", {"x": 600.0})
    with pytest.raises(UsageError, match="too large"):
        index.search_weights([{"x": 600.0}])


def test_each_kind_of_index_opens_as_itself(tmp_path: Path) -> None:
    ImpactIndex.create(tmp_path / "impacts")
    LexicalIndex.create(tmp_path / "text")
    with pytest.raises(StoreError, match="ImpactIndex"):
        LexicalIndex.open(tmp_path / "impacts")
    with pytest.raises(StoreError, match="LexicalIndex"):
        ImpactIndex.open(tmp_path / "text")
