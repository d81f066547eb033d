"""Planner's episodes as a replay, and returns in the world."""

import numpy as np
import pytest
import torch

from leadline.environments.gridroboman import observe, start
from leadline.environments.gridroboman_planner import demonstrations
from leadline.train.pilots.gridroboman_q import features, practice, returns, show, summaries_of
from leadline.train.pilots.offline_q import Learning, learn

TASKS = np.array([0, 3])


@pytest.fixture(scope="module")
def data():
    return practice(TASKS, 12, np.random.default_rng(0), noise=0.5, gamma=0.8)


def test_coordinates_are_scaled_and_status_is_not():
    seen = observe(start(50, np.random.default_rng(0)))
    seen[:, 4] = -1
    x = features(seen)
    assert x[:, [0, 1, 2, 3, 5, 6, 8, 9]].abs().max() == 1
    assert (x[:, 4] == -1).all()
    assert (x[:, [7, 10]] == 0).all()
    assert features(seen, torch.eye(2)[0]).shape == (50, 13)


def test_the_replay_holds_the_planners_episodes(data):
    played = demonstrations(TASKS, 12, np.random.default_rng(0), noise=0.5)
    assert torch.equal(data.replay.x, features(played.observation).view(2, 12, 51, 11))
    assert data.replay.reward.sum(-1).mean() == pytest.approx(data.planner)
    assert data.planner == pytest.approx(float(played.returns.mean()))


def test_showing_the_task_adds_its_number_and_nothing_else(data):
    shown = show(data)
    assert torch.equal(shown.replay.x[..., :11], data.replay.x)
    assert torch.equal(shown.replay.x[1, :, :, 11:], torch.tensor([0.0, 1]).expand(12, 51, 2))
    assert data.replay.x.shape[-1] == data.inputs == 11
    assert shown.plain()(shown.replay.x[:, 0, :3], torch.zeros(2, 3, 0, 0)).values.shape == (2, 3, 7)


def test_the_other_tasks_trajectories_are_the_next_tasks(data):
    torch.manual_seed(0)
    network = data.retrieving()
    own, other = (
        summaries_of(network, data, 0, trajectories=4, window=10, other=other) for other in (False, True)
    )
    for a, b in zip(own[:2], other[:2], strict=True):
        assert torch.allclose(a[0], b[1], atol=1e-6)
        assert torch.allclose(a[1], b[0], atol=1e-6)
    assert summaries_of(data.plain(), data, 0, trajectories=4, window=10, other=False) is None


def test_a_network_learns_what_the_task_is_about():
    """One task: touching red is learnt from few episodes to well above chance."""
    torch.manual_seed(0)
    one = practice(np.array([0]), 150, np.random.default_rng(0), noise=0.7, gamma=0.8)
    network = one.plain()
    before = returns(network, one, 40, 0)
    learn(network, one.replay, Learning(updates=400, states=256, gamma=0.7, lr=5e-3, target_every=50), 0)
    assert returns(network, one, 40, 0) > before + 5
