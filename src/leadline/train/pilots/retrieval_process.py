"""A retrieval process beside an agent: slots that look past trajectories up and tell the agent what came after.

Retrieval-Augmented RL (arXiv:2202.08417, algorithm 1). Keys are made from summaries of the past and values from
summaries of the future: match where a trajectory is like mine, return how it went on.
G groups (tasks), N states of a group, K slots, I trajectories of J steps, S channels of the agent, D of the process.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from leadline.train.pilots.latents import gaussian_kl
from leadline.train.policies.fused_gru import bidirectional

LOG_SIGMA = (-10.0, 2.0)


def two_level_topk(logits: Tensor, k_traj: int, k_states: int, score: Tensor | None = None) -> Tensor:
    """[..., I, J] weights that sum to 1: softmax over the k_states best states in the k_traj best trajectories.

    A trajectory's score is its share of the softmax over everything, unless `score` [..., I] is given. Which states are
    kept has no gradient; the weights of those kept have one.

    >>> kept = two_level_topk(torch.tensor([[0.5, 0.0], [0.2, 0.4]]), 1, 1)
    >>> kept.tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    """
    n_traj, n_steps = logits.shape[-2:]
    score = logits.detach().logsumexp(-1) if score is None else score.expand(logits.shape[:-1])
    best = score.topk(min(k_traj, n_traj), -1).indices
    out = torch.ones_like(score, dtype=torch.bool).scatter(-1, best, False)
    inside = logits.masked_fill(out[..., None], -torch.inf).flatten(-2)
    states = inside.detach().topk(min(k_states, best.shape[-1] * n_steps), -1).indices
    dropped = torch.ones_like(inside, dtype=torch.bool).scatter(-1, states, False)
    return inside.masked_fill(dropped, -torch.inf).softmax(-1).unflatten(-1, (n_traj, n_steps))


def attend(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """[..., Q, V] softmax(query keys / sqrt d) values, for query [..., Q, d], keys [..., K, d], values [..., K, V]."""
    return torch.softmax(query @ keys.mT / keys.shape[-1] ** 0.5, -1) @ values


class Gated(nn.Module):
    """A residual update with GRU-style gating and layer normalisation (appendix A.3): [..., update], [..., D]."""

    def __init__(self, update: int, channels: int) -> None:
        super().__init__()
        self.cell, self.norm = nn.GRUCell(update, channels), nn.LayerNorm(channels)

    def forward(self, update: Tensor, state: Tensor) -> Tensor:
        out = self.cell(update.reshape(-1, update.shape[-1]), state.reshape(-1, state.shape[-1]))
        normed: Tensor = self.norm(out).view_as(state)
        return normed


class Gaussian(nn.Module):
    """A diagonal Gaussian [..., D] from an input [..., D]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.out = nn.Linear(channels, 2 * channels)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mu, log_sigma = self.out(x).chunk(2, -1)
        return mu, log_sigma.clamp(*LOG_SIGMA).exp()


class Trajectories(NamedTuple):
    """A retrieval batch. What was done and paid before step j stands at step j, as an agent at step j knows it."""

    observation: Tensor
    """[G, I, J, F]"""
    action: Tensor
    """[G, I, J] the action taken at each step."""
    reward: Tensor
    """[G, I, J] what it brought."""
    value: Tensor
    """[G, I, J] discounted reward from each step to the end of its episode."""
    before_action: Tensor
    """[G, I, J] the action before; the number of actions where there is none."""
    before_reward: Tensor
    """[G, I, J]"""


class Summaries(NamedTuple):
    """Of every step of a retrieval batch: what it is found by, and what it then says."""

    past: Tensor
    """[G, I, J, D]"""
    future: Tensor
    """[G, I, J, D]"""
    worth: Tensor | None = None
    """[G, I] what trajectories are chosen by; by attention without it."""


