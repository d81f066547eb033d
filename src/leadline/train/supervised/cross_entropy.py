"""Cross-entropy: what every other supervised loss is compared with."""

from __future__ import annotations

import torch
from torch import Tensor

from leadline.train.supervised import Supervised


def token_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """[...] -log p(label) for logits [..., V] and labels [...]."""
    return -torch.log_softmax(logits, -1).gather(-1, labels[..., None])[..., 0]


def method() -> Supervised:
    return Supervised("cross_entropy", lambda logits, labels, teacher: token_losses(logits, labels))
