"""Divergences between the policy and a reference, per token.

From samples of the policy, with rho = ref / pi: k1, k2, k3 estimate the reverse KL(pi || ref) (Schulman 2020), and
`forward` estimates KL(ref || pi) (RAPO, arXiv:2510.03865). The exact forms need logits.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor


def reverse(logp: Tensor, ref_logp: Tensor, kind: Literal["k1", "k2", "k3"] = "k3") -> Tensor:
    """[R, T] estimate of KL(pi || ref) at tokens sampled from pi."""
    gap = (ref_logp - logp).clamp(-20, 20)
    if kind == "k1":
        return -gap
    return gap.square() / 2 if kind == "k2" else gap.exp() - gap - 1


def forward(
    logp: Tensor, ref_logp: Tensor, *, clip_log_rho: float = 20.0, clip_value: float = 10.0
) -> Tensor:
    """[R, T] rho log rho - rho + 1: mean KL(ref || pi) under pi, never negative.

    Its gradient with samples held fixed is *not* that of the KL (the score-function term is missing): use
    `forward_score` for an unbiased gradient and `forward_exact` where logits are at hand.
    """
    log_rho = (ref_logp - logp).clamp(-clip_log_rho, clip_log_rho)
    return (log_rho.exp() * log_rho - log_rho.exp() + 1).clamp(max=clip_value)


def forward_score(logp: Tensor, ref_logp: Tensor, *, clip_log_rho: float = 20.0) -> Tensor:
    """[R, T] surrogate -rho.detach() * logp whose gradient is that of KL(ref || pi) in expectation."""
    rho = (ref_logp - logp).clamp(max=clip_log_rho).exp().detach()
    return -rho * logp


def forward_exact(logits: Tensor, ref_logits: Tensor, phi: Tensor | float = 1.0) -> Tensor:
    """[...] KL(ref^phi / Z || pi) over the last dimension; gradient in the logits is pi - ref_hat.

    phi scales the reference's logits (temperature 1/phi): 1 is the reference itself, 0 uniform. Shape broadcasts
    against [...], e.g. phi [R] as phi[:, None, None].
    """
    ref = torch.log_softmax(ref_logits.float() * phi, -1)
    return (ref.exp() * (ref - torch.log_softmax(logits.float(), -1))).sum(-1)


def reverse_exact(logits: Tensor, ref_logits: Tensor) -> Tensor:
    """[...] KL(pi || ref) over the last dimension."""
    log_pi = torch.log_softmax(logits.float(), -1)
    return (log_pi.exp() * (log_pi - torch.log_softmax(ref_logits.float(), -1))).sum(-1)


def forward_topk(logits: Tensor, ref_logp: Tensor, ref_ids: Tensor, phi: Tensor | float = 1.0) -> Tensor:
    """[...] forward KL over the reference's top k ids and one bucket for the rest; a lower bound of the exact one.

    ref_logp, ref_ids [..., k]: log probabilities and ids of the reference's largest k. With phi < 1 the bucket's
    power is taken as if the rest were one outcome, an approximation that worsens as phi -> 0.
    """
    log_pi = torch.log_softmax(logits.float(), -1).gather(-1, ref_ids)
    ref = torch.cat([ref_logp, rest(ref_logp)], -1) * phi
    ref = torch.log_softmax(ref, -1)
    return (ref.exp() * (ref - torch.cat([log_pi, rest(log_pi)], -1))).sum(-1)


def rest(logp: Tensor) -> Tensor:
    """[..., 1] log of the probability that the listed outcomes leave over."""
    return torch.log1p(-logp.exp().sum(-1, keepdim=True).clamp(max=1 - 1e-6))


def reward_phi(reward: Tensor, *, phi0: float = 0.2, low: float = 0.0, high: float = 1.0) -> Tensor:
    """[R] RAPO's exponent: 1 (the reference) for the best reward, phi0 (nearly flat) for the worst.

    phi0 = .2 and the linear form are ours; the paper's values were not readable.
    """
    share = ((reward - low) / (high - low)).clamp(0, 1)
    return phi0 + (1 - phi0) * share


def tempered_logp(logits: Tensor, ids: Tensor, phi: Tensor | float) -> Tensor:
    """[R, T] log of softmax(phi * logits) at `ids`; phi = 1 / temperature, broadcast against [R, T]."""
    scaled = logits.float() * (phi[..., None] if isinstance(phi, Tensor) else phi)
    return torch.log_softmax(scaled, -1).gather(-1, ids[..., None])[..., 0]
