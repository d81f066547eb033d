"""GRPO on a tree of denoising steps: noise branches inside a window, everything else is deterministic.

Idea: siblings share their parent's forward, so a tree of 16 leaves costs a fraction of 16 trajectories, and an edge's
credit is the mean of the leaves below it (Dynamic-TreeRPO, arXiv:2509.23352).
Departs: the paper was readable only in its abstract and reviews. Edge credit, the clip rule and the imitation loss are
proposals with its symbols; window and clipping come from MixGRPO's and DanceGRPO's code.
R roots, B branches, depth d, M parents of one layer, D dimensions. Arrays per layer; the parent of child j is j // B.
A root with branch 1 is an independent trajectory, so one code serves trees, forests and the baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from leadline.errors import UsageError
from leadline.train.losses import ppo
from leadline.train.pilots.flow import Step, Velocity, ode_step, sde_logprob, sde_step, sigmas


@dataclass(frozen=True)
class FlowPlan:
    """Denoising steps, and which of them branch. Defaults: MixGRPO's script; growth 1 is ours (beta in the paper)."""

    steps: int = 25
    shift: float = 3.0
    start: int = 0
    """First step of the window."""
    depth: int = 4
    branch: int = 2
    eta: float = 0.7
    growth: float = 1.0
    """Noise of layer k = 1..d is eta (1 + growth k / d); 0: constant."""

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.steps - self.depth or self.depth < 1 or self.branch < 1:
            raise UsageError(
                f"A window of {self.depth} steps from {self.start} does not fit {self.steps} denoising steps."
            )
        if 1 + self.growth <= 0 or self.eta <= 0:
            raise UsageError("Every layer needs noise: eta > 0 and growth > -1.")

    @property
    def leaves(self) -> int:
        return int(self.branch**self.depth)

    @property
    def etas(self) -> list[float]:
        return [self.eta * (1 + self.growth * k / self.depth) for k in range(1, self.depth + 1)]

    def sampling_evaluations(self) -> int:
        """Network evaluations of one root: prefix, inner nodes, and every leaf to its end."""
        inner = sum(self.branch**k for k in range(self.depth))
        return self.start + inner + self.leaves * (self.steps - self.start - self.depth)

    def training_evaluations(self) -> int:
        """... of one epoch: one per parent, whatever the number of its children."""
        return sum(self.branch**k for k in range(self.depth))


class Layer(NamedTuple):
    """One layer's transitions. eta is kept: old and new densities must use the same noise."""

    parent: Tensor
    """[M, D]"""
    condition: Tensor
    s: Tensor
    """[M]"""
    s_next: Tensor
    eta: Tensor
    child: Tensor
    """[M, B, D]"""
    logp_old: Tensor
    """[M, B]"""


class FlowTree(NamedTuple):
    layers: list[Layer]
    leaf: Tensor
    """[R, B^d, D] finished samples."""
    s_first: float
    evaluations: int


@torch.no_grad()
def grow(
    velocity: Velocity, noise: Tensor, condition: Tensor, plan: FlowPlan, rng: torch.Generator
) -> FlowTree:
    """One tree per root: noise [R, D], condition [R, ...]."""
    s = sigmas(plan.steps, plan.shift).to(noise.dtype)
    x, asked, layers, evaluations = noise, condition, [], 0
    for i in range(plan.steps):
        now, then = (torch.full((len(x),), float(s[j]), dtype=x.dtype) for j in (i, i + 1))
        v = velocity(x, now, asked)
        evaluations += len(x)
        if not plan.start <= i < plan.start + plan.depth:
            x = ode_step(x, v, now, then)
            continue
        eta = torch.full_like(now, plan.etas[i - plan.start])
        step = sde_step(x, v, now, then, eta, float(s[1]))
        draws = torch.randn((len(x), plan.branch, x.shape[1]), generator=rng, dtype=x.dtype)
        child = step.mean[:, None] + step.sd[:, None, None] * draws
        layers.append(Layer(x, asked, now, then, eta, child, sde_logprob(child, step)))
        x, asked = child.flatten(0, 1), asked.repeat_interleave(plan.branch, 0)
    return FlowTree(layers, x.view(len(noise), plan.leaves, -1), float(s[1]), evaluations)


