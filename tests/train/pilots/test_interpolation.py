"""Weights of two copies as one."""

import numpy as np
import pytest
import torch

from leadline.errors import UsageError
from leadline.train.pilots.interpolation import interpolated
from leadline.train.pilots.two_skills import SKILLS, rows_of, specialists_and_mean


def test_the_weights_of_the_specification():
    mixed = interpolated({"w": torch.tensor([1.0, 2.0])}, {"w": torch.tensor([3.0, -1.0])}, 0.8)
    assert mixed["w"].tolist() == pytest.approx([1.4, 1.4])


def test_the_ends_are_the_models_and_counters_are_not_mixed():
    first, second = ({"w": torch.tensor([x]), "n": torch.tensor(n)} for x, n in ((1.0, 3), (2.0, 8)))
    assert interpolated(first, second, 1.0) == first
    assert interpolated(first, second, 0.0) == {"w": second["w"], "n": first["n"]}


def test_models_that_differ_are_refused_by_the_name_of_the_parameter():
    with pytest.raises(UsageError, match="Only one of the two models has b"):
        interpolated({"a": torch.zeros(1)}, {"a": torch.zeros(1), "b": torch.zeros(1)}, 0.5)
    with pytest.raises(UsageError, match=r"a has shapes \(1,\) and \(2,\)"):
        interpolated({"a": torch.zeros(1)}, {"a": torch.zeros(2)}, 0.5)
    with pytest.raises(UsageError, match="between 0 and 1"):
        interpolated({}, {}, 1.5)


def test_the_skills_are_the_larger_and_the_smaller_digit():
    rows = rows_of(np.array(SKILLS), np.array([7, 7]), np.array([9, 9]))
    assert rows.ids.tolist() == [[10, 7, 9, 9], [11, 7, 9, 7]]
    assert rows.mask.tolist() == [[0, 0, 0, 1]] * 2


def test_specialists_repeat_themselves():
    assert specialists_and_mean(1, 2, 2) == specialists_and_mean(1, 2, 2)
