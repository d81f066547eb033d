"""Effective rank of a matrix of hidden states, and its velocity and acceleration along a response (arXiv:2509.23808).

Z [T, D] hidden states, one row per token. Also a measure of diversity for any set of vectors.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, NamedTuple

import torch
from torch import Tensor


class RankSeries(NamedTuple):
    """ER of the whole response, ERV (mean velocity), ERA (mean acceleration)."""

    er: float
    erv: float
    era: float


def effective_rank(z: Tensor, *, center: bool = True) -> float:
    """exp(entropy of the normalised singular values): between 1 and min(T, D).

    The released code subtracts the mean row first, the paper's formula does not; the sign of ERV can depend on it.

    >>> round(effective_rank(torch.eye(4), center=False), 6), round(effective_rank(torch.eye(4)), 6)
    (4.0, 3.0)
    """
    z = z.double()
    if center:
        z = z - z.mean(0)
    gram = z @ z.T if z.shape[0] <= z.shape[1] else z.T @ z
    return rank_of_gram(gram)


def rank_of_gram(gram: Tensor) -> float:
    """From a Gram or scatter matrix. Singular values below 1e-9 of the largest *squared* are noise and dropped."""
    eigenvalues = torch.linalg.eigvalsh(gram).clamp(min=0)
    kept = eigenvalues[eigenvalues > 1e-12 * eigenvalues.max()]
    if len(kept) == 0:
        return 1.0  # all rows equal: one direction at most
    p = kept.sqrt() / kept.sqrt().sum()
    return float(torch.exp(-(p * p.log()).sum()))


def prefix_ranks(
    z: Tensor, stride: int, *, window: Literal["paper", "code"] = "paper", center: bool = True
) -> list[float]:
    """ER of growing prefixes from running sums: one eigenproblem of the smaller side per window.

    paper: the first j * stride rows. code: the first t + 1 rows for t in range(stride, T, stride).
    """
    z = z.double()
    n = z.shape[0]
    ends = range(stride, n + 1, stride) if window == "paper" else [t + 1 for t in range(stride, n, stride)]
    if z.shape[0] <= z.shape[1]:
        return [effective_rank(z[:end], center=center) for end in ends]
    ranks, start = [], 0
    total, scatter = z.new_zeros(z.shape[1]), z.new_zeros(z.shape[1], z.shape[1])
    for end in ends:
        part = z[start:end]
        total, scatter, start = total + part.sum(0), scatter + part.T @ part, end
        gram = scatter - torch.outer(total, total) / end if center else scatter
        ranks.append(rank_of_gram(gram))
    return ranks


def velocity_acceleration(m: list[float]) -> tuple[float, float]:
    """ERV: mean over j >= 2 of m_j minus the mean of the earlier ones; ERA: mean difference of those.

    >>> [round(x, 6) for x in velocity_acceleration([2, 3, 3.5, 3.6])]
    [0.922222, -0.116667]
    """
    deltas = [m[j] - sum(m[:j]) / j for j in range(1, len(m))]
    if not deltas:
        return 0.0, 0.0
    steps = [b - a for a, b in pairwise(deltas)]
    return sum(deltas) / len(deltas), sum(steps) / len(steps) if steps else 0.0


def rank_series(
    z: Tensor,
    stride: int = 40,
    *,
    window: Literal["paper", "code"] = "paper",
    center: bool = True,
    max_diff_tokens: int = 512,
) -> RankSeries:
    """ER over all rows; ERV and ERA over at most the last `max_diff_tokens` rows."""
    erv, era = velocity_acceleration(prefix_ranks(z[-max_diff_tokens:], stride, window=window, center=center))
    return RankSeries(effective_rank(z, center=center), erv, era)
