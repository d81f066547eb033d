"""Offline Q-learning on gridroboman: planner's episodes as a replay, and a network's returns in the world.

G tasks, n episodes or worlds of each, F features: the 11 observed numbers and, where the task is shown, G more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from leadline.environments.gridroboman import ACTIONS, FEATURES, SIDE, Array, World
from leadline.environments.gridroboman_planner import demonstrations, play
from leadline.train.pilots.offline_q import Greedy, Replay
from leadline.train.pilots.q_networks import PlainQ, QNetwork, RetrievalQ
from leadline.train.pilots.retrieval_process import Summaries, Trajectories

COORDINATES = [i for i in range(FEATURES) if i not in (4, 7, 10)]


def features(observation: Array, shown: Tensor | None = None) -> Tensor:
    """[..., F] with coordinates scaled to -1..1; `shown` [..., G] is appended."""
    x = torch.from_numpy(observation).float()
    half = (SIDE - 1) / 2
    x[..., COORDINATES] = x[..., COORDINATES] / half - 1
    return x if shown is None else torch.cat([x, shown.expand(*x.shape[:-1], -1)], -1)


class Practice(NamedTuple):
    """What a network learns from."""

    tasks: Array
    """[G] indices into TASKS."""
    replay: Replay
    shown: bool
    """Whether the task is part of the features."""
    planner: float
    """Mean return of the noisy planner whose episodes these are."""

    @property
    def inputs(self) -> int:
        """F."""
        return FEATURES + len(self.tasks) * self.shown

    def plain(self) -> PlainQ:
        """DQN's network for these episodes."""
        return PlainQ(self.inputs, len(ACTIONS))

    def retrieving(self, *, retrieves: bool = True, k_traj: int = 4, k_states: int = 8) -> RetrievalQ:
        """RA-DQN's network for these episodes."""
        return RetrievalQ(self.inputs, len(ACTIONS), retrieves=retrieves, k_traj=k_traj, k_states=k_states)


def practice(tasks: Array, n: int, rng: np.random.Generator, *, noise: float, gamma: float) -> Practice:
    """n episodes per task; the task is hidden. `show` gives the same episodes with the task."""
    played = demonstrations(tasks, n, rng, noise=noise)
    by_task = [part.reshape(len(tasks), n, *part.shape[1:]) for part in played[1:]]
    observation, action, reward = by_task
    replay = Replay(
        features(observation), torch.from_numpy(action), torch.from_numpy(reward), len(ACTIONS), gamma
    )
    return Practice(tasks, replay, False, float(played.returns.mean()))


def show(hidden: Practice) -> Practice:
    """The same episodes with the task one-hot in every observation."""
    replay, groups = hidden.replay, len(hidden.tasks)
    hot = torch.eye(groups)[:, None, None].expand(*replay.x.shape[:3], -1)
    return hidden._replace(replay=replay.with_x(torch.cat([replay.x, hot], -1)), shown=True)


@torch.no_grad()
def summaries_of(network: QNetwork, data: Practice, seed: int, *, trajectories: int, window: int, other: bool) -> (
    Summaries | None
):  # fmt: skip
    """A retrieval batch for each task; with `other`, that of the next task instead of its own."""
    if not isinstance(network, RetrievalQ) or not network.retrieves:
        return None
    rng = torch.Generator().manual_seed(seed)
    batch = data.replay.trajectories(data.replay.split(trajectories, rng)[0], window, rng)
    return network.summarise(Trajectories(*(part.roll(1, 0) for part in batch)) if other else batch)


def returns(
    network: QNetwork, data: Practice, n: int, seed: int, *, trajectories: int = 8, window: int = 25,
    other: bool = False,
) -> float:  # fmt: skip
    """Mean return of the greedy policy over n new worlds per task; slots are carried through an episode."""
    groups = len(data.tasks)
    summaries = summaries_of(network, data, seed, trajectories=trajectories, window=window, other=other)
    policy = Greedy(network, groups, n, summaries, seed)
    hot = functional.one_hot(torch.arange(groups).repeat_interleave(n), groups) if data.shown else None

    def choose(world: World, observation: Array) -> Array:
        return np.asarray(policy(features(observation, hot)).numpy())

    played = play(np.repeat(data.tasks, n), choose, np.random.default_rng([seed, 3]))
    return float(played.returns.mean())
