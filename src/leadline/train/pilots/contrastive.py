"""Contrastive losses on similarities, each alone: which candidate belongs to which query.

Q queries, K candidates, D dimensions. Used by two-tower retrieval (CLIP, arXiv:2103.00020) and by the choice of
demonstrations (UniICL, arXiv:2405.17062).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def cosines(query: Tensor, candidates: Tensor) -> Tensor:
    """[..., Q, D], [..., K, D] -> [..., Q, K] cosine similarities."""
    return functional.normalize(query, dim=-1) @ functional.normalize(candidates, dim=-1).mT


def info_nce(similarity: Tensor, positive: Tensor, temperature: float = 1.0) -> Tensor:
    """-log softmax(similarity / temperature) at the positive candidate, one value per query [Q].

    >>> round(float(info_nce(torch.tensor([[0.942809, 0.547723]]), torch.tensor([0]))), 5)
    0.51499
    """
    return functional.cross_entropy(similarity / temperature, positive, reduction="none")


def symmetric(similarity: Tensor, temperature: float | Tensor) -> Tensor:
    """CLIP's loss of a batch [Q, Q] whose pairs lie on the diagonal: the mean over both directions."""
    own = torch.arange(len(similarity), device=similarity.device)
    scaled = similarity / temperature
    return (functional.cross_entropy(scaled, own) + functional.cross_entropy(scaled.T, own)) / 2
