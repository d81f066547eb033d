import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.bench.metrics.agreement import cliffs_delta, cohen_kappa, kendall_tau, macro_f1
from leadline.bench.metrics.rubrics import (
    Criterion,
    checklist,
    compliance,
    failed,
    failure_shares,
    mark,
    pooled_failures,
)

WEIGHTS = [5, 4, 3, 2, -4, -2]


def test_compliance_ternary_binary_and_all_penalties():
    assert compliance(WEIGHTS, [1, 0.5, 0, 1, 0.5, 0]) == 0.5
    assert compliance(WEIGHTS, [1, 0, 0, 1, 0, 0]) == 0.5
    assert compliance(WEIGHTS, [1, 0, 0, 1, 1, 1]) == pytest.approx(1 / 14)


def test_no_positive_weight_scores_zero():
    assert compliance([-1, -2], [1, 0]) == 0.0


@given(st.lists(st.tuples(st.floats(0.1, 5), st.booleans()), min_size=1, max_size=30))
def test_compliance_is_monotone_in_satisfied_criteria(rows):
    weights, on = [w for w, _ in rows], [float(b) for _, b in rows]
    score = compliance(weights, on)
    assert 0 <= score <= 1 + 1e-9
    for i, value in enumerate(on):
        if not value:
            assert compliance(weights, [*on[:i], 1.0, *on[i + 1 :]]) > score


def test_half_a_penalty_disappears_in_binary():
    assert mark("partial") == 0.5
    assert mark("partial", binary=True) == 0.0


def test_failure_breakdown():
    tasks = [{"implicit": 2, "synthesis": 1}, {"implicit": 1, "communication": 3}]
    shares = failure_shares(tasks)
    assert shares["implicit"] == pytest.approx((2 / 3 + 1 / 4) / 2)
    assert shares["implicit"] == pytest.approx(0.4583, abs=5e-5)
    assert shares["synthesis"] == pytest.approx(0.3333, abs=5e-5)
    assert shares["communication"] == 0.75
    assert pooled_failures(tasks)["implicit"] == pytest.approx(0.4286, abs=5e-5)


def test_an_avoided_penalty_is_a_failure_only_in_the_released_count():
    penalty = Criterion("invents a source", -4)
    assert not failed(penalty, 0.0)
    assert failed(penalty, 0.5)
    assert failed(penalty, 0.0, "released")


def test_ace():
    assert checklist([0.45, 0.30, 0.15, 0.10], [6, 4, 7, 8]) == pytest.approx(5.75)
    assert checklist([0.5, 0.3, 0.3], [6, 4, 7]) == pytest.approx(5.727, abs=5e-4)


def test_macro_f1_ternary_and_binary():
    gold, judge = "SSSPPNNN", "SSPPNNNS"
    assert macro_f1(gold, judge, "SPN") == pytest.approx(0.6111, abs=5e-5)
    binary = [text.replace("P", "N") for text in (gold, judge)]
    assert macro_f1(*binary, "SN") == pytest.approx(0.7333, abs=5e-5)


def test_kappa_of_deepresearchgym():
    assert cohen_kappa([1, 1, 0, 1, 0, 0, 1, 1], [1, 1, 0, 0, 0, 0, 1, 0]) == pytest.approx(
        0.529412, abs=5e-7
    )
    assert cohen_kappa([1, 1], [1, 1]) == 1.0


def test_rank_agreement():
    assert kendall_tau([1, 2, 3, 4], [1, 2, 3, 4]) == 1.0
    assert kendall_tau([1, 2, 3, 4], [4, 3, 2, 1]) == -1.0
    assert cliffs_delta([3, 4], [1, 2]) == 1.0
    assert cliffs_delta([1, 3], [2, 2]) == 0.0
