"""The worked numbers of RepExp's bonus (the coreset is tested with explore/coreset)."""

import pytest
import torch

from leadline.train.advantages import standardised
from leadline.train.objectives.repexp import group_bonus

H = torch.tensor([[1, 0], [1, 0.1], [0, 1], [-1, 0]], dtype=torch.float64)
ONE = torch.zeros(4, dtype=torch.long)


def bonus(correct, **settings):
    return group_bonus(H, ONE, torch.tensor(correct), lam=0.01, **settings)


def test_leverage_becomes_a_bonus():
    found = bonus([True, False, False, False], beta=1.0)
    assert found.tolist() == pytest.approx([0.277037, 0.226797, 0.734549, 0.743781], abs=1e-6)
    loo = bonus([True, False, False, False], beta=1.0, leave_one_out=True)
    assert loo.tolist() == pytest.approx([0.383196, 0.293322, 2.767169, 2.902911], abs=1e-6)


def test_std_normalisation_turns_a_small_bonus_into_full_advantages():
    one = torch.tensor([1.0, 0, 0, 0], dtype=torch.float64)
    found = standardised(one + bonus([True, False, False, False]), ONE)
    assert found.tolist() == pytest.approx([1.499979, -0.506845, -0.496660, -0.496475], abs=1e-6)
    found = standardised(torch.ones(4, dtype=torch.float64) + bonus([True] * 4), ONE)
    assert found.tolist() == pytest.approx([-0.774331, -0.952368, 0.846991, 0.879708], abs=1e-5)


def test_gates():
    assert bonus([False] * 4).abs().sum() == 0
    only_right = bonus([True, False, True, False], gate="incorrect")
    assert only_right[1] == only_right[3] == 0
    assert only_right[0] > 0
    assert bonus([True] * 4, gate="all_correct").abs().sum() == 0


def test_permuting_rows_permutes_the_bonus_and_groups_are_separate():
    order = torch.tensor([2, 0, 3, 1])
    all_right = torch.ones(4, dtype=torch.bool)
    assert torch.allclose(group_bonus(H[order], ONE, all_right), group_bonus(H, ONE, all_right)[order])
    both = group_bonus(torch.cat([H, 5 * H]), torch.arange(8) // 4, torch.ones(8, dtype=torch.bool))
    assert torch.allclose(both[:4], group_bonus(H, ONE, all_right))


def test_a_duplicate_is_less_novel():
    twice = torch.cat([H, H[2:3]])
    found = group_bonus(
        twice, torch.zeros(5, dtype=torch.long), torch.ones(5, dtype=torch.bool), lam=1.0, center=False
    )
    alone = group_bonus(H, ONE, torch.ones(4, dtype=torch.bool), lam=1.0, center=False)
    assert found[2] < alone[2]
    assert found[2] == pytest.approx(found[4])


def test_a_small_ridge_saturates_and_leaves_no_signal():
    """n - 1 <= d and lam small against the features: every leverage is near (n - 1) / n."""
    h = torch.randn(8, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    one, right = torch.zeros(8, dtype=torch.long), torch.ones(8, dtype=torch.bool)
    full = group_bonus(h, one, right, lam=0.01, beta=1.0)
    assert bool(((full > 0.874) & (full < 0.875)).all())
    small = group_bonus(0.02 * h, one, right, lam=0.01, beta=1.0)
    assert 0.25 < float(small.min()) < float(small.max()) < 0.65
    assert float(small.max() - small.min()) > 0.05
