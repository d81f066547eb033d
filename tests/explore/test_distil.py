"""UCB distilled into a small transformer: causal, learns, plays."""

import numpy as np
import pytest

from leadline.environments.bandits import make_arms
from leadline.explore.bandits import play, ucb
from leadline.explore.distil import HistoryNet, oracle_traces
from leadline.explore.distil_guided import GuideNet, guided_steps


def test_traces_start_with_every_arm_once_in_a_random_order():
    arms, rewards = oracle_traces(np.random.default_rng(0), 200, 4, 12)
    assert (np.sort(arms[:, :4], 1) == np.arange(4)).all()
    assert len({tuple(row) for row in arms[:, :4].tolist()}) > 12
    assert set(np.unique(rewards)) == {0, 1}


def test_the_net_sees_only_the_past_and_learns_the_oracle():
    pytest.importorskip("torch")
    net = HistoryNet(3, 8, seed=1, width=16)
    arms, rewards = oracle_traces(np.random.default_rng(1), 5, 3, 8)
    out = net.logits(arms[:, :-1], rewards[:, :-1])
    changed = arms.copy()
    changed[:, 4:] = (changed[:, 4:] + 1) % 3
    other = net.logits(changed[:, :-1], rewards[:, :-1])
    assert out[:, :5].detach().numpy() == pytest.approx(other[:, :5].detach().numpy(), abs=1e-5)
    assert not np.allclose(out[:, 5:].detach().numpy(), other[:, 5:].detach().numpy())
    losses = net.fit(np.random.default_rng(2), 60, batch=32)
    assert np.mean(losses[-10:]) < np.log(3) - 0.05  # the warm-up alone is 100 steps
    regret = net.regret(make_arms(50, 3, np.random.default_rng(3)), np.random.default_rng(4))
    assert regret.shape == (50,)
    assert (regret >= 0).all()


def test_the_guide_is_what_the_history_says_before_each_step():
    seen = guided_steps(np.array([[1, 0, 1, 1]]), np.array([[1, 0, 0, 1]]), 2)[0]
    assert seen[0].tolist() == [[0, 0, 1], [0, 0, 1]]
    assert seen[1].tolist() == [[0, 0, 1], [1, 0, 0]]  # ln 1 = 0
    bonus = (0.5 * np.log(3)) ** 0.5
    assert seen[3].ravel() == pytest.approx([0, bonus, 0, 0.5, bonus / 2**0.5, 0])


def test_a_net_that_sees_the_guide_plays_like_the_oracle_also_on_more_arms():
    pytest.importorskip("torch")
    net = GuideNet(1)
    net.fit(np.random.default_rng(2), 80, batch=32)
    for k, horizon in ((5, 60), (12, 60)):
        arms = make_arms(300, k, np.random.default_rng(3))
        oracle = play(arms, ucb(), horizon, np.random.default_rng(4)).regret[:, -1].mean()
        assert net.play(arms, horizon, np.random.default_rng(4)).regret[:, -1].mean() < 1.1 * oracle
