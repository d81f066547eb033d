"""Elliptical novelty of feature vectors in kernel form (RepExp, arXiv:2510.11686).

H [n, D] features, K = H H^T. Leverage l = diag(K (K + lam I)^-1) is h^T (lam I + sum h h^T)^-1 h without a D x D
inverse; n responses of one prompt are few, so this is exact and needs no random projection.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Leverage(NamedTuple):
    """Values [n] and their sum, the effective dimension."""

    values: Tensor
    d_eff: float


def leverage(
    h: Tensor, *, rho: float = 0.5, lam: float | None = None, center: bool = True, leave_one_out: bool = False
) -> Leverage:
    """Novelty of each row against its group; leave_one_out gives l / (1 - l), the novelty against the others.

    `lam` is absolute (the recipe's .01); without it lam = rho * trace(K) / n, which keeps d_eff near n / 2 whatever
    the features' scale (our default: with a small lam all values saturate at (n-1)/n and only noise is left).
    """
    h = h.double()
    if center:
        h = h - h.mean(0)
    kernel = h @ h.T
    n = h.shape[0]
    ridge = rho * float(kernel.trace()) / n if lam is None else lam
    if ridge <= 0:  # all features equal: nothing is novel
        return Leverage(torch.zeros(n, dtype=h.dtype), 0.0)
    values = torch.linalg.solve(kernel + ridge * torch.eye(n, dtype=h.dtype), kernel).diagonal().clone()
    d_eff = float(values.sum())
    return Leverage(values / (1 - values) if leave_one_out else values, d_eff)
