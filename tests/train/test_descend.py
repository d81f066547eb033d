"""One step down a gradient, by hand: w^2 at 3 has the gradient 6."""

import pytest
import torch
from torch import nn

from leadline.train.descend import descend


def weight(value):
    layer = nn.Linear(1, 1, bias=False)
    layer.weight.data.fill_(value)
    return layer


def stepped(layer, max_norm, loss=torch.square):
    return descend(loss(layer.weight).sum(), layer, torch.optim.SGD(layer.parameters(), lr=0.1), max_norm)


def test_a_step():
    layer = weight(3.0)
    assert stepped(layer, 10) == 9
    assert float(layer.weight.detach()) == pytest.approx(3 - 0.1 * 6)


def test_a_gradient_that_is_too_long_is_cut():
    layer = weight(3.0)
    stepped(layer, 1)
    assert float(layer.weight.detach()) == pytest.approx(3 - 0.1 * 1, abs=1e-6)


def test_no_gradient_is_left_of_the_step_before():
    layer = weight(3.0)
    layer.weight.grad = torch.full((1, 1), 1000.0)
    stepped(layer, 1e9)
    assert float(layer.weight.detach()) == pytest.approx(2.4)
