"""Gen-Searcher's reward and objective by the numbers of its specification, and its pilot."""

import math

import pytest
import torch

from leadline.bench.stats import paired_interval
from leadline.train.advantages import standardised
from leadline.train.aggregation import aggregate, weights
from leadline.train.hooks import token_advantages
from leadline.train.objectives import build
from leadline.train.objectives.gen_searcher import usable
from leadline.train.pilots.dual_reward_pilot import ALPHAS, World, train
from leadline.train.rewards.gen_searcher import dual_reward, snapped
from leadline.train.rows import Rows

R = torch.tensor([0.7625, 0.45, 0, 1, 0.3, 0.6], dtype=torch.float64)
POPULATION = [0.7587, -0.2140, -1.6147, 1.4979, -0.6809, 0.2529]
SAMPLE = [0.6926, -0.1953, -1.4740, 1.3674, -0.6216, 0.2309]


def test_snapping_keeps_the_lower_of_two():
    assert [snapped(x) for x in (0.625, 0.63, 0.9, 0.125, 0.1251)] == [0.5, 0.75, 1.0, 0.0, 0.25]


def test_dual_reward_and_its_zeros():
    assert dual_reward(0.75, 0.75) == 0.75
    assert dual_reward(0.35, 0.25) == pytest.approx(0.30)
    assert dual_reward(0.35, 0.25, alpha=0) == 0.35
    assert [dual_reward(1, 1, references=n) for n in range(6)] == [0, 1, 1, 1, 1, 0]
    assert dual_reward(1, 1, well_formed=False) == 0
    assert dual_reward(None, 1) is None
    assert dual_reward(None, 1, outage="zero") == 0
    assert dual_reward(None, 1, references=0) == 0  # a bad brief is no outage


@pytest.mark.parametrize(("ddof", "expected"), [(0, POPULATION), (1, SAMPLE)])
def test_advantages_of_a_group_of_six(ddof, expected):
    group = torch.zeros(6, dtype=torch.long)
    assert standardised(R, group, ddof=ddof).tolist() == pytest.approx(expected, abs=2e-4)


def test_nearly_equal_rewards_carry_no_signal():
    r, group = 0.5 + 1e-9 * torch.arange(6, dtype=torch.float64), torch.zeros(6, dtype=torch.long)
    assert standardised(r, group, eps=0.0).abs().max() > 1
    assert not standardised(r, group, eps=0.0, min_std=1e-6).any()


def test_sum_over_tokens_then_mean_over_rows():
    loss, mask = torch.tensor([[1.0, 1, 1], [2, 0, 0]]), torch.tensor([[1.0, 1, 1], [1, 0, 0]])
    modes = ("seq-mean-token-sum", "token-mean", "seq-mean-token-mean")
    assert [float(aggregate(loss, weights(mask, mode))) for mode in modes] == [2.5, 1.25, 1.5]  # type: ignore[arg-type]


def rows(reward, endings=()):
    n = len(reward)
    ids = torch.zeros(n, 3, dtype=torch.long)
    return Rows(
        torch.zeros(n, dtype=torch.long), ids, torch.ones(n, 3, dtype=torch.float64), reward, reward > 0.5,
        meta=[{"ending": ending} for ending in endings],
    )  # fmt: skip


def test_rollouts_that_say_nothing_do_not_move_their_group():
    full = rows(
        torch.cat([R, torch.tensor([0.0, math.nan], dtype=torch.float64)]),
        ["finished"] * 6 + ["error", "finished"],
    )
    hooks = build("gen-searcher")
    kept = hooks.row_filter[0](full, {})
    assert len(kept) == 6
    assert token_advantages(kept, hooks, {})[:, 0].tolist() == pytest.approx(SAMPLE, abs=2e-4)
    assert hooks.aggregate is not None
    assert float(hooks.aggregate(kept).sum()) == pytest.approx(3)  # three tokens a row, mean over rows
    assert len(usable(rows(R))) == 6
    assert [len(usable(rows(R[:1], [e]))) for e in ("too long", "repetitive", "unknown", "budget spent")] == [
        0,
        0,
        0,
        1,
    ]


def test_the_pilot_of_the_dual_reward():
    # 20 seeds in the specification: image .909 +- .016, text .769 +- .020, dual .962 +- .009
    found = {arm: [train(arm, seed).worth() for seed in range(3)] for arm in ALPHAS}
    means = {arm: sum(values) / 3 for arm, values in found.items()}
    assert means["image"] == pytest.approx(0.909, abs=0.04)
    assert means["text"] == pytest.approx(0.769, abs=0.04)
    assert means["dual"] == pytest.approx(0.962, abs=0.04)
    assert paired_interval(found["dual"], found["text"]).low > 0
    assert train("dual", 0, updates=5) == train("dual", 0, updates=5)


def test_outages_are_counted_as_the_world_says():
    out = World(noise=0.0, outage=1.0, outages="mask")
    assert train("dual", 0, out, updates=3) == train("dual", 1, out, updates=9)  # nothing is learned
    assert train("text", 0, World(outage=1.0), updates=60).text > 0.6
