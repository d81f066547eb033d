"""DeepSearch's formulas by the specification's numbers (arXiv:2509.25454)."""

import numpy as np
import pytest

from leadline.explore.rules import (
    Terminal,
    constrained_backup,
    frontier_score,
    gamma,
    keep_one,
    soft_clip,
    uct,
)


def test_three_trajectories_by_the_constrained_backup():
    first = constrained_backup([0, 0, 0, 0], 1.0)
    assert first.tolist() == [0.25, 0.5, 0.75, 1.0]
    second = constrained_backup([*first[:2], 0, 0], -1.0)
    assert second.tolist() == [0.25, 0.5, -0.75, -1.0]  # a failure never blames what has led to success
    third = constrained_backup([*second[:3], 0, 0], 1.0)  # b3 = -.75 is reset by the success
    assert third == pytest.approx([0.45, 0.9, 0.6, 0.8, 1.0])
    assert soft_clip(third[:4]) == pytest.approx([0.421899, 0.716298, 0.537050, 0.664037], abs=1e-6)
    assert soft_clip(0.75) == pytest.approx(0.635149, abs=1e-6)


def test_released_code_counts_the_root_and_vanilla_blames():
    assert gamma(np.arange(5), 4, "code") == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert constrained_backup([0.25, 0.5, 0, 0], -1.0, "vanilla") == pytest.approx([0.0, 0.0, -0.75, -1.0])


def test_gamma_has_a_floor():
    assert gamma(np.arange(1, 9), 64) == pytest.approx([0.1] * 6 + [0.109375, 0.125])


def test_uct_and_frontier_score():
    assert uct(0.25, 2, 3, 2.0) == pytest.approx(1.607304, abs=1e-6)
    assert uct(0.25, 2, 3, 2.0) == pytest.approx(0.125 + 2 * np.sqrt(np.log(3) / 2))
    assert uct(0.0, 0, 3) == 0.0
    assert frontier_score(0.85 / 3, 0.7, 2, 64) == pytest.approx(0.112163, abs=1e-6)
    assert frontier_score(0.85 / 3, 0.7, 2, 64, lam_entropy=0.4) == pytest.approx(0.392163, abs=1e-6)


def test_one_trajectory_is_kept_correct_first_then_sure():
    ends = [
        Terminal(1, -1, 0.1),
        Terminal(2, 1, 0.9),
        Terminal(3, 1, 0.5),
        Terminal(4, -1, 0.0, complete=False),
    ]
    assert keep_one(ends).node == 3
    assert keep_one(ends[:1] + ends[3:]).node == 1  # wrong before incomplete
    assert keep_one([]) is None
