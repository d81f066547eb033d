import pytest

from leadline.bench.metrics.keypoints import keypoint_alignment
from leadline.errors import ModelError, NotFound
from leadline.models.judge import EmbeddingJudge, ModelJudge, RuleJudge, fit_threshold, judge_named

REPORT = "The plant in Brenou employs 420 people. The plant does not supply the navy. Output rose in 2021."


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("The plant in Brenou employs 420 people.", "supported"),
        ("The plant in Brenou employs 510 people.", "contradicted"),
        ("The plant supplies the navy.", "contradicted"),
        ("The plant does not supply the navy.", "supported"),
        ("The harbour was dredged twice.", "omitted"),
        ("Output rose in 2021 by 7 percent.", "omitted"),
    ],
)
def test_rule_judge(statement, verdict):
    assert RuleJudge().judge(statement, REPORT).verdict == verdict


def test_a_negation_blind_judge_takes_conflicts_for_support():
    assert RuleJudge(negation=False).judge("The plant supplies the navy.", REPORT).verdict == "supported"


def test_kae_counts_of_planted_key_points_are_exact():
    # 12 key points over the pages: 7 repeated, 2 contradicted, 3 left out
    points = [
        f"Station {w} ships {100 + i} crates."
        for i, w in enumerate("ada bor cel dun eri fal gam hox ivo jul kem lor".split())
    ]
    report = " ".join(points[:7]) + " " + " ".join(p.replace("ships 1", "ships 9") for p in points[7:9])
    verdicts = [RuleJudge(0.9).judge(point, report).verdict for point in points]
    counts = [verdicts.count(v) for v in ("supported", "contradicted", "omitted")]
    assert counts == [7, 2, 3]
    assert keypoint_alignment(*counts).efficiency == pytest.approx(1.4)


class Letters:
    """An embedder of letter counts: cosine by hand."""

    name, dimension = "letters", 26

    def encode(self, texts):
        import numpy as np

        v = np.array([[t.lower().count(chr(97 + i)) for i in range(26)] for t in texts], dtype=np.float32)
        return v / np.maximum(1e-9, np.linalg.norm(v, axis=1, keepdims=True))

    encode_queries = encode


def test_embedding_judge_takes_the_closest_sentence():
    judge = EmbeddingJudge(Letters(), 0.9)
    assert judge.judge("abab", "zzz. aabb. q.").verdict == "supported"
    assert judge.judge("abab", "zzz. q.").verdict == "omitted"
    assert judge.judge("abab", "").score == 0.0


def test_fitted_threshold_separates():
    assert fit_threshold([0.1, 0.4, 0.6, 0.9], [False, False, True, True]) == 0.6


def test_model_judge_asks_again_and_gives_up_by_name():
    answers = iter(["hm", 'well: {"verdict": "contradicted", "reason": "it says 3"}'])
    judgement = ModelJudge(lambda prompt: next(answers), "scripted").judge("x is 2", "x is 3")
    assert (judgement.verdict, judgement.reason, judgement.judge) == (
        "contradicted",
        "it says 3",
        "model-scripted",
    )
    with pytest.raises(ModelError, match="no verdict in 2 attempts"):
        ModelJudge(lambda prompt: "42", "scripted", attempts=2).judge("a", "b")


def test_a_judge_sees_the_statement_and_the_text_and_nothing_else():
    seen = []

    def ask(prompt):
        seen.append(prompt)
        return '{"verdict": "omitted"}'

    ModelJudge(ask, "scripted").judge("STATEMENT", "TEXT")
    assert "STATEMENT" in seen[0]
    assert "TEXT" in seen[0]
    assert not any(
        word in seen[0].lower() for word in ("gold", "answer key", "expected", "correct answer", "weight")
    )


def test_unknown_judge():
    with pytest.raises(NotFound, match="rule"):
        judge_named("rul")
