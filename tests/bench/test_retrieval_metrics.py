"""Retrieval metrics and tests of significance: the unit values of INQUIRE, BrowseComp-Plus and IoDResearch."""

import pytest

from leadline.bench.retrieval_metrics import ListScores, evaluate, expected_ap, list_scores, set_at_k
from leadline.bench.stats import bootstrap_interval, randomization_p
from leadline.errors import NotFound, UsageError
from leadline.retrieval.base import Hit


def falling(n):
    return [float(n - i) for i in range(n)]


@pytest.mark.parametrize(
    ("labels", "n_positive", "expected"),
    [
        ([1, 0, 1, 0, 0], 3, (0.4, 0.666667, 0.555556, 0.703918, 1)),
        ([1, 0, 1, 0, 0], 10, (0.4, 0.2, 0.333333, 0.508740, 1)),
        ([0, 1, 0, 0, 1], 2, (0.4, 1, 0.45, 0.624051, 0.5)),
        ([0, 0, 0], 4, (0, 0, 0, 0, 0)),
    ],
)
def test_inquire_unit_values(labels, n_positive, expected):
    assert list_scores(labels, falling(len(labels)), n_positive) == pytest.approx(expected, abs=1e-6)


def test_inquire_ties():
    tied = list_scores([1, 0, 1, 0], [0.5] * 4, 2, ties="paper")
    assert (tied.ap, tied.ndcg, tied.mrr) == pytest.approx((0.5, 0.785321, 0.5), abs=1e-6)
    assert list_scores([1, 0, 1, 0], [0.5] * 4, 2).mrr == 1  # ours: equal scores keep the first stage's order
    partly = list_scores([1, 0, 1, 0, 1], [1, 1, 0, 0, 0.4], 3)
    assert (partly.ap, partly.ndcg) == pytest.approx((0.588889, 0.809144), abs=1e-6)


def test_inquire_two_stages():
    labels = [0, 1, 0, 0, 1, 1]
    first = list_scores(labels[:3], falling(3), 4)
    assert (first.ap, first.ndcg) == pytest.approx((0.166667, 0.296082), abs=1e-6)
    rescored = sorted(zip([0.1, 0.7, 0.2, 0.05, 0.95, 0.9], labels, strict=True), reverse=True)[:3]
    second = list_scores([label for _, label in rescored], [score for score, _ in rescored], 4)
    assert second == pytest.approx(ListScores(1, 0.75, 1, 1, 1))


@pytest.mark.parametrize(("r", "value"), [(1, 0.051874), (5, 0.090182), (15, 0.185952), (30, 0.329608)])
def test_expected_ap_of_a_random_order(r, value):
    assert expected_ap(100, r) == pytest.approx(value, abs=5e-7)


def test_list_of_one_item_and_impossible_counts():
    assert list_scores([1], [0.3], 1) == (1, 1, 1, 1, 1)
    with pytest.raises(UsageError, match="positives"):
        list_scores([1, 1], [1.0, 0.5], 1)


def test_perfect_and_empty_answers_score_one_and_zero():
    qrels = {"q1": {"a": 1, "b": 1}, "q2": {"c": 1}, "q3": {"d": 0}}
    perfect = {"q1": (Hit("b", 2.0, 1), Hit("a", 1.0, 2)), "q2": (Hit("c", 9.0, 1),)}
    for name, values in evaluate(perfect, qrels).items():
        assert values == pytest.approx({"q1": 1.0, "q2": 1.0}), name
    for values in evaluate({}, qrels).values():
        assert values == {"q1": 0.0, "q2": 0.0}  # q3 has nothing relevant: it does not count


def test_ties_are_scored_in_the_order_of_the_ranking():
    run = {"q": (Hit("a", 1.0, 1), Hit("b", 1.0, 2))}
    assert evaluate(run, {"q": {"a": 1}}, ["RR@10"])["RR@10"]["q"] == 1.0
    assert evaluate(run, {"q": {"b": 1}}, ["RR@10"])["RR@10"]["q"] == 0.5


def test_graded_judgements_use_linear_gain():
    run = {"q": (Hit("a", 2.0, 1), Hit("b", 1.0, 2))}
    value = evaluate(run, {"q": {"a": 1, "b": 2}}, ["nDCG@10"])["nDCG@10"]["q"]
    assert value == pytest.approx((1 + 2 / 1.584963) / (2 + 1 / 1.584963), abs=1e-5)


def test_unknown_metric():
    with pytest.raises(NotFound, match="nDCG@10"):
        evaluate({}, {"q": {"a": 1}}, ["nDGC@10"])


def test_set_at_k_divides_by_k_and_by_gold():
    assert set_at_k(["a", "x", "b"], ["a", "b", "c"], 5) == pytest.approx((0.4, 2 / 3, 0.5))
    assert set_at_k(["x"], ["a"], 5) == (0, 0, 0)
    assert set_at_k(["a", "b"], ["a", "b"], 2) == (1, 1, 1)


def test_bootstrap_and_randomisation_know_a_difference_from_none():
    baseline = [0.1 * (i % 7) for i in range(60)]
    better = [value + 0.2 + 0.05 * (i % 3) for i, value in enumerate(baseline)]
    interval = bootstrap_interval(better, baseline)
    assert interval.mean == pytest.approx(0.25)
    assert 0.2 < interval.low < 0.25 < interval.high < 0.3
    assert randomization_p(better, baseline) == pytest.approx(1 / 10_001)
    same = bootstrap_interval(baseline, baseline)
    assert (same.low, same.high) == (0, 0)
    assert randomization_p(baseline, baseline) == 1.0


def test_randomisation_equals_the_exact_count_for_few_cases():
    """Differences 1, 2, 3: of the 8 sign patterns 2 are at least as far from zero (+++ and ---)."""
    assert randomization_p([1.0, 2.0, 3.0], [0.0, 0.0, 0.0], resamples=40_000) == pytest.approx(
        0.25, abs=0.01
    )


def test_tests_are_symmetric_and_seeded():
    a, b = [0.1, 0.5, 0.9, 0.3], [0.2, 0.4, 0.4, 0.1]
    assert randomization_p(a, b, seed=3) == randomization_p(a, b, seed=3)
    assert randomization_p(a, b, seed=3) == pytest.approx(randomization_p(b, a, seed=3))
    assert bootstrap_interval(a, b, seed=1).mean == pytest.approx(-bootstrap_interval(b, a, seed=1).mean)
    with pytest.raises(ValueError, match="differ in number"):
        randomization_p([1.0], [])
