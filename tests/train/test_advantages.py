import pytest
import torch

from leadline.train import advantages as adv
from leadline.train.groups import group_any, members

ONE = torch.zeros(4, dtype=torch.long)
R = torch.tensor([1.0, 0, 0, 0], dtype=torch.float64)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (adv.mean_only, [0.75, -0.25, -0.25, -0.25]),
        (adv.standardised, [1.499997, -0.499999, -0.499999, -0.499999]),
        (lambda r, g: adv.standardised(r, g, ddof=0), [1.732047, -0.577349, -0.577349, -0.577349]),
        (adv.leave_one_out, [1, -1 / 3, -1 / 3, -1 / 3]),
        (adv.ranked, [1, -1 / 3, -1 / 3, -1 / 3]),
        (adv.batch_standardised, [1.499997, -0.499999, -0.499999, -0.499999]),
    ],
)
def test_one_correct_of_four(function, expected):
    assert function(R, ONE).tolist() == pytest.approx(expected, abs=1e-6)


def test_ragged_groups():
    r = torch.tensor([1.0, 0, 0, 1, 1, 0, 0, 0], dtype=torch.float64)
    g = torch.tensor([7, 7, 7, 3, 3, 3, 3, 3])
    a = adv.mean_only(r, g)
    assert a.tolist() == pytest.approx([2 / 3, -1 / 3, -1 / 3, 0.6, 0.6, -0.4, -0.4, -0.4])
    assert float(a[:3].abs().sum()) == pytest.approx(4 / 3)
    assert float(a[3:].abs().sum()) == pytest.approx(2.4)


@pytest.mark.parametrize(
    "function", [adv.mean_only, adv.standardised, adv.leave_one_out, adv.ranked, adv.batch_standardised]
)
def test_no_signal_is_exactly_zero(function):
    r = torch.tensor([0.1, 0.1, 0.1, 0.7], dtype=torch.float32)
    assert function(r, torch.tensor([0, 0, 0, 1])).tolist() == [0, 0, 0, 0]


def test_permuting_rows_permutes_advantages():
    rng = torch.Generator().manual_seed(0)
    r, g = torch.rand(30, generator=rng), torch.randint(0, 5, (30,), generator=rng)
    order = torch.randperm(30, generator=rng)
    for function in (adv.mean_only, adv.standardised, adv.leave_one_out, adv.ranked, adv.batch_standardised):
        assert torch.allclose(function(r, g)[order], function(r[order], g[order]), atol=1e-6)


def test_paper_values_of_deepresearch_r1_and_eapo():
    r = torch.tensor([1.2, 0.2, 0.3, 0.0], dtype=torch.float64)
    assert adv.standardised(r, ONE).tolist() == pytest.approx([1.4581, -0.4233, -0.2352, -0.7996], abs=1e-4)
    assert adv.standardised(r, ONE, ddof=0).tolist() == pytest.approx(
        [1.6837, -0.4888, -0.2716, -0.9233], abs=1e-4
    )


def test_members_and_any():
    g = torch.tensor([5, 2, 5])
    assert [m.tolist() for m in members(g)] == [[1], [0, 2]]
    assert group_any(torch.tensor([True, False, False]), g).tolist() == [True, False, True]
