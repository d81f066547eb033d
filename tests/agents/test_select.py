import numpy as np
import pytest

from leadline.agents.features import Features
from leadline.agents.select import GATE, Logistic, Selector, diverse, gate_row, shipped_selector

E0, E1 = [1.0, 0.0], [0.0, 1.0]


def vectors(*rows: list[float]) -> "np.ndarray":
    return np.array(rows, dtype=np.float32)


def test_a_redundant_sentence_gives_way_to_a_new_one() -> None:
    # After 0: 1 is worth .8 * (1 - .5 * 1) = .4 and 2 is worth .5.
    assert diverse([0.9, 0.8, 0.5], vectors(E0, E0, E1), 2, redundancy=0.5) == [0, 2]
    assert diverse([0.9, 0.8, 0.5], vectors(E0, E0, E1), 2, redundancy=0.0) == [0, 1]


def test_ties_go_to_the_lower_index_and_k_is_a_bound() -> None:
    assert diverse([0.5, 0.5, 0.5], vectors(E0, E1, E0), 2, redundancy=0.0) == [0, 1]
    assert diverse([0.1], vectors(E0), 5) == [0]
    assert diverse([], np.zeros((0, 2), np.float32), 3) == []


def test_what_is_chosen_beforehand_comes_first_and_counts() -> None:
    assert diverse([0.9, 0.8, 0.5], vectors(E0, E0, E1), 2, chosen=[2]) == [2, 0]
    assert diverse([0.9, 0.8, 0.5], vectors(E0, E0, E1), 1, chosen=[2, 1]) == [2]


def test_a_logistic_model_by_hand() -> None:
    model = Logistic(("x",), mean=(1.0,), scale=(2.0,), weights=(4.0,), bias=-2.0)
    assert model(np.array([[2.0], [1.0]])) == pytest.approx([0.5, 1 / (1 + np.exp(2.0))])


def test_the_gate_sees_the_best_sentence_and_the_coverage() -> None:
    names = ("coverage", "x")
    rows = np.array([[0.25, 0], [0.5, 0], [1.0, 0]])
    assert gate_row(rows, np.array([0.5, 0.75, 0.1]), names) == pytest.approx([np.log(3), 0.5, 1.0, 0.5])
    gate = Logistic(GATE, (0,) * 4, (1,) * 4, (1, 0, 0, 0), 0.0)
    chooser = Selector(Logistic(names, (0, 0), (1, 1), (0, 0), 0.0), gate, 0.5, 0.0)
    assert chooser.answerable(rows, np.array([0.5, 0.75, 0.1])) == pytest.approx(0.75)
    assert chooser.answerable(rows[:0], np.zeros(0)) == 0.0


def test_the_shipped_weights_fit_the_features() -> None:
    shipped = shipped_selector()
    assert shipped.scorer.names == Features._fields
    assert shipped.gate.names == GATE
    assert len(shipped.scorer.weights) == len(Features._fields)
    assert 0 < shipped.threshold < 1
    assert 0 < shipped.floor < 1
    assert "fit_selector" in shipped.fitted
