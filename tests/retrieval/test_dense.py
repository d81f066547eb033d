"""Dense search: exact equals a loop, approximate says how exact it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import UsageError
from leadline.retrieval.ann import GraphIndex, recall
from leadline.retrieval.base import Hit
from leadline.retrieval.dense import Block, DenseIndex, _near_top, exact_top, quantize, ranked
from leadline.retrieval.dense_codes import codes_of


def clustered(n, d=32, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(20, d))
    x = centres[rng.integers(20, size=n)] + 0.7 * rng.normal(size=(n, d))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def names(n):
    return [f"v{i:05d}" for i in range(n)]


def loop(ids, vectors, query, k):
    """The definition, one dot product at a time."""
    scores = [
        (float(np.sum(v.astype(np.float64) * query.astype(np.float64))), i)
        for v, i in zip(vectors, ids, strict=True)
    ]
    return [i for _, i in sorted(scores, key=lambda pair: (-pair[0], pair[1]))[:k]]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 10**6))
def test_exact_equals_the_definition(n, k, seed):
    vectors = clustered(n, 8, seed)
    (query,) = clustered(1, 8, seed + 1)
    hits = DenseIndex(names(n), vectors).search_vectors(query[None], k)[0]
    assert [hit.id for hit in hits] == loop(names(n), vectors, query, k)


def test_rankings_do_not_depend_on_batch_or_block(monkeypatch):
    from leadline.retrieval import dense

    vectors, queries = clustered(500), clustered(7, seed=9)
    index = DenseIndex(names(500), vectors)
    together = index.search_vectors(queries, 20)
    assert [index.search_vectors(query[None], 20)[0] for query in queries] == together
    monkeypatch.setattr(dense, "BLOCK", 64)
    assert index.search_vectors(queries, 20) == together


@pytest.mark.parametrize("n_queries", [1, 2, 3, 4, 9])
def test_candidates_by_codes_give_the_same_ranking_to_the_bit(n_queries, monkeypatch):
    from leadline.retrieval import dense

    pytest.importorskip("numba")
    vectors, queries = 3 * clustered(15_000, 24), clustered(n_queries, 24, seed=5)
    vectors[100:140] = vectors[99]  # ties
    vectors[7] = 0
    plain = Block(vectors, length=3.0)
    coded = plain._replace(codes=codes_of(vectors))
    assert 0 < coded.codes.error < 1e-3
    for k in (1, 30, 14_000):
        for a, b in zip(exact_top([plain], queries, k), exact_top([coded], queries, k), strict=True):
            assert ranked(zip(map(str, a.rows), a.scores, strict=True), k) == ranked(
                zip(map(str, b.rows), b.scores, strict=True), k
            )
    monkeypatch.setattr(dense, "BLOCK", 4096)
    allowed = np.arange(15_000) % 3 > 0
    (a,), (b,) = (exact_top([block._replace(allowed=allowed)], queries[:1], 50) for block in (plain, coded))
    assert set(np.sort(b.scores)[-50:]) == set(np.sort(a.scores)[-50:])
    assert allowed[b.rows].all()


def test_the_kth_best_is_sought_by_groups_without_losing_any():
    scores = np.random.default_rng(0).normal(size=20_000).astype(np.float32)
    rows = _near_top(scores, 50, 0.0)
    assert set(np.argsort(-scores)[:50]) <= set(rows.tolist())
    assert len(rows) < 100


def test_equal_vectors_go_by_id_whatever_the_order():
    vectors = np.ones((5, 3), np.float32)
    for ids in (["e", "a", "d", "b", "c"], ["a", "b", "c", "d", "e"]):
        hits = DenseIndex(ids, vectors).search_vectors(vectors[:1], 3)[0]
        assert [hit.id for hit in hits] == ["a", "b", "c"]


def test_a_filter_is_applied_inside():
    vectors = clustered(200)
    allowed = np.zeros(200, np.bool_)
    allowed[::50] = True
    hits = DenseIndex(names(200), vectors).search_vectors(vectors[:1], 10, allowed)[0]
    assert {hit.id for hit in hits} == {"v00000", "v00050", "v00100", "v00150"}


@pytest.mark.parametrize(("precision", "error"), [("float16", 2e-3), ("int8", 2e-2)])
def test_smaller_numbers_lose_little(precision, error):
    vectors, queries = clustered(1000), clustered(20, seed=3)
    exact = DenseIndex(names(1000), vectors).search_vectors(queries, 10)
    small = DenseIndex(names(1000), vectors, precision).search_vectors(queries, 10)
    assert np.mean([recall(s, t) for s, t in zip(small, exact, strict=True)]) > 0.8
    assert all(abs(s[0].score - t[0].score) < error for s, t in zip(small, exact, strict=True))


def test_int8_scales_each_row_by_its_largest_component():
    block = quantize(np.array([[0.5, -1.0], [0.0, 0.0]], np.float32), "int8")
    assert block.vectors.tolist() == [[64, -127], [0, 0]]
    assert block.scales.tolist() == pytest.approx([1 / 127, 0])


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.array([[np.nan, 1.0]]), "Vector 0 is not finite"),
        (np.array([[1.0, np.inf]]), "not finite"),
        (np.ones((1, 5)), r"not \(n, 2\)"),
        (np.ones(2), "shape"),
    ],
)
def test_unusable_query_vectors_are_named(vectors, message):
    index = DenseIndex(["a"], np.ones((1, 2), np.float32))
    with pytest.raises(UsageError, match=message):
        index.search_vectors(vectors)


@pytest.mark.parametrize(
    ("ids", "vectors", "message"),
    [
        (["a", "a"], np.ones((2, 2)), "twice"),
        (["a"], np.ones((2, 2)), "1 ids for 2"),
        (["a"], np.array([[1.0, np.nan]]), "not finite"),
    ],
)
def test_unusable_collections_are_named(ids, vectors, message):
    with pytest.raises(UsageError, match=message):
        DenseIndex(ids, vectors)


@pytest.mark.parametrize("k", [0, -1])
def test_k_below_one(k):
    with pytest.raises(UsageError, match="at least 1"):
        DenseIndex(["a"], np.ones((1, 2))).search_vectors(np.ones((1, 2)), k)


def test_k_of_a_billion_is_everything():
    assert len(DenseIndex(names(9), clustered(9)).search_vectors(clustered(1), 10**9)[0]) == 9


def test_an_empty_index_finds_nothing():
    assert DenseIndex([], np.zeros((0, 4))).search_vectors(np.ones((2, 4))) == [(), ()]


@pytest.mark.parametrize("precision", ["float32", "float16", "int8"])
def test_the_graph_states_its_recall_and_orders_exactly(precision):
    pytest.importorskip("faiss")
    vectors, queries = clustered(2000), clustered(50, seed=5)
    graph = GraphIndex(names(2000), vectors, precision=precision)
    low = graph.measure_recall(queries, 10, ef_search=10)
    high = graph.measure_recall(queries, 10, ef_search=400)
    assert low <= high
    assert high > 0.97
    assert f"{high:.3f}" in graph.note(10, 400)
    assert "not measured" in graph.note(5, 400)
    exact = {hit.id: hit.score for hit in graph.exact.search_vectors(queries[:1], 2000)[0]}
    for hit in graph.search_vectors(queries[:1], 10, ef_search=64)[0]:
        assert hit.score == exact[hit.id]


def test_a_graph_search_honours_filters_and_bad_input():
    pytest.importorskip("faiss")
    vectors = clustered(500)
    graph = GraphIndex(names(500), vectors)
    allowed = np.zeros(500, np.bool_)
    allowed[100:110] = True
    hits = graph.search_vectors(vectors[:1], 5, ef_search=500, allowed=allowed)[0]
    assert all(100 <= int(hit.id[1:]) < 110 for hit in hits)
    with pytest.raises(UsageError, match="ef_search"):
        graph.search_vectors(vectors[:1], 5, ef_search=0)
    with pytest.raises(UsageError, match="not finite"):
        graph.search_vectors(np.full((1, 32), np.nan))
    assert GraphIndex([], np.zeros((0, 4))).search_vectors(np.ones((1, 4))) == [()]


def test_recall_counts_ties_and_empty_truth():
    truth = [Hit("a", 2.0, 1), Hit("b", 1.0, 2)]
    assert recall([Hit("a", 2.0, 1), Hit("c", 1.0, 2)], truth) == 1.0
    assert recall([Hit("c", 0.5, 1)], truth) == 0.0
    assert recall([], []) == 1.0


def test_long_vectors_are_ranked_exactly_too():
    """The product in float32 is off by more, the longer the vectors are."""
    rng = np.random.default_rng(0)
    vectors = (1000 * (1 + 1e-6 * rng.normal(size=(400, 255)))).astype(np.float32)
    hits = DenseIndex(names(400), vectors).search_vectors(vectors[:1], 10)[0]
    assert [hit.id for hit in hits] == loop(names(400), vectors, vectors[0], 10)
