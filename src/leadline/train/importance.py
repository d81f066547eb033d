"""Truncated importance weights: tokens sampled under another policy count by how likely ours makes them.

Used for annealed temperatures (EAD, arXiv:2510.05251), asynchronous rollouts and replayed rows.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor


class WeightReport(NamedTuple):
    """What to log beside the weights: a small effective sample size means that few tokens carry the step."""

    mean: float
    max: float
    share_capped: float
    ess: float


def truncated(
    logp_old: Tensor,
    logp_roll: Tensor,
    mask: Tensor,
    *,
    cap: float = 2.0,
    level: Literal["token", "sequence"] = "token",
    over: Literal["clamp", "drop"] = "clamp",
) -> Tensor:
    """[R, T] min(exp(logp_old - logp_roll), cap), detached; 1 outside the mask.

    `sequence` multiplies the ratios of a row first: unbiased without the cap, and of exploding variance.
    `over="drop"` gives 0 instead of the cap to a weight above it (AReaL's decoupled PPO; such tokens still count in a
    mean over tokens).
    """
    log_ratio = ((logp_old - logp_roll) * mask).detach()
    if level == "sequence":
        log_ratio = log_ratio.sum(1, keepdim=True).expand_as(log_ratio)
    weights = log_ratio.clamp(max=20).exp()
    weights = weights.clamp(max=cap) if over == "clamp" else torch.where(weights > cap, 0.0, weights)
    return torch.where(mask > 0, weights, torch.ones_like(weights))


class Spread(NamedTuple):
    """Variances over rows (over tokens for `token`) of three log-ratios: a token's, a row's mean, a row's sum."""

    token: float
    mean: float
    sum: float


def spread(log_ratio: Tensor, mask: Tensor) -> Spread:
    """Why GSPO averages: for independent tokens the mean's variance falls like 1/length and the sum's grows with it.

    >>> [round(v, 3) for v in spread(torch.tensor([[0.1, 0.3], [-0.1, -0.3]]), torch.ones(2, 2))]
    [0.067, 0.08, 0.32]
    """
    total = (log_ratio * mask).sum(1)
    return Spread(float(log_ratio[mask > 0].var()), float((total / mask.sum(1)).var()), float(total.var()))


def effective_sample_size(weights: Tensor) -> float:
    """(sum w)^2 / sum w^2.

    >>> round(effective_sample_size(torch.tensor([1.2, .8, .1, 2.])), 6)
    2.760263
    """
    w = weights.double()
    return float(w.sum().square() / w.square().sum())


def report(weights: Tensor, mask: Tensor, cap: float) -> WeightReport:
    used = weights[mask > 0]
    capped = float((used >= cap).double().mean())
    return WeightReport(float(used.mean()), float(used.max()), capped, effective_sample_size(used))
