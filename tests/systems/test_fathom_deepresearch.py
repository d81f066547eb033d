"""The worked numbers of Fathom's RAPO and of its step-level reward."""

import pytest
import torch

from leadline.systems.fathom_deepresearch import knob
from leadline.train.efficiency import step_level_reward
from leadline.train.objectives.fathom_rapo import live, replayed, scaled_advantage
from leadline.train.replay import Solution, SolutionCache, solve_rates
from leadline.train.rows import CACHED, Rows

N = ("unique_search", "redundant_search", "exploration", "verification", "redundant_query")


@pytest.mark.parametrize(
    ("counts", "correct", "formatted", "expected"),
    [
        ((3, 1, 4, 1, 1), True, True, 0.9),
        ((0, 6, 2, 0, 2), True, True, 0.6),
        ((4, 0, 8, 0, 0), False, True, 0.3),
        ((10, 0, 20, 2, 0), False, True, 0.5),
        ((1, 5, 1, 0, 4), False, True, -0.0375),
        ((0, 5, 0, 0, 5), True, False, 0.5),
        ((0, 0, 0, 0, 0), True, True, 1.1),
    ],
)
def test_step_level_reward(counts, correct, formatted, expected):
    assert step_level_reward(dict(zip(N, counts, strict=True)), correct, formatted) == pytest.approx(expected)


def test_the_knob_has_a_slope_below_the_cap_only():
    assert knob(7) > 0
    assert knob(8) == 0


REWARDS = [[1, 0, 0, 0, 0], [1] * 5, [0] * 5, [1, 1, 0, 0, 0]]


def rows():
    reward = torch.tensor(REWARDS, dtype=torch.float64).flatten()
    group = torch.arange(4).repeat_interleave(5)
    ids = torch.arange(20)[:, None] + 2
    return Rows(group, ids, torch.ones(20, 1, dtype=torch.float64), reward, reward > 0, prompt_id=group)


def test_scaling_counts_the_groups_with_a_signal():
    r = rows()
    a = scaled_advantage(r.reward, r.group_id).view(4, 5)
    assert a[0].tolist() == pytest.approx([4, -1, -1, -1, -1], abs=1e-6)
    assert a[1:3].abs().sum() == 0
    assert a[3].tolist() == pytest.approx([2.4495, 2.4495, -1.633, -1.633, -1.633], abs=1e-4)


def test_replay_replaces_one_failure_of_the_failed_group():
    cache = SolutionCache(1)
    cache.add(2, Solution((9,), (1.0,), 1.0, 0))
    changed, replaced = replayed(rows(), cache, torch.Generator().manual_seed(0))
    assert len(replaced) == 1
    assert 10 <= replaced[0] < 15
    assert changed.ids[replaced[0], 0] == 9
    assert changed.source[replaced[0]] == CACHED
    a = scaled_advantage(changed.reward, changed.group_id).view(4, 5)
    assert a[0].tolist() == pytest.approx([2.6667, *[-0.6667] * 4], abs=1e-4)
    assert sorted(a[2].tolist()) == pytest.approx([*[-0.6667] * 4, 2.6667], abs=1e-4)
    assert a[3].tolist() == pytest.approx([1.633, 1.633, -1.0887, -1.0887, -1.0887], abs=1e-4)


def test_an_empty_cache_changes_nothing():
    before = rows()
    after, replaced = replayed(before, SolutionCache(1), torch.Generator())
    assert replaced == []
    assert torch.equal(after.ids, before.ids)


def test_pruning_keeps_at_least_something():
    rates = solve_rates(rows())
    assert rates == pytest.approx({0: 0.2, 1: 1.0, 2: 0.0, 3: 0.4})
    assert live([0, 1, 2, 3], rates, 0.9) == [0, 2, 3]
    assert live([1], rates, 0.9) == [1]


def test_the_cache_keeps_distinct_solutions_and_survives_a_checkpoint():
    cache = SolutionCache(2)
    for step, token in enumerate((4, 5, 4, 6)):
        cache.add(7, Solution((token,), (1.0,), 1.0, step))
    assert [s.ids for s in cache.kept[7]] == [(4,), (6,)]
    assert SolutionCache.of(cache.state()) == cache
