"""The worked numbers of VERL (hidden states)."""

from dataclasses import replace

import pytest
import torch

from leadline.systems.verl_hidden_state import policy_of
from leadline.train.effective_rank import (
    RankSeries,
    effective_rank,
    prefix_ranks,
    rank_series,
    velocity_acceleration,
)
from leadline.train.hooks import token_advantages
from leadline.train.objectives import build
from leadline.train.objectives.verl_hidden_state import deviation, mean_factor, phi, shaping, updated

Z = torch.tensor(
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1], [2, 0, 0]],
    dtype=torch.float64,
)


def test_identity_matrix():
    assert effective_rank(torch.eye(4), center=False) == pytest.approx(4)
    assert effective_rank(torch.eye(4)) == pytest.approx(3)


def test_series():
    assert velocity_acceleration([2, 3, 3.5, 3.6]) == pytest.approx((0.922222, -0.116667), abs=1e-6)
    assert velocity_acceleration([2]) == (0.0, 0.0)
    assert velocity_acceleration([2, 3]) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("window", "center", "m", "erv", "era"),
    [
        ("paper", False, [2, 2.892219, 2.925312, 2.842217], 0.535932, -0.327923),
        ("paper", True, [1, 2.732270, 2.871746, 2.889444], 1.141995, -0.522083),
        ("code", False, [3, 2.885629, 2.828427], -0.114379, -0.0000168),
        ("code", True, [2, 2.812976, 2.975772], 0.691130, -0.243691),
    ],
)
def test_windows(window, center, m, erv, era):
    assert prefix_ranks(Z, 2, window=window, center=center) == pytest.approx(m, abs=1e-6)
    series = rank_series(Z, 2, window=window, center=center)
    assert series.erv == pytest.approx(erv, abs=1e-6)
    assert series.era == pytest.approx(era, abs=1e-6)
    assert series.er == pytest.approx(2.889444 if center else 2.842217, abs=1e-6)


def test_running_sums_equal_the_plain_computation():
    z = torch.randn(40, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    plain = [effective_rank(z[:end]) for end in range(10, 41, 10)]
    assert prefix_ranks(z, 10) == pytest.approx(plain, rel=1e-9)


def test_invariances_of_the_rank():
    z = torch.randn(10, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    q = torch.linalg.qr(torch.randn(5, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64))[0]
    assert effective_rank(3 * z @ q) == pytest.approx(effective_rank(z))
    assert effective_rank(torch.outer(z[:, 0], z[0]), center=False) == pytest.approx(1)
    assert effective_rank(torch.ones(4, 3)) == 1.0


MU = {"er": 10.0, "erv": 1.0, "era": 0.02}


def test_bonus():
    assert deviation(12, 10) == pytest.approx(0.2)
    assert deviation(100, 1) == 5
    assert phi(RankSeries(12, 0.9, 0.03), MU) == pytest.approx(0.117488, abs=1e-6)
    assert phi(RankSeries(20, 2.0, 0.02), MU) == pytest.approx(0.761594, abs=1e-6)
    assert phi(RankSeries(10, 1.0, 0.02), MU) == pytest.approx(0)


@pytest.mark.parametrize(
    ("bonus", "a0", "expected"),
    [
        (0.117488, 1.2, 1.317488),
        (0.117488, -0.4, -0.282512),
        (0.761594, 0.2, 0.3),
        (0.761594, 0.0, 0.0),
        (-1, 0.5, 0.5),
    ],
)
def test_shaping(bonus, a0, expected):
    a = torch.tensor(a0, dtype=torch.float64)
    assert float(a + shaping(torch.tensor(bonus, dtype=torch.float64), a)) == pytest.approx(
        expected, abs=1e-6
    )


def test_shaping_never_flips_a_sign():
    rng = torch.Generator().manual_seed(0)
    a, bonus = torch.randn(1000, generator=rng), torch.randn(1000, generator=rng)
    shaped = a + shaping(bonus, a)
    assert torch.equal(shaped.sign(), a.sign())
    assert bool((shaped.abs() <= 1.5 * a.abs() + 1e-6).all())


def test_running_means_start_at_the_first_batch():
    first = updated(None, [RankSeries(2, 1, 0), RankSeries(4, 3, 2)])
    assert first == {"er": 3, "erv": 2, "era": 1}
    assert updated(first, [RankSeries(13, 2, 1)], 0.3)["er"] == pytest.approx(6)


def test_one_factor_for_all_advantages():
    """Rows of advantage 1, -1, 0 with bonuses .5, .25, 0: factors 1.5 and .75, on the mean 1.125."""
    a, added = torch.tensor([[1.0], [-1.0], [0.0]]), torch.tensor([[0.5], [0.25], [0.0]])
    assert (a * (1 + mean_factor(added, a)))[:, 0].tolist() == [1.125, -1.125, 0]
    assert float(mean_factor(added * 0, a * 0)) == 0


def test_uniform_scales_what_grpo_says():
    rows = replace(
        policy_of(0).rollouts([0] * 8 + [1] * 8, torch.Generator().manual_seed(0)),
        reward=torch.arange(16.0) % 2,
        hidden=torch.randn(16, 6, 8, generator=torch.Generator().manual_seed(1)),
    )
    plain = token_advantages(rows, build("grpo"), {})
    own, alike = (
        token_advantages(rows, build(f"grpo+verl_hidden_state:stride=2{more}"), {})
        for more in ("", ",uniform=true")
    )
    factor = float((own / plain).mean())
    assert factor != pytest.approx(1, abs=1e-3)
    assert torch.allclose(alike, factor * plain)
    assert (own / plain).std() > 0.01
