"""Next-token prediction as one-step reinforcement learning with a shaped reward (arXiv:2512.22955).

Idea: cross-entropy is a policy gradient on episodes of one token with reward 1 / pi for the label; reshape that
reward to make the distribution that later RL explores sharper, flatter, or free of a tail.
Method: reward (1/pi)(1 - pi)^beta for the label, lam_head for other tokens among the k likeliest, lam_tail for the
rest, all detached. The expectation over the policy's tokens is a finite sum, so nothing is sampled:
L = -[(1 - pi_x)^beta log pi_x + sum over a != x of (lam_a pi_a) log pi_a], weights detached.
beta < 0 sharpens, beta > 0 flattens, lam_tail < 0 empties the tail. All three 0 is cross-entropy.
Traps: k = 100 is for a vocabulary of 100,000; with k >= V there is no tail. Focal loss has the same weight and another
gradient: it differentiates the weight.
Not verified: equations are from a detailed summary, the PDF was not readable. V vocabulary.
"""

from __future__ import annotations

import torch
from torch import Tensor

from leadline.errors import UsageError
from leadline.train.supervised import Supervised

SMALLEST = 1e-6
"""1 - pi is held above this: a negative beta diverges as pi -> 1."""


def rank_mask(logits: Tensor, k: int) -> Tensor:
    """[..., V] bool: the k likeliest tokens (all of them if k >= V).

    >>> rank_mask(torch.tensor([0.1, 3.0, 2.0]), 2).tolist()
    [False, True, True]
    """
    top = logits.topk(min(k, logits.shape[-1]), -1).indices
    return torch.zeros_like(logits, dtype=torch.bool).scatter(-1, top, True)


def label_weight(p: Tensor, beta: float) -> Tensor:
    """(1 - p)^beta, the label's reward times its probability.

    >>> [round(x, 4) for x in label_weight(torch.tensor([0.3, 0.99]), -0.25).tolist()]
    [1.0933, 3.1623]
    """
    return (1 - p).clamp(min=SMALLEST) ** beta


def shaped_ntp_loss(
    logits: Tensor,
    labels: Tensor,
    *,
    beta: float = 0.0,
    lam_head: float = 0.0,
    lam_tail: float = 0.0,
    k: int = 100,
) -> Tensor:
    """[...] surrogate losses of logits [..., V] and labels [...]; their gradient is that of minus the expected reward.

    lam_head also pays where the label itself is not among the k (then all k are wrong), as the indicator says.
    """
    logp = torch.log_softmax(logits, -1)
    place = labels[..., None]
    p = logp.detach().exp()
    loss = -label_weight(p.gather(-1, place), beta)[..., 0] * logp.gather(-1, place)[..., 0]
    if lam_head or lam_tail:
        head = rank_mask(logits.detach(), k)
        reward = torch.where(head, torch.full_like(p, lam_head), torch.full_like(p, lam_tail))
        loss = loss - (reward.scatter(-1, place, 0.0) * p * logp).sum(-1)
    return loss


def method(*, beta: float = 0.0, lam_head: float = 0.0, lam_tail: float = -0.1, k: int = 100) -> Supervised:
    """The paper's settings: beta -.25 or .5 with both lam 0; (lam_tail, lam_head) (-.1, 0) or (0, .1) with k 100."""
    if k < 1:
        raise UsageError(f"k counts the likeliest tokens, at least 1, not {k}.")

    def loss(logits: Tensor, labels: Tensor, teacher: Tensor | None) -> Tensor:
        return shaped_ntp_loss(logits, labels, beta=beta, lam_head=lam_head, lam_tail=lam_tail, k=k)

    return Supervised("shaped_ntp", loss)