class Summariser(nn.Module):
    """Encoded trajectories -> summaries of the past (plus the state itself) and of the future, a GRU for each.

    Actions and rewards are part of what is summarised: where the task is hidden, nothing else tells it. A reward lets a
    second view of the state in which it was paid through. Both summaries learn to predict action, reward and value of
    their step.
    """

    def __init__(self, state: int, channels: int, actions: int) -> None:
        super().__init__()
        self.state = nn.Linear(state, channels)
        self.action = nn.Embedding(actions + 1, channels)
        self.paid = nn.Linear(state, channels)
        self.gru = nn.GRU(channels, channels, batch_first=True, bidirectional=True)
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(2))
        self.heads = nn.ModuleList(nn.Linear(channels, actions + 2) for _ in range(2))

    def forward(self, s: Tensor, batch: Trajectories) -> Summaries:
        """s [G, I, J, S]: the batch's observations through the agent's encoder as it is now."""
        state = self.state(s)
        told = self.action(batch.before_action) + batch.before_reward[..., None] * self.paid(s)
        both = bidirectional(self.gru, (state + told).flatten(0, 1)).view(*s.shape[:3], 2, -1)
        past, future = self.norms
        return Summaries(past(both[..., 0, :] + state), future(both[..., 1, :]))

    def auxiliary(self, summaries: Summaries, batch: Trajectories) -> Tensor:
        """Cross-entropy of action and reward and squared error of the value, over both summaries."""
        loss = torch.zeros(())
        for head, summary in zip(self.heads, summaries[:2], strict=True):
            said = head(summary)
            loss = loss + nn.functional.cross_entropy(said[..., :-2].flatten(0, 2), batch.action.flatten())
            loss = loss + nn.functional.binary_cross_entropy_with_logits(said[..., -2], batch.reward)
            loss = loss + (said[..., -1] - batch.value).square().mean()
        return loss


class Step(NamedTuple):
    """What the process says about each state, and its slots afterwards."""

    z: Tensor
    """[G, N, K, D] what the agent may read."""
    slots: Tensor
    """[G, N, K, D]"""
    kl: Tensor
    """[G, N, K] nats that each slot took from the retrieval batch."""


class RetrievalProcess(nn.Module):
    """Slots that query the summaries (steps 1 to 5 of algorithm 1). Without summaries nothing is retrieved and the
    agent reads the slots themselves: the paper's ablation A-2.
    """

    def __init__(
        self, state: int, channels: int, *, slots: int = 2, k_traj: int = 4, k_states: int = 8
    ) -> None:
        super().__init__()
        self.slots, self.channels, self.k_traj, self.k_states = slots, channels, k_traj, k_states
        self.cell = nn.GRUCell(state, channels)
        self.query, self.key, self.value = (nn.Linear(channels, channels, bias=False) for _ in range(3))
        self.posterior, self.prior = Gaussian(channels), Gaussian(channels)
        self.take, self.join = Gated(channels, channels), Gated(channels, channels)
        self.among = nn.ModuleList(nn.Linear(channels, channels, bias=False) for _ in range(3))

    def fresh(self, groups: int, n: int, rng: torch.Generator) -> Tensor:
        """Slots at the start of an episode: random."""
        return torch.randn(groups, n, self.slots, self.channels, generator=rng)

    def retrieve(self, m: Tensor, summaries: Summaries) -> Tensor:
        """[G, N, K, D] what follows the states that the slots [G, N, K, D] ask for."""
        keys = self.key(summaries.past).flatten(1, 2)
        values = self.value(summaries.future).flatten(1, 2)
        logits = self.query(m).flatten(1, 2) @ keys.mT / self.channels**0.5
        shape = summaries.past.shape[1:3]
        worth = None if summaries.worth is None else summaries.worth[:, None]
        weights = two_level_topk(logits.unflatten(-1, shape), self.k_traj, self.k_states, worth)
        return (weights.flatten(-2) @ values).view_as(m)

    def forward(
        self, s: Tensor, slots: Tensor, summaries: Summaries | None, rng: torch.Generator | None
    ) -> Step:
        """States s [G, N, S] and slots before them. Without `rng` the bottleneck passes its mean on."""
        told = s[:, :, None].expand(-1, -1, self.slots, -1).reshape(-1, s.shape[-1])
        m = self.cell(told, slots.reshape(-1, self.channels)).view_as(slots)
        if summaries is None:
            kl = m.new_zeros(m.shape[:3])
            z = None
        else:
            mu, sigma = self.posterior(self.retrieve(m, summaries))
            kl = gaussian_kl(mu, sigma, *self.prior(slots))
            z = mu if rng is None else mu + sigma * torch.randn(mu.shape, generator=rng)
            m = self.take(z, m)
        query, key, value = (layer(m) for layer in self.among)
        m = self.join(attend(query, key, value), m)
        return Step(m if z is None else z, m, kl)


class Reader(nn.Module):
    """Step 6: an agent's state [G, N, S] takes in what the slots say [G, N, K, D]."""

    def __init__(self, state: int, channels: int) -> None:
        super().__init__()
        self.query, self.key = (nn.Linear(size, channels, bias=False) for size in (state, channels))
        self.value = nn.Linear(channels, state, bias=False)
        self.gate = Gated(state, state)

    def forward(self, s: Tensor, z: Tensor) -> Tensor:
        u = attend(self.query(s)[:, :, None], self.key(z), self.value(z))[:, :, 0]
        read: Tensor = self.gate(u, s)
        return read
