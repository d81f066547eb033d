"""Key points, citations, calibration: numbers of the specifications."""

import pytest

from leadline.bench.metrics.calibration import calibration_error
from leadline.bench.metrics.citations import (
    citation_scores,
    cited_ids,
    claim_precision,
    claim_recall,
    context_precision,
    quality,
)
from leadline.bench.metrics.keypoints import key_point_rate, keypoint_alignment, micro_key_point_rate

S, OM, C = "supported", "omitted", "contradicted"
LABELS = [[S, S, OM], [S, OM, C, C], []]


def test_key_point_recall_paper_released_micro():
    assert key_point_rate(LABELS, mode="released") == pytest.approx(30.556, abs=5e-4)
    assert key_point_rate(LABELS) == pytest.approx(45.833, abs=5e-4)
    assert micro_key_point_rate(LABELS) == pytest.approx(42.857, abs=5e-4)


def test_key_point_contradiction():
    assert key_point_rate(LABELS, C, mode="released") == pytest.approx(16.667, abs=5e-4)
    assert key_point_rate(LABELS, C) == 25.0


def test_keypoint_alignment():
    kae = keypoint_alignment(supports=7, contradicts=2, omits=3)
    assert (kae.ksr, kae.kcr, kae.kor) == pytest.approx((0.5833, 0.1667, 0.25), abs=5e-5)
    assert kae.efficiency == pytest.approx(1.4)
    assert kae.n == 12


def test_a_report_without_citations_is_flagged():
    kae = keypoint_alignment(0, 0, 0)
    assert kae.ksr == 0
    assert not kae.defined


def test_efficiency_of_a_perfect_report_is_infinite():
    assert keypoint_alignment(3, 0, 0).efficiency == float("inf")


def test_cited_ids_as_released():
    text = "Alpha [20]. Beta [20, 41759]. Gamma 【7】 and 【8†L3-L5】 in [May 2019]."
    assert cited_ids(text) == {"3", "5", "7", "8", "20", "2019", "41759"}
    assert cited_ids(text, known={"7", "20"}) == {"7", "20"}


def test_citation_precision_and_recall():
    cited = {"3", "5", "7", "8", "20", "2019", "41759"}
    precision, recall = citation_scores(cited, {"20", "7", "99"})
    assert precision == pytest.approx(2 / 7)
    assert recall == pytest.approx(2 / 3)


def test_claim_scores_of_deepresearchgym():
    assert claim_precision([1, 0.5, 0, 1]) == 0.625
    assert claim_recall([1, 2, 0, 1, 0, 3]) == pytest.approx(0.666667, abs=5e-7)
    assert quality([8, 6, 7, 5, 0, 9]) == pytest.approx(58.333, abs=5e-4)
    assert claim_precision([]) == claim_recall([]) == 0.0


def blocks(*rows):
    confidences, right = [], []
    for confidence, n, n_right in rows:
        confidences += [confidence] * n
        right += [True] * n_right + [False] * (n - n_right)
    return confidences, right


def test_calibration_strict_and_released():
    data = blocks((0.2, 100, 10), (0.6, 100, 50), (0.9, 130, 65))
    assert calibration_error(*data, mode="released") == pytest.approx(7.784989, abs=5e-7)
    assert calibration_error(*data) == pytest.approx(26.285150, abs=5e-7)


def test_released_calibration_sees_nothing_in_one_bin():
    data = blocks((0.8, 150, 75))
    assert calibration_error(*data, mode="released") == 0.0
    assert calibration_error(*data) == pytest.approx(30.0)


def test_context_precision_by_hand():
    # relevant at ranks 1 and 3: (1/1 + 2/3) / 2
    assert context_precision(["a", "x", "b"], {"a", "b", "c"}) == pytest.approx(5 / 6)
    assert context_precision(["x"], {"a"}) == context_precision([], {"a"}) == 0.0
