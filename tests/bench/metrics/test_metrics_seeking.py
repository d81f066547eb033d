import numpy as np
import pytest

from leadline.bench.metrics.seeking import ise, isr, keep_trajectory, soft_fscore, table_scores
from leadline.bench.metrics.tagged import composite_reward


def test_isr_and_both_readings_of_ise():
    required, obtained = {"a", "b", "c", "d"}, {"a", "c", "x"}
    assert isr(required, obtained) == 0.5
    assert ise(required, obtained, 10) == 0.4
    assert ise(required, obtained, 10, mode="found") == 0.2


def test_the_filter_is_strict():
    assert keep_trajectory(0.31, 0.11)
    assert not keep_trajectory(0.3, 0.11)
    assert not keep_trajectory(0.31, 0.1)


ROWS = {"usa": (0.9, 0.1), "paris": (0.05, 0.3), "italy": (0.0, 0.4)}


def similarity(predicted, gold):
    return ROWS[predicted][["united states", "france"].index(gold)]


@pytest.mark.parametrize(("omega", "score"), [(1, 0.585915), (2, 0.622754), (0.5, 0.553191)])
def test_soft_fscore(omega, score):
    value = soft_fscore(["usa", "paris", "italy"], ["united states", "france"], similarity, omega=omega)
    assert value == pytest.approx(score, abs=5e-7)


def test_soft_fscore_ignores_repeats_and_emptiness():
    gold = ["united states", "france"]
    assert soft_fscore([], gold, similarity) == 0.0
    assert soft_fscore(["usa", "usa", "paris"], gold, similarity) == soft_fscore(
        ["usa", "paris"], gold, similarity
    )


def test_variance_of_ise_falls_as_one_over_n():
    # X_i geometric(.3): n Var(ISE) -> sigma^2 / mu^4 = .063 (Proposition 1, delta method)
    rng = np.random.default_rng(0)
    ns = np.array([8, 16, 32, 64, 128])
    variances = [np.var(n / rng.geometric(0.3, size=(20_000, n)).sum(axis=1)) for n in ns]
    slope = np.polyfit(np.log(ns), np.log(variances), 1)[0]
    assert -1.15 <= slope <= -0.9
    assert variances[-1] * 128 == pytest.approx(0.063, abs=0.006)


def test_table_scores():
    gold = [{"k": "a", "x": "1"}, {"k": "b", "x": "2"}]
    assert table_scores(gold, gold, "k") == (1.0, 1.0, 1.0)
    scores = table_scores([{"k": "a", "x": "1"}, {"k": "b", "x": "9"}], gold, "k")
    assert scores.success == 0.0
    assert scores.row_f1 == pytest.approx(0.5)
    assert scores.item_f1 == pytest.approx(0.75)


def test_composite_reward_of_medresearcher():
    assert composite_reward(1, 0.5, 0.3) == pytest.approx(1.07)
    assert composite_reward(0, 0.8, 0) == pytest.approx(0.16)


def test_one_to_one_matching_stops_many_names_from_leaning_on_one_entity():
    table = {("usa", "united states"): 0.9, ("america", "united states"): 0.9}

    def alike(p, g):
        return table.get((p, g), 0.1)

    gold = ["united states", "france"]
    # best match: P .9, R (.9 + .1) / 2; one to one: (.9 + .1) / 2 on both sides
    assert soft_fscore(["usa", "america"], gold, alike) == pytest.approx(2 * 0.9 * 0.5 / 1.4)
    assert soft_fscore(["usa", "america"], gold, alike, one_to_one=True) == pytest.approx(0.5)
