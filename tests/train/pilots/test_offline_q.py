"""The worked numbers of offline Q-learning, and the rules of its replay."""

import pytest
import torch
from torch.nn.functional import huber_loss

from leadline.train.pilots.offline_q import (
    Greedy,
    Learning,
    Replay,
    double_dqn_target,
    learn,
    squash,
    unsquash,
)
from leadline.train.pilots.q_networks import PlainQ, RetrievalQ


def test_huber_loss():
    errors = torch.tensor([0.5, 2, -3])
    assert huber_loss(errors, torch.zeros(3), reduction="none").tolist() == [0.125, 1.5, 2.5]


def test_double_dqn_target():
    """The online network chooses the action, the target network says what it is worth."""
    y = double_dqn_target(torch.tensor(1.0), torch.tensor([0.2, 0.9, 0.1]), torch.tensor([5, 0.7, 9]), 0.99)
    assert float(y) == pytest.approx(1.693)


def test_the_scale_of_r2d2():
    x = torch.tensor([10.0, -3, 0, 250], dtype=torch.float64)
    assert squash(x)[:2].tolist() == pytest.approx([2.3266248, -1.003])
    assert unsquash(squash(x)).tolist() == pytest.approx(x.tolist(), abs=1e-6)
    worth = torch.tensor([0.0, 2.0], dtype=torch.float64)
    y = double_dqn_target(torch.tensor(1.0), worth, squash(worth), 0.5, squashed=True)
    assert float(unsquash(y)) == pytest.approx(2.0)


def replay(groups=2, episodes=9, steps=7, gamma=0.5):
    """Every observation carries the number of its episode and its step."""
    rng = torch.Generator().manual_seed(0)
    number = torch.arange(groups * episodes).view(groups, episodes, 1).expand(-1, -1, steps + 1)
    x = torch.stack([number, torch.arange(steps + 1).expand_as(number)], -1).float()
    action = torch.randint(3, (groups, episodes, steps), generator=rng)
    reward = (torch.rand(action.shape, generator=rng) < 0.4).float()
    return Replay(x, action, reward, 3, gamma)


def test_trajectories_and_transitions_never_share_an_episode():
    memory, rng = replay(), torch.Generator().manual_seed(1)
    for _ in range(50):
        looked_up, others = memory.split(4, rng)
        seen = memory.trajectories(looked_up, 3, rng).observation[..., 0]
        learnt = memory.transitions(others, 20, rng).x[..., 0]
        for group in range(2):
            assert not set(seen[group].flatten().tolist()) & set(learnt[group].tolist())
            assert learnt[group].min() >= 9 * group
            assert learnt[group].max() < 9 * (group + 1)


def test_windows_keep_what_belongs_together():
    memory, rng = replay(), torch.Generator().manual_seed(1)
    found = memory.trajectories(memory.split(4, rng)[0], 3, rng)
    for g, i, j in [(g, i, j) for g in range(2) for i in range(4) for j in range(3)]:
        episode, t = (int(k) for k in found.observation[g, i, j])
        assert t == int(found.observation[g, i, 0, 1]) + j
        at = g, episode - 9 * g
        assert found.action[g, i, j] == memory.action[*at, t]
        assert found.before_action[g, i, j] == (memory.action[*at, t - 1] if t else 3)
        assert found.before_reward[g, i, j] == (memory.reward[*at, t - 1] if t else 0)
        ahead = memory.reward[*at, t:]
        assert float(found.value[g, i, j]) == pytest.approx(
            float((ahead * 0.5 ** torch.arange(len(ahead))).sum())
        )


def test_transitions_follow_each_other():
    memory, rng = replay(), torch.Generator().manual_seed(1)
    found = memory.transitions(memory.split(4, rng)[1], 20, rng)
    assert torch.equal(found.following - found.x, torch.tensor([0.0, 1]).expand_as(found.x))


class Watched(RetrievalQ):
    """Notes which encoder made the summaries."""

    def summarise(self, batch):
        self.__dict__.setdefault("encoders", []).append(self.encode[0].weight.detach().clone())
        return super().summarise(batch)


def test_every_update_encodes_its_own_retrieval_batch_with_the_encoder_of_that_moment():
    torch.manual_seed(0)
    network = Watched(2, 3, hidden=8, channels=4)
    learn(network, replay(), Learning(updates=3, states=8, trajectories=2, window=3), 0)
    first, second, third = network.encoders
    assert not torch.equal(first, second)
    assert not torch.equal(second, third)


def chain():
    """Two states, two actions: action 1 pays in state 1 and leads there from state 0; action 0 leads back."""
    rng = torch.Generator().manual_seed(0)
    action = torch.randint(2, (1, 40, 12), generator=rng)
    state = torch.cat([torch.zeros(1, 40, 1, dtype=torch.long), action], -1)
    reward = (state[..., :-1] * action).float()
    return Replay(torch.nn.functional.one_hot(state).float(), action, reward, 2, 0.5)


@pytest.mark.parametrize("retrieves", [None, True, False])
def test_values_of_a_chain_are_learnt(retrieves):
    torch.manual_seed(0)
    network = (
        PlainQ(2, 2, hidden=16)
        if retrieves is None
        else RetrievalQ(2, 2, hidden=16, channels=8, retrieves=retrieves)
    )
    how = Learning(updates=300, states=32, trajectories=2, window=6, gamma=0.5, lr=1e-2, target_every=20)
    learn(network, chain(), how, 0)
    memory, rng = chain(), torch.Generator().manual_seed(0)
    summaries = None
    if retrieves:
        summaries = network.summarise(memory.trajectories(memory.split(2, rng)[0], 6, rng))
    found = network(torch.eye(2)[None], network.fresh(1, 2, rng), summaries).values[0]
    expected = torch.tensor(
        [[0.5, 1.0], [0.5, 2.0]]
    )  # Q = r + Q* / 2 with Q* = 1 in state 0 and 2 in state 1
    assert torch.allclose(found, expected, atol=0.15)


def test_learning_repeats_itself():
    found = []
    for _ in range(2):
        torch.manual_seed(0)
        network = RetrievalQ(2, 3, hidden=8, channels=4)
        found.append(learn(network, replay(), Learning(updates=4, states=8, trajectories=2, window=3), 0))
    assert found[0] == found[1]
    assert found[0].kl > 0


def test_a_policy_carries_its_slots_and_repeats_itself():
    torch.manual_seed(0)
    memory, network = replay(), RetrievalQ(2, 3, hidden=8, channels=4)
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        summaries = network.summarise(memory.trajectories(memory.split(2, rng)[0], 3, rng))
    policies = [Greedy(network, 2, 4, summaries, seed=5) for _ in range(2)]
    first = policies[0].slots
    assert torch.equal(policies[0](torch.ones(8, 2)), policies[1](torch.ones(8, 2)))
    assert not torch.equal(policies[0].slots, first)
    assert torch.equal(policies[0].slots, policies[1].slots)
