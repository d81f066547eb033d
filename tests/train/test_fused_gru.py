"""The compiled GRU is torch's, forward and backward."""

import pytest
import torch

from leadline.train.policies.fused_gru import bidirectional


@pytest.mark.parametrize("steps", [1, 2, 9])
def test_states_and_gradients_are_torchs(steps):
    torch.manual_seed(0)
    gru = torch.nn.GRU(5, 6, batch_first=True, bidirectional=True)
    x = torch.randn(4, steps, 5)
    weight = torch.randn(4, steps, 12)
    found = []
    for run in (lambda x: gru(x)[0], lambda x: bidirectional(gru, x)):
        given = x.clone().requires_grad_()
        out = run(given)
        gru.zero_grad()
        (out * weight).sum().backward()
        found.append([out.detach(), given.grad, *(p.grad.clone() for p in gru.parameters())])
    for expected, made in zip(*found, strict=True):
        assert torch.allclose(expected, made, atol=2e-5)


def test_double_precision_goes_through_torch():
    gru = torch.nn.GRU(3, 2, batch_first=True, bidirectional=True).double()
    x = torch.randn(2, 4, 3, dtype=torch.float64)
    assert torch.equal(bidirectional(gru, x), gru(x)[0])
