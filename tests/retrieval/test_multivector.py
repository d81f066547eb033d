"""MaxSim: the unit values, the reference loop, and candidates that are scored again exactly."""

import numpy as np
import pytest

from leadline.errors import UsageError
from leadline.retrieval.multivector import MultiVectorIndex, max_sim

QUERY = np.array([[1, 0], [0.6, 0.8]])


def corpus(n, seed=0, d=24):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(40, d))
    out = []
    for size in rng.integers(0, 30, size=n):
        x = centres[rng.integers(40, size=size)] + 0.5 * rng.normal(size=(size, d))
        out.append((x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32))
    return out


def test_max_sim_unit_values():
    assert max_sim(QUERY, np.array([[0.8, 0.6], [0, 1]])) == pytest.approx(1.76)
    assert max_sim(QUERY, np.array([[1.0, 0]])) == pytest.approx(1.60)
    assert max_sim(QUERY, np.zeros((0, 2))) == 0


def test_index_equals_the_reference_to_1e_5(monkeypatch):
    from leadline.retrieval import multivector

    documents = corpus(120)
    index = MultiVectorIndex([f"d{i:03d}" for i in range(120)], documents)
    query = next(x for x in corpus(9, seed=4) if len(x) > 5)
    reference = [
        sum(max((float(q @ v) for v in document), default=0.0) for q in query) for document in documents
    ]
    assert index.scores(query) == pytest.approx(reference, abs=1e-5)
    monkeypatch.setattr(multivector, "ROWS", 50)
    assert index.scores(query) == pytest.approx(reference, abs=1e-5)
    order = sorted(range(120), key=lambda i: (-index.scores(query)[i], i))[:7]
    assert [hit.id for hit in index.search_vectors(query, 7)] == [f"d{i:03d}" for i in order]


def test_order_of_vectors_in_a_document_does_not_matter():
    document = corpus(3, seed=2)[1]
    assert max_sim(QUERY @ np.ones((2, 24)), document[::-1]) == pytest.approx(
        max_sim(QUERY @ np.ones((2, 24)), document)
    )


def test_candidates_are_scored_again_exactly_and_recall_grows_with_probes():
    documents = corpus(400)
    index = MultiVectorIndex([f"d{i:03d}" for i in range(400)], documents)
    index.compress(bits=4, seed=1)
    queries = [x[:6] for x in corpus(30, seed=7) if len(x) >= 6]

    def share(n_probe, n_candidates):
        found = 0.0
        for query in queries:
            exact = {hit.id: hit.score for hit in index.search_vectors(query, 10)}
            hits = index.search_vectors(query, 10, n_candidates=n_candidates, n_probe=n_probe)
            found += sum(hit.id in exact for hit in hits) / 10
            assert all(hit.score == pytest.approx(exact.get(hit.id, hit.score)) for hit in hits)
        return found / len(queries)

    few, many = share(1, 40), share(16, 100)
    assert few <= many
    assert many >= 0.97


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_residual_codes_come_nearer_with_more_bits(bits):
    index = MultiVectorIndex([f"d{i}" for i in range(100)], corpus(100))
    rows = np.arange(len(index.vectors))
    error = np.abs(index.compress(bits=bits).decode(rows) - index.vectors).mean()
    finer = np.abs(index.compress(bits=2 * bits).decode(rows) - index.vectors).mean()
    assert finer < error


def test_filters_and_bad_input():
    index = MultiVectorIndex(["a", "b"], [np.eye(2), np.eye(2)[:1]])
    assert [h.id for h in index.search_vectors(QUERY, 5, allowed=np.array([False, True]))] == ["b"]
    with pytest.raises(UsageError, match="not finite"):
        index.search_vectors(np.array([[np.nan, 0]]))
    with pytest.raises(UsageError, match="shape"):
        index.search_vectors(np.ones((1, 3)))
    with pytest.raises(UsageError, match="twice"):
        MultiVectorIndex(["a", "a"], [np.eye(2), np.eye(2)])
    with pytest.raises(UsageError, match="bits"):
        index.compress(bits=3)
    assert MultiVectorIndex(["a"], [np.zeros((0, 2))]).search_vectors(QUERY)[0].score == 0
