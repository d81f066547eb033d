import itertools

import pytest

from leadline.bench.metrics.claims import (
    PRF,
    Judged,
    alias_scores,
    dict_scores,
    f1,
    product,
    rows_scores,
    set_scores,
    tree_scores,
)


def test_equation_1():
    # predicted: right with 2 of 3 predicted and 2 of 4 gold sub-claims; right and atomic; wrong. 4 gold claims.
    claims = [Judged(1, right=2, predicted=3, gold=4), Judged(1), Judged(0)]
    scores = tree_scores(claims, n_gold=4)
    assert scores.precision == pytest.approx(5 / 9)
    assert scores.recall == pytest.approx(0.375)
    assert scores.f1 == pytest.approx(0.4478, abs=5e-5)


def test_strict_zeroes_a_claim_with_a_wrong_sub_claim():
    claims = [Judged(1, right=2, predicted=3, gold=4), Judged(1), Judged(0)]
    assert tree_scores(claims, 4, strict=True)[:2] == (pytest.approx(1 / 3), 0.25)


def test_no_prediction_scores_zero():
    assert tree_scores([], 3) == PRF(0, 0, 0)
    assert set_scores([], ["a"], str.__eq__) == PRF(0, 0, 0)


LEVELS = {"flight_number": 3, "date": 2, "airline": 1, "cause": 3, "url": 0}
GOLD = dict.fromkeys(LEVELS, "g")
PREDICTED = {**dict.fromkeys(LEVELS, "p"), "extra": "p"}


def level(key, predicted, gold):
    return LEVELS[key]


def test_dictionary_grader():
    scores = dict_scores(PREDICTED, GOLD, level, main=["flight_number"], ignore=["url"])
    assert scores.precision == pytest.approx(3 / 5)
    assert scores.recall == pytest.approx(3 / 4)
    assert scores.f1 == pytest.approx(0.6667, abs=5e-5)


def test_a_wrong_main_key_zeroes_the_dictionary():
    weak = {**LEVELS, "flight_number": 1}
    scores = dict_scores(PREDICTED, GOLD, lambda k, p, g: weak[k], main=["flight_number"], ignore=["url"])
    assert scores == PRF(0, 0, 0)


def test_rows_grader_zeroes_only_the_row():
    gold = [{"id": "1", "x": "a"}, {"id": "2", "x": "b"}]
    predicted = [{"id": "2", "x": "b"}, {"id": "1", "x": "WRONG"}]
    scores = rows_scores(predicted, gold, lambda k, p, g: 3 if p == g else 0, primary=["id"], main=["x"])
    assert scores == PRF(0.5, 0.5, 0.5)


def test_materials_multiplies_f1s():
    m, p = PRF(2 / 3, 1 / 2, f1(2 / 3, 1 / 2)), PRF(1 / 3, 1 / 4, f1(1 / 3, 1 / 4))
    both = product(m, p)
    assert both.precision == pytest.approx(0.2222, abs=5e-5)
    assert both.recall == pytest.approx(0.1250)
    assert both.f1 == pytest.approx(0.1633, abs=5e-5)
    assert f1(both.precision, both.recall) == pytest.approx(0.1600, abs=5e-5)


def test_alias_grader_has_no_matching():
    gold = [["iron", "Fe"], ["gold", "Au"]]
    same = str.__eq__
    assert alias_scores(["Fe", "iron", "tin"], gold, same)[:2] == (pytest.approx(2 / 3), 0.5)


def test_exact_sets_do_not_depend_on_order():
    gold = ["a", "b", "c"]
    for order in itertools.permutations(["a", "c", "x"]):
        assert set_scores(list(order), gold, str.__eq__)[:2] == (pytest.approx(2 / 3), pytest.approx(2 / 3))


def test_published_f1_values_of_iodresearch():
    assert f1(76.26, 90.18) == pytest.approx(82.638, abs=5e-4)
    assert f1(73.15, 85.69) == pytest.approx(78.925, abs=5e-4)
    assert f1(69.51, 84.34) == pytest.approx(76.210, abs=5e-4)
    assert f1(55.22, 70.82) == pytest.approx(62.055, abs=5e-4)
    assert f1(65.35, 80.45) == pytest.approx(72.12, abs=5e-3)
    assert f1(52.02, 53.50) == pytest.approx(52.75, abs=5e-3)
