"""UCB distilled into a small transformer: causal, learns, plays."""

import numpy as np
import pytest

from leadline.environments.bandits import make_arms
from leadline.explore.distil import HistoryNet, oracle_traces


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
