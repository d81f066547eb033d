"""Offline Q-learning from episodes of several tasks: double DQN with a Huber loss, with or without a retrieval batch.

Settings after Retrieval-Augmented RL (arXiv:2202.08417, appendix A.4.2) at the size of a laptop.
G tasks, E episodes of each, T steps, F features, A actions.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from leadline.train.pilots.q_networks import QNetwork, RetrievalQ
from leadline.train.pilots.retrieval_process import Summaries, Trajectories

EPSILON = 1e-3


def squash(x: Tensor) -> Tensor:
    """R2D2's sign(x)(sqrt(|x| + 1) - 1) + .001 x, which keeps large returns small.

    >>> round(float(squash(torch.tensor(10.0))), 5)
    2.32662
    """
    return x.sign() * ((x.abs() + 1).sqrt() - 1) + EPSILON * x


def unsquash(x: Tensor) -> Tensor:
    """The inverse of `squash`."""
    root = (1 + 4 * EPSILON * (x.abs() + 1 + EPSILON)).sqrt() - 1
    return x.sign() * ((root / (2 * EPSILON)).square() - 1)


def double_dqn_target(
    reward: Tensor, online: Tensor, target: Tensor, gamma: float, *, squashed: bool = False
) -> Tensor:
    """[...] r + gamma Q_target(s', argmax Q_online(s')), for action values [..., A] of the next state.

    `squashed`: values are learnt on R2D2's scale.
    """
    ahead = target.gather(-1, online.argmax(-1, keepdim=True))[..., 0]
    return squash(reward + gamma * unsquash(ahead)) if squashed else reward + gamma * ahead


def discounted(reward: Tensor, gamma: float) -> Tensor:
    """[..., T] reward from each step to the end.

    >>> discounted(torch.tensor([0.0, 0.0, 1.0]), 0.5).tolist()
    [0.25, 0.5, 1.0]
    """
    ahead, found = torch.zeros(reward.shape[:-1]), []
    for r in reward.flip(-1).unbind(-1):
        ahead = r + gamma * ahead
        found.append(ahead)
    return torch.stack(found[::-1], -1)


@dataclass(frozen=True)
class Learning:
    """How Q is learnt."""

    updates: int = 5000
    states: int = 128
    """Transitions per update, over all tasks."""
    trajectories: int = 8
    """Retrieved from, per task and update."""
    window: int = 25
    """Steps of each."""
    gamma: float = 0.9
    lr: float = 1e-3
    target_every: int = 200
    beta: float = 0.3
    """Weight of the information bottleneck, the paper's for gridroboman. At 0 there is none: its mean passes on."""
    auxiliary: float = 0.1
    """Weight of the summaries' own losses, the paper's for gridroboman."""
    squashed: bool = False


class Transitions(NamedTuple):
    """N steps of each task, with the state that followed."""

    x: Tensor
    """[G, N, F]"""
    action: Tensor
    """[G, N]"""
    reward: Tensor
    """[G, N]"""
    following: Tensor
    """[G, N, F]"""


