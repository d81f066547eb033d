"""The worked numbers of DARS."""

import pytest
import torch

from leadline.bench.metrics.sampling import pass_at_k, worst_at_k
from leadline.train.advantages import mean_only
from leadline.train.filters import mixed_groups
from leadline.train.hooks import token_advantages
from leadline.train.objectives import build
from leadline.train.samplers.base import plain
from leadline.train.samplers.two_stage import (
    advantage_per_rollout,
    cumulative_advantage,
    extra_rollouts,
    scale_down,
    second_stage_saves,
    two_stage,
)
from leadline.train.scores import fill
from leadline.train.update import accumulate


@pytest.mark.parametrize(
    ("rule", "n_max", "std", "expected"),
    [
        ("et", 32, False, [24, 11, 3, 1, 0, 0, 0, 0, 0]),
        ("hw", 64, False, [56, 24, 8, 3, 0, 0, 0, 0, 0]),
        ("et", 32, True, [9, 5, 2, 1, 0, 0, 0, 0, 0]),
        ("hw", 64, True, [23, 14, 6, 3, 0, 0, 0, 0, 0]),
        ("et", 1000, False, [27, 11, 3, 1, 0, 0, 0, 0, 0]),
    ],
)
def test_extra_rollouts(rule, n_max, std, expected):
    assert [extra_rollouts(k / 8, 8, n_max, rule, std=std) for k in range(9)] == expected


def test_summed_advantage_of_a_group():
    assert [8 * advantage_per_rollout(k / 8) for k in range(9)] == pytest.approx(
        [0, 1.75, 3, 3.75, 4, 3.75, 3, 1.75, 0]
    )
    assert [8 * advantage_per_rollout(k / 8, std=True) for k in range(5)] == pytest.approx(
        [0, 5.2915, 6.9282, 7.7460, 8], abs=1e-4
    )


def test_merged_group():
    rewards = torch.tensor([1.0] * 3 + [0.0] * 16, dtype=torch.float64)
    a = mean_only(rewards, torch.zeros(19, dtype=torch.long))
    assert float(a[0]) == pytest.approx(0.842105, abs=1e-6)
    assert float(a[5]) == pytest.approx(-0.157895, abs=1e-6)
    assert cumulative_advantage(rewards) == pytest.approx(5.052632, abs=1e-6)


def test_metrics():
    assert [pass_at_k(16, 3, k) for k in (1, 2, 4, 8, 16)] == pytest.approx(
        [0.1875, 0.35, 0.607143, 0.9, 1], abs=1e-6
    )
    assert [worst_at_k(16, 12, k) for k in (1, 2, 4, 8)] == pytest.approx(
        [0.75, 0.55, 0.271978, 0.038462], abs=1e-6
    )


def test_the_row_limit_scales_by_largest_remainder():
    assert scale_down([6, 3, 1], 5) == [3, 2, 0]
    assert scale_down([6, 3, 1], 10) == [6, 3, 1]
    assert sum(scale_down([7, 7, 7], 10)) == 10


def table():
    from leadline.systems.dars import problems
    from leadline.train.bandit import TableSampling

    return TableSampling(problems(0, n_prompts=6), 8, torch.Generator().manual_seed(0))


def test_two_stages_give_every_prompt_its_allocation():
    sampling = table()
    rows = two_stage(range(6), sampling, n_max=32)
    assert sampling.rollouts_made == len(rows)
    for prompt in range(6):
        mine = rows.group_id == prompt
        first = rows.correct[mine & (rows.stage_id == 1)].float().mean().item()
        assert int((mine & (rows.stage_id == 2)).sum()) == extra_rollouts(first, 8, 32)
    saves, extra = second_stage_saves(rows)
    assert 0 <= saves <= 6
    assert extra == len(rows) - 48


def test_no_room_for_extra_rollouts_is_plain_sampling():
    rows = two_stage(range(6), table(), n_max=8)
    assert len(rows) == 48
    assert torch.equal(rows.ids, two_stage(range(6), table(), n_max=32).ids[:48])


def test_the_row_limit_is_kept():
    assert len(two_stage(range(6), table(), n_max=32, max_rows=60)) <= 60


def test_without_extra_rollouts_its_gradient_is_that_of_the_mean_only_base_exactly():
    """N_max = N is neutral: plain rollouts, mean-only advantages, rows over a constant (here on mixed groups)."""
    found = []
    for objective in ("grpo:advantage=mean,aggregate=rows-const", "grpo+dars:n_max=8"):
        sampling, hooks = table(), build(objective)
        rows = mixed_groups(
            hooks.sample(range(6), sampling, {}) if hooks.sample else plain(range(6), sampling)
        )
        assert len(rows) >= 16
        rows = fill(rows, sampling.policy, hooks.needs)
        accumulate(rows, sampling.policy, hooks, token_advantages(rows, hooks, {}))
        found.append(sampling.policy.logits.grad)
    assert torch.equal(*found)