@torch.no_grad()
def finish(velocity: Velocity, noise: Tensor, condition: Tensor, plan: FlowPlan) -> Tensor:
    """[R, D] deterministic samples, as a trained generator is used."""
    s = sigmas(plan.steps, plan.shift).to(noise.dtype)
    x = noise
    for now, then in zip(s[:-1].tolist(), s[1:].tolist(), strict=True):
        at = torch.full((len(x),), now, dtype=x.dtype)
        x = ode_step(x, velocity(x, at, condition), at, torch.full_like(at, then))
    return x


def leaf_advantages(
    reward: Tensor, *, bound: float = 5.0, eps: float = 1e-8, smallest: float = 1e-4
) -> Tensor:
    """[P, L] (r - mean) / (std + eps) over the leaves of a prompt, held in +-bound.

    0 where the sample std is below `smallest`: late windows make siblings alike, and noise must not become credit.
    """
    std = reward.std(1, keepdim=True)
    advantage = ((reward - reward.mean(1, keepdim=True)) / (std + eps)).clamp(-bound, bound)
    return torch.where(std < smallest, torch.zeros_like(advantage), advantage)


def edge_advantages(leaf: Tensor, depth: int, branch: int) -> list[Tensor]:
    """Per layer [R B^k, B]: the mean advantage of the leaves below each edge, from leaf advantages [R, B^d]."""
    return [leaf.reshape(len(leaf) * branch**k, branch, -1).mean(-1) for k in range(depth)]


def adaptive_clip(advantage: Tensor, low: float, high: float, sensitivity: float) -> Tensor:
    """[...] clip range between low and high, larger for better edges (a proposal for the paper's Eq. 11).

    >>> [round(x, 4) for x in adaptive_clip(torch.tensor([-2.0, 0.0, 2.0]), 0.1, 0.3, 1.0).tolist()]
    [0.1238, 0.2, 0.2762]
    """
    return low + (high - low) * torch.sigmoid(sensitivity * advantage)


def tree_loss(
    velocity: Velocity,
    tree: FlowTree,
    edges: Sequence[Tensor],
    clip: float | tuple[float, float, float] = 0.2,
) -> Tensor:
    """Clipped surrogate, mean over all edges of the window. `clip`: a range, or (low, high, sensitivity)."""
    parent, condition, s, s_next, eta, child, old = (
        torch.cat(parts) for parts in zip(*tree.layers, strict=True)
    )
    step: Step = sde_step(parent, velocity(parent, s, condition), s, s_next, eta, tree.s_first)
    logp, advantage = sde_logprob(child, step), torch.cat(list(edges))
    around = clip if isinstance(clip, float) else adaptive_clip(advantage, *clip)
    return ppo(logp, old, advantage, torch.ones_like(logp), low=around, high=around).mean()


def imitation_loss(velocity: Velocity, tree: FlowTree, reward: Tensor, *, eps: float = 1e-8) -> Tensor:
    """The best leaf's path as a target (LayerTuning-RL, a proposal for Eq. 12-13): squared distance of the velocity
    from the one that leads from each parent on that path to its child, weighted by (best - mean) / std of the root.

    reward [R, B^d]. It did not help in our toy, and it imitates the best of the worst: off unless asked for.
    """
    best = reward.argmax(1)
    weight = (reward.max(1).values - reward.mean(1)) / (reward.std(1) + eps)
    losses, leaves = [], reward.shape[1]
    for layer in tree.layers:
        width, branch = len(layer.parent) // len(best), layer.child.shape[1]
        place = torch.arange(len(best)) * width + best // (leaves // width)
        which = best // (leaves // (width * branch)) % branch
        child, dt = layer.child[place, which], (layer.s_next - layer.s)[place, None]
        v = velocity(layer.parent[place], layer.s[place], layer.condition[place])
        losses.append((v - (child - layer.parent[place]) / dt).square().mean(-1) * weight)
    return torch.stack(losses).mean()
