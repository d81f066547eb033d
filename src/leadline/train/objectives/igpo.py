"""IGPO: the update for groups that were rescued by inpainting (arXiv:2509.10396, section 3, steps 3 to 5).

Idea: given tokens are off-policy; of them only those learn at which the policy is most uncertain.
Method: A = r - mean; ratio of the whole answer, exp(mean log pi_new - log pi_old), clip .2; mean over kept tokens: all
self-generated ones and the tau most uncertain pinned ones; + beta k3; mu = 4 steps per batch.
Neutral: rows without pinned tokens, or tau = 1, keep every token.
Traps: with the sequence's ratio the filter weighs rows, for the gradient reaches each token through the mean;
ratio=token is the variant in which dropped tokens have no gradient. The estimator does not condition on the hints.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from leadline.errors import NotFound
from leadline.train import kl
from leadline.train.advantages import mean_only
from leadline.train.hooks import Hooks
from leadline.train.inpainting import InpaintedRows, entropy_filter
from leadline.train.losses import ppo, sequence_ratio
from leadline.train.rows import Rows
from leadline.train.schedules import full_batch

RATIOS = ("sequence", "token")


def sequence_loss(
    logp: Tensor, logp_old: Tensor, advantage: Tensor, mask: Tensor, clip: float = 0.2
) -> Tensor:
    """[R, T] -min(rho A, clip(rho) A) with the answer's one ratio rho at each of its tokens."""
    rho = sequence_ratio(logp, logp_old, mask)[:, None].expand_as(logp)
    return torch.maximum(-advantage * rho, -advantage * rho.clamp(1 - clip, 1 + clip))


def kept(rows: Rows, tau: float) -> Tensor:
    """[R, T] 1 for the tokens of the loss: all that the policy said, and its most uncertain pinned ones."""
    if not isinstance(rows, InpaintedRows) or tau >= 1:
        return rows.mask
    assert rows.entropy is not None
    return rows.mask * (~rows.pinned | entropy_filter(rows.pinned, rows.entropy, tau))


def objective(
    *, tau: float = 0.2, clip: float = 0.2, beta: float = 0.01, mu: int = 4, ratio: str = "sequence"
) -> Hooks:
    if ratio not in RATIOS:
        raise NotFound("ratio", ratio, RATIOS)

    def loss(logp: Tensor, logp_old: Tensor, advantage: Tensor, mask: Tensor) -> Tensor:
        if ratio == "token":
            return ppo(logp, logp_old, advantage, mask, low=clip, high=clip)
        return sequence_loss(logp, logp_old, advantage, mask, clip)

    def regularise(rows: Rows, scores: Any) -> Tensor:
        assert rows.ref_logp is not None
        return beta * kl.reverse(scores.logp, rows.ref_logp)

    def weights(rows: Rows) -> Tensor:
        counted = kept(rows, tau)
        return counted / counted.sum().clamp(min=1)

    return Hooks(
        name="igpo",
        needs=frozenset({"entropy"} | ({"ref_logp"} if beta else set())),
        advantage=lambda rows, reward: mean_only(reward, rows.group_id),
        loss=loss,
        regularise=regularise if beta else None,
        aggregate=weights,
        schedule=full_batch(mu),
    )
