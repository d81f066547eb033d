"""Seismic beside its exact twin: the same integers, measured recall, filters answered exactly."""

import numpy as np
import pytest

from leadline.errors import UsageError
from leadline.retrieval.impacts import ImpactIndex

pytest.importorskip("seismic", exc_type=ImportError)

from leadline.retrieval.seismic import SeismicIndex


def texts(n, seed, n_terms=30):
    """Weighted terms of n texts over a skewed vocabulary of 400."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        terms = np.unique((400 * rng.random(n_terms) ** 2).astype(int))
        found.append(
            {
                f"a-long-term-name-{t}": float(w)
                for t, w in zip(terms, rng.gamma(1.5, 0.5, len(terms)), strict=True)
            }
        )
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    documents = {f"d{n:04d}": weights for n, weights in enumerate(texts(800, 0))}
    exact = ImpactIndex.create(tmp_path_factory.mktemp("impacts"))
    with exact.writer() as writer:
        for n, (id, weights) in enumerate(documents.items()):
            writer.add(id, weights, {"half": "first" if n < 400 else "second"})
    return exact, SeismicIndex(exact, documents, n_postings=200)


def test_everything_found_has_the_score_of_the_exact_index(both):
    exact, walk = both
    queries = texts(30, 1, n_terms=12)
    for query, hits in zip(queries, walk.search_weights(queries, 10), strict=True):
        true = {hit.id: hit.score for hit in exact.search_weights([query], 800)[0].hits}
        assert [hit.score for hit in hits.hits] == [true[hit.id] for hit in hits.hits]
        assert list(hits.hits) == sorted(hits.hits, key=lambda hit: (-hit.score, hit.id))


def test_recall_is_measured_and_stands_beside_every_answer(both):
    _, walk = both
    queries = texts(40, 2, n_terms=12)
    assert "not measured" in walk.search_weights(queries[:1], 10, heap_factor=0.7)[0].notes[0]
    share = walk.measure_recall(queries, 10, heap_factor=0.7)
    assert 0.9 <= share <= 1
    assert f"recall@10 {share:.3f}" in walk.search_weights(queries[:1], 10, heap_factor=0.7)[0].notes[0]
    assert walk.measure_recall(queries, 10, query_cut=12, heap_factor=0.3) >= share


def test_a_filter_is_answered_by_the_exact_index(both):
    exact, walk = both
    query = texts(1, 3, n_terms=12)
    found = walk.search_weights(query, 10, {"half": "second"})[0]
    assert found.hits == exact.search_weights(query, 10, {"half": "second"})[0].hits
    assert all(hit.id >= "d0400" for hit in found.hits)


def test_words_that_no_document_has_find_nothing(both):
    _, walk = both
    assert walk.search_weights([{"never": 1.0}, {}])[0].hits == ()
    assert walk.rank_weights([{}], 3) == [()]


def test_mistakes_are_named(both, tmp_path):
    exact, walk = both
    with pytest.raises(UsageError, match="query_cut"):
        walk.rank_weights([{"a": 1.0}], query_cut=0)
    with pytest.raises(UsageError, match="exact index of 800"):
        SeismicIndex(exact, {"a": {"x": 1.0}})
    small = ImpactIndex.create(tmp_path)
    with small.writer() as writer:
        writer.add("a", {"x": 21.0})
    with pytest.raises(UsageError, match="Scale"):
        SeismicIndex(small, {"a": {"x": 21.0}})
