"""Re-rankers: the probabilities by hand, the windows, and a ranking that stays a ranking."""

import math

import numpy as np
import pytest

from leadline.errors import ModelError, UsageError
from leadline.models.base import Reply, Token
from leadline.models.embed import embedder
from leadline.models.scripted import ScriptedModel
from leadline.retrieval.base import Hit, Hits
from leadline.retrieval.rerank import rerank
from leadline.retrieval.rerank.api import ApiReranker
from leadline.retrieval.rerank.embedding import EmbeddingReranker
from leadline.retrieval.rerank.listwise import ListwiseReranker, read_order
from leadline.retrieval.rerank.mmr import MMRReranker, mmr
from leadline.retrieval.rerank.pointwise import PointwiseReranker, from_top, yes_share

HITS = Hits("q", tuple(Hit(f"d{i}", 10.0 - i, i + 1) for i in range(6)), "index-1", {"retriever": "bm25"})
TEXTS = {f"d{i}": f"text {i}" for i in range(6)}


class ByNumber:
    name = "by-number"

    def score(self, query, texts):
        return [float(text.split()[-1]) for text in texts]


def test_monot5_and_rank1_unit_values():
    assert yes_share(2.0, 0.5) == pytest.approx(0.817574, abs=5e-7)
    assert yes_share(-0.2, -1.9) == pytest.approx(0.845535, abs=5e-7)
    assert yes_share(-2000.0, 0.0) == 0.0
    assert yes_share(0.0, -math.inf) == 1.0


def test_yes_no_from_the_alternatives_of_the_first_token():
    """Yes missing: 0; No missing: 1 (INQUIRE). Spellings are added up."""
    assert from_top({"Yes": -0.2, "No": -1.9}) == pytest.approx(0.845535, abs=5e-7)
    assert from_top({"No": -0.1}) == 0.0
    assert from_top({" yes": -0.1}) == 1.0
    assert from_top({"Yes": math.log(0.2), "yes": math.log(0.2), "No": math.log(0.4)}) == pytest.approx(0.5)
    with pytest.raises(ModelError, match="neither yes nor no"):
        from_top({"Maybe": -0.1})


def test_rerank_orders_the_pool_and_names_what_it_did():
    best = rerank(HITS, TEXTS.__getitem__, ByNumber(), k=2, depth=4)
    assert [(hit.id, hit.score, hit.rank) for hit in best.hits] == [("d3", 3.0, 1), ("d2", 2.0, 2)]
    assert best.parameters == {"retriever": "bm25", "rerank": "by-number", "depth": 4}
    assert best.index == "index-1"


def test_a_tail_follows_in_its_order_below_the_lowest_score():
    found = rerank(HITS, TEXTS.__getitem__, ByNumber(), k=5, depth=2, tail=True)
    assert [(hit.id, hit.score) for hit in found.hits] == [
        ("d1", 1),
        ("d0", 0),
        ("d2", -1),
        ("d3", -2),
        ("d4", -3),
    ]


def test_equal_scores_keep_the_first_stage_order():
    class Same:
        name = "same"

        def score(self, query, texts):
            return [0.5] * len(texts)

    assert rerank(HITS, TEXTS.__getitem__, Same(), k=6).ids == HITS.ids


@pytest.mark.parametrize("scores", [[1.0], [float("nan")] * 6])
def test_unusable_scores_are_named(scores):
    class Bad:
        name = "bad"

        def score(self, query, texts):
            return scores

    with pytest.raises(ModelError, match="re-ranker bad"):
        rerank(HITS, TEXTS.__getitem__, Bad(), k=2)


def test_nothing_to_rerank():
    empty = Hits("q", (), "index-1")
    assert rerank(empty, TEXTS.__getitem__, ByNumber()).hits == ()


def test_pointwise_reads_logprobs_or_else_the_word():
    def answer(messages):
        if "good" in messages[0].content.split("Document:")[1]:
            return Reply("Yes", (Token("Yes", -0.1, {"Yes": math.log(0.9), "No": math.log(0.1)}),))
        return Reply("No.")

    model = ScriptedModel(answer)
    assert PointwiseReranker(model).score("q", ["good", "other"]) == pytest.approx([0.9, 0.0])
    assert len(model.asked) == 2


def test_listwise_windows_move_the_best_from_the_end_to_the_front():
    def order(messages):
        """Orders the shown passages by the number in their text, largest first."""
        lines = [line for line in messages[0].content.splitlines() if line.startswith("[")][0:]
        values = {line.split("]")[0][1:]: int(line.split()[-1]) for line in lines}
        return " > ".join(f"[{n}]" for n in sorted(values, key=lambda n: -values[n]))

    texts = [f"value {i}" for i in range(9)]
    model = ScriptedModel(order)
    scores = ListwiseReranker(model, window=4, stride=2).score("q", texts)
    ranking = sorted(range(9), key=lambda i: -scores[i])
    assert ranking[:2] == [8, 7]  # stride 2 carries two texts over the whole list
    assert sorted(scores) == [float(i) for i in range(1, 10)]
    assert len(model.asked) == 4  # windows end at 9, 7, 5, 3


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("[2] > [1]", [1, 0, 2]), ("3, 3, 99, 1", [2, 0, 1]), ("no idea", [0, 1, 2]), ("", [0, 1, 2])],
)
def test_any_answer_of_a_listwise_model_gives_a_permutation(answer, expected):
    assert read_order(answer, 3) == expected


def test_listwise_refuses_a_stride_beyond_the_window():
    with pytest.raises(UsageError, match="stride"):
        ListwiseReranker(ScriptedModel([]), window=4, stride=5)


def test_mmr_by_hand():
    relevance = np.array([1.0, 0.9, 0.5])
    similar = np.array([[1, 0.99, 0], [0.99, 1, 0], [0, 0, 1.0]])
    assert mmr(relevance, similar, 0.5) == [0, 2, 1]  # .45 - .495 < .25 - 0
    assert mmr(relevance, similar, 1.0) == [0, 1, 2]


def test_mmr_and_cosine_with_a_real_embedder():
    model = embedder("wordllama")
    texts = [
        "The cat sat on the mat.",
        "The cat sat on the mat.",
        "A cat is an animal.",
        "Taxes rose in May.",
    ]
    cosine = EmbeddingReranker(model).score("Where did the cat sit?", texts)
    assert cosine[0] == cosine[1] > cosine[3]
    diverse = MMRReranker(model, 0.5).score("Where did the cat sit?", texts)
    assert sorted(diverse) == [1.0, 2.0, 3.0, 4.0]
    assert diverse[1] < max(diverse[2], diverse[3])  # the copy comes after something new
    assert MMRReranker(model, 1.0).score("Where did the cat sit?", texts)[0] == 4.0
    assert MMRReranker(model).score("q", []) == []


def test_api_reranker_reads_both_spellings_and_names_bad_answers():
    sent = []

    def post(url, body):
        sent.append(body)
        key = "relevance_score" if len(sent) == 1 else "score"
        return {"results": [{"index": i, key: -float(i)} for i in reversed(range(len(body["documents"])))]}

    scorer = ApiReranker("http://localhost/rerank", "m", post, batch=2)
    assert scorer.score("q", ["a", "b", "c"]) == [0.0, -1.0, 0.0]
    assert [body["documents"] for body in sent] == [["a", "b"], ["c"]]
    for answer in ({}, {"results": [{"index": 0}]}, [1], {"results": [{"index": 5, "score": 1}]}):
        with pytest.raises(ModelError, match="one score per document"):
            ApiReranker("u", "m", lambda url, body, a=answer: a).score("q", ["a"])
