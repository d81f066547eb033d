import numpy as np
import pytest

from leadline.chances import softmax
from leadline.train.pilots.tabular import group_step, score_function


def test_softmax_does_not_depend_on_a_constant():
    assert softmax(np.log([1.0, 2.0, 5.0])) == pytest.approx([1 / 8, 2 / 8, 5 / 8])
    assert softmax(np.array([1000.0, 1000.0])) == pytest.approx([0.5, 0.5])


def test_score_function_is_the_gradient_of_log_probability():
    logits, h = np.array([0.3, -1.0, 0.7]), 1e-6
    for action in range(3):
        numeric = [
            (np.log(softmax(logits + h * unit)[action]) - np.log(softmax(logits - h * unit)[action]))
            / (2 * h)
            for unit in np.eye(3)
        ]
        assert score_function(softmax(logits), action) == pytest.approx(numeric, abs=1e-8)


def test_a_group_step_by_hand():
    """Two rollouts of one action each in state 1: rewards 1 and 0 have advantages 1 and -1.

    First action 0 at p = (.5, .5): logits move by .4 * 1 * (.5, -.5) / 2 = (.1, -.1). Then action 1 at
    p = (s, 1 - s), s = 1 / (1 + e^-.2): by .4 * -1 * (-s, s) / 2 = (.2 s, -.2 s).
    """
    logits = np.zeros((2, 2))
    group_step(logits, [([(1, 0)], 1.0), ([(1, 1)], 0.0)], lr=0.4)
    s = 1 / (1 + np.exp(-0.2))
    assert logits[0].tolist() == [0, 0]
    assert logits[1] == pytest.approx([0.1 + 0.2 * s, -0.1 - 0.2 * s])


def test_a_group_step_with_the_sample_deviation_is_smaller_by_root_two():
    first, second = np.zeros((1, 2)), np.zeros((1, 2))
    group = [([(0, 0)], 1.0), ([], 0.0)]
    group_step(first, group, lr=0.4)
    group_step(second, group, lr=0.4, ddof=1)
    assert first / second == pytest.approx(np.full((1, 2), 2**0.5))


def test_equal_rewards_move_nothing():
    logits = np.ones((1, 2))
    group_step(logits, [([(0, 0)], 1.0), ([(0, 1)], 1.0)], lr=1.0)
    assert logits.tolist() == [[1, 1]]