class Replay:
    """Episodes by task. Trajectories to retrieve from and transitions to learn from never share an episode: a value
    that could look its own future up would learn nothing else.
    """

    def __init__(self, x: Tensor, action: Tensor, reward: Tensor, n_actions: int, gamma: float) -> None:
        """x [G, E, T + 1, F], action [G, E, T], reward [G, E, T]."""
        self.x, self.action, self.reward = x, action, reward
        self.value = discounted(reward, gamma)
        none = torch.full_like(action[..., :1], n_actions)
        self.before_action = torch.cat([none, action[..., :-1]], -1)
        self.before_reward = torch.cat([torch.zeros_like(reward[..., :1]), reward[..., :-1]], -1)

    def with_x(self, x: Tensor) -> Replay:
        """The same episodes with other features [G, E, T + 1, F]."""
        made = copy.copy(self)
        made.x = x
        return made

    def split(self, n_trajectories: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Episodes [G, I] to retrieve from and the others [G, E - I], in random order."""
        order = torch.rand(self.action.shape[:2], generator=rng).argsort(1)
        return order[:, :n_trajectories], order[:, n_trajectories:]

    def trajectories(self, episodes: Tensor, window: int, rng: torch.Generator) -> Trajectories:
        """A random window of each of episodes [G, I]."""
        steps = self.action.shape[2]
        first = torch.randint(steps - window + 1, episodes.shape, generator=rng)
        t = first[..., None] + torch.arange(window)
        at = torch.arange(len(episodes))[:, None, None], episodes[..., None], t
        return Trajectories(
            self.x[at], self.action[at], self.reward[at], self.value[at], self.before_action[at], self.before_reward[at]
        )  # fmt: skip

    def transitions(self, episodes: Tensor, n: int, rng: torch.Generator) -> Transitions:
        """n steps per task out of episodes [G, any]."""
        groups = len(episodes)
        which = episodes.gather(1, torch.randint(episodes.shape[1], (groups, n), generator=rng))
        t = torch.randint(self.action.shape[2], (groups, n), generator=rng)
        g = torch.arange(groups)[:, None]
        return Transitions(
            self.x[g, which, t], self.action[g, which, t], self.reward[g, which, t], self.x[g, which, t + 1]
        )


class Losses(NamedTuple):
    """Of one update."""

    total: Tensor
    td: float
    kl: float
    """Nats per slot; 0 without retrieval."""


def losses(
    network: QNetwork, target: QNetwork, replay: Replay, how: Learning, rng: torch.Generator
) -> Losses:
    """TD, auxiliary and bottleneck losses on a fresh batch, whose retrieval batch is encoded as the network is now."""
    groups = len(replay.action)
    n = max(1, how.states // groups)
    looked_up, others = replay.split(how.trajectories, rng)
    batch = replay.transitions(others, n, rng)
    slots = network.fresh(groups, n, rng)
    total, mine, its = torch.zeros(()), None, None
    if network.retrieves:
        assert isinstance(network, RetrievalQ)
        assert isinstance(target, RetrievalQ)
        trajectories = replay.trajectories(looked_up, how.window, rng)
        mine = network.summarise(trajectories)
        total = how.auxiliary * network.summariser.auxiliary(mine, trajectories)  # type: ignore[union-attr]
        with torch.no_grad():
            its = target.summarise(trajectories)
    noise = rng if how.beta else None
    found = network(batch.x, slots, mine, noise)
    with torch.no_grad():
        ahead = [
            each(batch.following, slots, told, noise).values
            for each, told in ((network, mine), (target, its))
        ]
        y = double_dqn_target(batch.reward, ahead[0], ahead[1], how.gamma, squashed=how.squashed)
    td = functional.huber_loss(found.values.gather(-1, batch.action[..., None])[..., 0], y)
    total = total + td
    if not found.kl.numel():
        return Losses(total, float(td.detach()), 0.0)
    total = total + how.beta * found.kl.sum(-1).mean()
    return Losses(total, float(td.detach()), float(found.kl.detach().mean()))


class Learnt(NamedTuple):
    """Means of the last hundred updates."""

    td: float
    """Huber loss."""
    kl: float
    """Nats per slot; 0 without retrieval."""


def learn(network: QNetwork, replay: Replay, how: Learning, seed: int) -> Learnt:
    """Train in place; every `target_every` updates the target network becomes what the network is."""
    rng = torch.Generator().manual_seed(seed)
    target = copy.deepcopy(network)
    optimizer = torch.optim.Adam(network.parameters(), lr=how.lr, fused=True)
    seen = []
    for update in range(how.updates):
        if update % how.target_every == 0:
            target.load_state_dict(network.state_dict())
        found = losses(network, target, replay, how, rng)
        optimizer.zero_grad(set_to_none=True)
        found.total.backward()
        optimizer.step()
        if update >= how.updates - 100:
            seen.append((found.td, found.kl))
    return Learnt(*np.mean(seen, 0).tolist())


class Greedy:
    """A trained network as a policy: the best action of each state, slots carried from step to step.

    States come group after group; `summaries` stay the same for the episode.
    """

    def __init__(
        self, network: QNetwork, groups: int, n: int, summaries: Summaries | None, seed: int
    ) -> None:
        self.network, self.groups, self.summaries = network, groups, summaries
        self.slots = network.fresh(groups, n, torch.Generator().manual_seed(seed))

    @torch.no_grad()
    def __call__(self, x: Tensor) -> Tensor:
        """Actions [G N] of features [G N, F]."""
        found = self.network(x.unflatten(0, (self.groups, -1)), self.slots, self.summaries)
        self.slots = found.slots
        return found.values.argmax(-1).flatten()
