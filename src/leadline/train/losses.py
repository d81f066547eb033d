"""Token losses [R, T] from current and old log probabilities and advantages [R, T].

Folding lemma (README-objectives, section 2): for a detached weight w >= 0, loss(A * w) = w * loss(A) for the PPO clip,
the dual clip and CISPO, so every token weight is just part of the advantage tensor.
"""

from __future__ import annotations

import torch
from torch import Tensor


def ppo(
    logp: Tensor,
    logp_old: Tensor,
    advantage: Tensor,
    mask: Tensor,
    *,
    low: Tensor | float = 0.2,
    high: Tensor | float = 0.2,
    dual: float | None = None,
) -> Tensor:
    """Clipped surrogate (Schulman et al. 2017); `high` > `low` is DAPO's clip-higher. Ranges may differ by token.

    `dual` > 1 bounds the loss of negative advantages at -dual * A (dual clip), e.g. 10 in DeepSearch.
    """
    ratio = bounded_ratio(logp, logp_old)
    loss = torch.maximum(-advantage * ratio, -advantage * ratio.clamp(1 - low, 1 + high))
    if dual is not None:
        loss = torch.where(advantage < 0, torch.minimum(loss, -advantage * dual), loss)
    return loss


def cispo(
    logp: Tensor, logp_old: Tensor, advantage: Tensor, mask: Tensor, *, low: float = 1.0, high: float = 0.28
) -> Tensor:
    """REINFORCE with a clipped, detached ratio (MiniMax-M1, arXiv:2506.13585): no token loses its gradient."""
    weight = bounded_ratio(logp, logp_old).clamp(1 - low, 1 + high).detach()
    return -weight * advantage * logp


def gspo(
    logp: Tensor, logp_old: Tensor, advantage: Tensor, mask: Tensor, *, low: float = 3e-4, high: float = 4e-4
) -> Tensor:
    """Length-normalised sequence ratio (arXiv:2507.18071), with the gradient spread over the row's tokens.

    The ratio has the value of the sequence's geometric mean; its gradient reaches each token through its own logp
    (the paper's GSPO-token form), so advantages may differ between tokens.
    """
    ratio = sequence_ratio(logp, logp_old, mask).detach()[:, None] * (logp - logp.detach()).exp()
    return torch.maximum(-advantage * ratio, -advantage * ratio.clamp(1 - low, 1 + high))


def sequence_ratio(logp: Tensor, logp_old: Tensor, mask: Tensor) -> Tensor:
    """[R] exp(mean over tokens of logp - logp_old)."""
    return (((logp - logp_old) * mask).sum(1) / mask.sum(1).clamp(min=1)).clamp(-20, 20).exp()


def bounded_ratio(logp: Tensor, logp_old: Tensor) -> Tensor:
    """exp(logp - logp_old) with the exponent held in [-20, 20]: never infinite, same value where it matters."""
    return (logp - logp_old).clamp(-20, 20).exp()
