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
    return clipped(bounded_ratio(logp, logp_old), advantage, low, high, dual)


def clipped(
    ratio: Tensor, advantage: Tensor, low: Tensor | float, high: Tensor | float, dual: float | None = None
) -> Tensor:
    """max(-A r, -A clip(r, 1 - low, 1 + high)), with `dual` at most dual * |A|: shapes that broadcast."""
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
    return clipped(ratio, advantage, low, high)


def gspo_rows(
    logp: Tensor,
    logp_old: Tensor,
    advantage: Tensor,
    mask: Tensor,
    *,
    low: float = 0.2,
    high: float = 0.28,
    dual: float | None = None,
) -> Tensor:
    """GSPO as AReaL has it (Innovator-VL, arXiv:2601.19325): one ratio and one advantage, the mean over the row's
    tokens, for all tokens of a row. Token weights folded into the advantage weigh the row by their mean.

    The bounds are that paper's; a ratio of sequences is so close to 1 that they hardly ever act (see clip_fraction).
    """
    mean = (advantage * mask).sum(1) / mask.sum(1).clamp(min=1)
    loss = clipped(sequence_ratio(logp, logp_old, mask), mean, low, high, dual)
    return loss[:, None].expand_as(mask)


def clip_fraction(ratio: Tensor, advantage: Tensor, low: float, high: float) -> float:
    """Share of ratios whose clip acts, i.e. whose gradient is gone; any shapes that are equal.

    >>> clip_fraction(torch.tensor([1.3, 1.3, 0.7]), torch.tensor([1.0, -1.0, 1.0]), 0.2, 0.28)
    0.3333333432674408
    """
    acts = torch.where(advantage > 0, ratio > 1 + high, (ratio < 1 - low) & (advantage < 0))
    return float(acts.float().mean())


def sequence_ratio(logp: Tensor, logp_old: Tensor, mask: Tensor) -> Tensor:
    """[R] exp(mean over tokens of logp - logp_old)."""
    return (((logp - logp_old) * mask).sum(1) / mask.sum(1).clamp(min=1)).clamp(-20, 20).exp()


def bounded_ratio(logp: Tensor, logp_old: Tensor) -> Tensor:
    """exp(logp - logp_old) with the exponent held in [-20, 20]: never infinite, same value where it matters."""
    return (logp - logp_old).clamp(-20, 20).exp()
