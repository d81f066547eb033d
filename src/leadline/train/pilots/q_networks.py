"""Action values of states: a plain network, and one that reads what a retrieval process says (arXiv:2202.08417).

G groups (tasks), N states, F features, A actions. Both are called alike, so that one trainer serves them.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from leadline.train.pilots.retrieval_process import (
    Reader,
    RetrievalProcess,
    Summaries,
    Summariser,
    Trajectories,
)


class Q(NamedTuple):
    """What a network says of states, and what it remembers for the next ones."""

    values: Tensor
    """[G, N, A]"""
    slots: Tensor
    """[G, N, K, D]; K is 0 for a network without slots."""
    kl: Tensor
    """[G, N, K] nats retrieved per slot."""


def encoder(features: int, hidden: int) -> nn.Sequential:
    """The first two of the paper's three layers."""
    return nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())


class PlainQ(nn.Module):
    """Two layers and a linear head: DQN's network."""

    retrieves = False

    def __init__(self, features: int, actions: int, *, hidden: int = 64) -> None:
        super().__init__()
        self.encode, self.head = encoder(features, hidden), nn.Linear(hidden, actions)

    def fresh(self, groups: int, n: int, rng: torch.Generator) -> Tensor:
        """No slots."""
        return torch.zeros(groups, n, 0, 0)

    def forward(
        self, x: Tensor, slots: Tensor, summaries: Summaries | None = None, rng: torch.Generator | None = None
    ) -> Q:
        return Q(self.head(self.encode(x)), slots, x.new_zeros(*x.shape[:2], 0))


class RetrievalQ(nn.Module):
    """RA-DQN's network. `retrieves` False is ablation A-2: the same slots, nothing to retrieve from. `by_return`
    chooses trajectories by what they earned, not by attention, as the paper does on data of one task (appendix A.3).
    """

    def __init__(
        self,
        features: int,
        actions: int,
        *,
        hidden: int = 64,
        channels: int = 32,
        k_traj: int = 4,
        k_states: int = 8,
        retrieves: bool = True,
        by_return: bool = False,
    ) -> None:
        super().__init__()
        self.retrieves, self.by_return = retrieves, by_return
        self.encode, self.head = encoder(features, hidden), nn.Linear(hidden, actions)
        self.process = RetrievalProcess(hidden, channels, k_traj=k_traj, k_states=k_states)
        self.summariser = Summariser(hidden, channels, actions) if retrieves else None
        self.state, self.value = Reader(hidden, channels), Reader(hidden, channels)

    def fresh(self, groups: int, n: int, rng: torch.Generator) -> Tensor:
        """Slots at the start of an episode."""
        return self.process.fresh(groups, n, rng)

    def summarise(self, batch: Trajectories) -> Summaries:
        """The batch through the encoder as it is now: summaries of an older encoder answer other questions."""
        assert self.summariser is not None
        out: Summaries = self.summariser(self.encode(batch.observation), batch)
        return out._replace(worth=batch.reward.sum(-1)) if self.by_return else out

    def forward(
        self, x: Tensor, slots: Tensor, summaries: Summaries | None = None, rng: torch.Generator | None = None
    ) -> Q:
        """x [G, N, F]. The state reads what was retrieved, and so does the value made of it."""
        s = self.encode(x)
        told = self.process(s, slots, summaries, rng)
        read = self.value(self.state(s, told.z), told.z)
        return Q(self.head(read), told.slots, told.kl)


QNetwork = PlainQ | RetrievalQ
