"""A small flow-matching generator, its pre-training, and its improvement by GRPO on trees at a budget of evaluations.

P prompts (conditions), D dimensions. An evaluation is one row through the network, in sampling or in training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from leadline.train.pilots.flow_tree import (
    FlowPlan,
    edge_advantages,
    grow,
    imitation_loss,
    leaf_advantages,
    tree_loss,
)

Reward = Callable[[Tensor, Tensor], Tensor]
"""(samples [P, L, D], conditions [P]) -> [P, L]."""


class VelocityNet(nn.Module):
    """v(x, s, c): two hidden layers over the point, the time and a one-hot condition."""

    def __init__(self, dimensions: int, conditions: int, width: int = 64, seed: int = 0) -> None:
        super().__init__()
        self.conditions = conditions
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.net = nn.Sequential(
                nn.Linear(dimensions + 1 + conditions, width), nn.SiLU(),
                nn.Linear(width, width), nn.SiLU(), nn.Linear(width, dimensions),
            )  # fmt: skip

    def forward(self, x: Tensor, s: Tensor, condition: Tensor) -> Tensor:
        asked = nn.functional.one_hot(condition, self.conditions).to(x.dtype)
        out: Tensor = self.net(torch.cat([x, s[:, None], asked], 1))
        return out


def pretrain(
    model: VelocityNet,
    draw: Callable[[int], tuple[Tensor, Tensor]],
    rng: torch.Generator,
    *,
    steps: int,
    batch: int = 256,
    lr: float = 2e-3,
) -> None:
    """Flow matching: v(x_s, s, c) to e - x_0 at uniform s. `draw(n)` gives points [n, D] and conditions [n]."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(steps):
        data, condition = draw(batch)
        s, noise = torch.rand(batch, generator=rng), torch.randn(data.shape, generator=rng)
        x = (1 - s)[:, None] * data + s[:, None] * noise
        loss = (model(x, s, condition) - (noise - data)).square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


@dataclass(frozen=True)
class FlowTraining:
    """16 leaves per prompt either way: one root that branches, or `roots` copies of its noise with branch 1."""

    plan: FlowPlan
    roots: int = 1
    prompts: int = 16
    epochs: int = 2
    lr: float = 3e-4
    clip: float | tuple[float, float, float] = 0.2
    imitation: float = 0.0
    """Weight of the best leaf's imitation (LayerTuning-RL); 0 leaves it out."""


class Improved(NamedTuple):
    evaluations: int
    iterations: int


def improve(
    model: VelocityNet, reward: Reward, training: FlowTraining, rng: torch.Generator, *, budget: int
) -> Improved:
    """GRPO in place until `budget` network evaluations are spent; every iteration has its own prompts and noise."""
    plan, spent, iterations = training.plan, 0, 0
    optimizer = torch.optim.Adam(model.parameters(), lr=training.lr)
    dimensions = model.net[-1].out_features
    while spent < budget:
        condition = torch.randint(model.conditions, (training.prompts,), generator=rng)
        noise = torch.randn(training.prompts, dimensions, generator=rng)
        copies = (x.repeat_interleave(training.roots, 0) for x in (noise, condition))
        tree = grow(model, *copies, plan, rng)
        scores = reward(tree.leaf.reshape(training.prompts, -1, dimensions), condition)
        leaf = leaf_advantages(scores).reshape(len(tree.leaf), -1)
        edges = edge_advantages(leaf, plan.depth, plan.branch)
        for _ in range(training.epochs):
            loss = tree_loss(model, tree, edges, training.clip)
            if training.imitation:
                loss = loss + training.imitation * imitation_loss(model, tree, scores.reshape(leaf.shape))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        epoch = plan.training_evaluations() * len(tree.leaf)
        spent, iterations = spent + tree.evaluations + training.epochs * epoch, iterations + 1
    return Improved(spent, iterations)
