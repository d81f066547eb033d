"""Sampling a flow-matching generator with noise, and the density of each noisy step (Flow-GRPO, DanceGRPO).

x_s = (1 - s) x_0 + s e with e normal; the network's velocity v(x, s, c) predicts e - x_0. Time runs from s = 1 (noise)
to s = 0 (data). The deterministic step (ODE) has no density; the stochastic ones keep the same marginals.
M points, D dimensions. Log probabilities are *means* over dimensions, as the released codes take them: ratios stay
near 1 in high dimension, and clip ranges belong to this convention.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from leadline.errors import UsageError

Velocity = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(x [M, D], s [M], condition [M, ...]) -> [M, D]."""


class Step(NamedTuple):
    """The Gaussian that a stochastic step draws from: mean [M, D] and standard deviation [M]."""

    mean: Tensor
    sd: Tensor


def sigmas(n: int, shift: float = 3.0) -> Tensor:
    """[n + 1] float64 from 1 to 0, linear, then shifted: s <- k s / (1 + (k - 1) s). k > 1 spends steps on noise.

    >>> [round(x, 4) for x in sigmas(4).tolist()]
    [1.0, 0.9, 0.75, 0.5, 0.0]
    """
    s = torch.linspace(1, 0, n + 1, dtype=torch.float64)
    return shift * s / (1 + (shift - 1) * s)


def ode_step(x: Tensor, v: Tensor, s: Tensor, s_next: Tensor) -> Tensor:
    """[M, D] x + (s_next - s) v for s, s_next [M]."""
    return x + (s_next - s)[:, None] * v


def noise_scale(s: Tensor, s_first: float, eta: Tensor) -> Tensor:
    """[M] Flow-GRPO's std = eta sqrt(s / (1 - s)); at s = 1 the denominator takes the schedule's second value."""
    below = torch.where(s >= 1, torch.full_like(s, s_first), s)
    return eta * torch.sqrt(s / (1 - below))


def sde_step(
    x: Tensor, v: Tensor, s: Tensor, s_next: Tensor, eta: Tensor, s_first: float,
    *, form: Literal["flow", "dance"] = "flow",
) -> Step:  # fmt: skip
    """One noisy step of x [M, D] with velocity v [M, D]; s > s_next and the noise level eta are [M].

    form "dance": constant std eta and the score -(x - (1 - s) x_0) / s^2 with x_0 = x - s v.
    """
    if bool((s_next >= s).any()):
        raise UsageError("A step goes from a larger s to a smaller one.")
    dt, s_, keep = (s_next - s)[:, None], s[:, None], (1 - s)[:, None]
    if form == "flow":
        std = noise_scale(s, s_first, eta)
        mean = x + (v + std[:, None] ** 2 / (2 * s_) * (x + keep * v)) * dt
    else:
        std = eta
        score = -(x - keep * (x - s_ * v)) / s_**2
        mean = x + dt * v - 0.5 * std[:, None] ** 2 * score * dt
    return Step(mean, std * torch.sqrt(s - s_next))


def sde_logprob(child: Tensor, step: Step) -> Tensor:
    """[M, B] log density of children [M, B, D] under their parent's step, mean over the D dimensions."""
    sd = step.sd[:, None, None]
    density = -((child - step.mean[:, None]) ** 2) / (2 * sd**2) - torch.log(sd) - math.log(2 * math.pi) / 2
    return density.mean(-1)
