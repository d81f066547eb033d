"""Worked numbers of the text-ranking study outside retrieval/: BM25, the experiment (SPLADE: test_impacts)."""

import numpy as np
import pytest

from leadline.bench.retrieval_study import bm25_many, scope, study_data, verbosity
from leadline.bench.retrieval_synthetic import synthetic_collection
from leadline.models.embed import embedder
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.rerank.linear import LinearReranker
from leadline.systems.text_ranking_in_deep_research import experiment


@pytest.mark.parametrize(
    ("k1", "b", "expected"),
    [(0.9, 0.4, (0.324140, 0.264047, 0.543936)), (10.0, 1.0, (0.078334, 0.061305, 0.094096))],
)
def test_bm25_unit_values(tmp_path, k1, b, expected):
    index = LexicalIndex.create(tmp_path, analyzer="none")
    with index.writer() as writer:
        for name, text in {"d1": "a b a", "d2": "b c", "d3": "a c c d"}.items():
            writer.add(name, text)
    scores = {hit.id: hit.score for hit in index.search("a c", 3, k1=k1, b=b).hits}
    assert tuple(scores[name] for name in ("d1", "d2", "d3")) == pytest.approx(expected, abs=5e-6)


def test_synthetic_collections_are_seeded_and_judged():
    data = synthetic_collection(80, 30, seed=5)
    assert data == synthetic_collection(80, 30, seed=5)
    assert data != synthetic_collection(80, 30, seed=6)
    texts = {document.id: document.text for document in data.documents}
    for query, grades in data.qrels.items():
        (gold,) = grades
        place = next(word for word in data.queries[query].split() if word.rstrip("?") in texts[gold])
        assert place


def test_length_regimes_turn_the_order_of_parameters_round():
    """E1 of the specification in small: strong normalisation wins under verbosity and loses under scope."""
    data = synthetic_collection(300, 120, seed=1)
    rng = np.random.default_rng(1)
    verbose = verbosity(data, rng, n_gold=60, n_long=40, parts=(20, 60))
    assert verbose.strong > verbose.default
    wide = scope(data, rng, n_queries=100)
    assert wide.default > wide.strong
    assert wide.visible_as_passages > wide.visible_in_documents


def test_one_index_serves_every_parameter_setting():
    texts = {"a": "boat boat boat", "b": "boat " + "word " * 50}
    low, high = bm25_many(texts, ["boat"], 2, [{"k1": 0.0, "b": 0.0}, {"k1": 1.2, "b": 0.75}])
    assert low == [("a", "b")]  # without k1 all that counts is presence: equal scores go by id
    assert high == [("a", "b")]


def test_a_linear_reranker_learns_to_put_the_right_text_first():
    data = synthetic_collection(120, 60, seed=2)
    texts = {document.id: document.text for document in data.documents}
    (pools,) = bm25_many(texts, list(data.queries.values()), 10, [{"k1": 0.9, "b": 0.4}])
    pool = dict(zip(data.queries, pools, strict=True))
    learn = list(data.queries)[:40]
    model = LinearReranker(list(texts.values()), embedder("wordllama")).fit(
        {q: data.queries[q] for q in learn},
        {q: [texts[key] for key in pool[q]] for q in learn},
        {q: [key in data.qrels[q] for key in pool[q]] for q in learn},
    )
    right = 0
    for query in list(data.queries)[40:]:
        scores = model.score(data.queries[query], [texts[key] for key in pool[query]])
        right += pool[query][int(np.argmax(scores))] in data.qrels[query]
    assert right >= 15  # of 20
    shuffled = list(reversed(list(texts.values())[:9]))
    again = model.score("boat", shuffled)
    assert again[::-1] == model.score(
        "boat", list(reversed(shuffled))
    )  # a text's score ignores its neighbours
    assert model.score("boat", []) == []


def test_without_public_data_the_study_makes_its_own(monkeypatch):
    monkeypatch.delenv("LEADLINE_DATA", raising=False)
    assert study_data("nq-oracle", 3, 50, 10).name == "synthetic-3"


def test_the_experiment_gives_every_claim(monkeypatch):
    monkeypatch.delenv("LEADLINE_DATA", raising=False)
    found = experiment.trials[0].experiment(1, "smoke")
    assert set(found) == {"verbosity", "scope", "visibility", "depth", "form", "q2q"}
    assert found["visibility"].method > found["visibility"].baseline
