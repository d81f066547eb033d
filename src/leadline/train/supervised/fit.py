"""Supervised steps of a small transformer with any of the losses here."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from leadline.train.descend import descend
from leadline.train.policies.transformer import Transformer
from leadline.train.rows import Rows
from leadline.train.supervised import Supervised
from leadline.train.supervised.teacher import EmaTeacher


def label_logits(policy: Transformer, rows: Rows) -> tuple[Tensor, Tensor]:
    """Logits [N, V] that predict the policy's tokens, and these tokens [N], in row order."""
    where = rows.mask[:, 1:] > 0
    return policy.logits(policy(rows.ids[:, :-1])[where]), rows.ids[:, 1:][where]


def fit(
    policy: Transformer,
    method: Supervised,
    batches: Callable[[int], Rows],
    *,
    steps: int,
    lr: float,
    max_norm: float = 1.0,
) -> list[float]:
    """Adam on the mean token loss of `batches(step)`, in place; the losses. The teacher starts as `policy` is now."""
    optimizer = torch.optim.Adam(policy.parameters(), lr=lr)
    teacher = EmaTeacher(policy, method.follow) if method.follow else None
    losses = []
    for step in range(steps):
        rows = batches(step)
        heard = None
        if teacher is not None:
            teacher.sync(policy, step)
            with torch.no_grad():
                heard = label_logits(teacher.model, rows)[0]
        logits, labels = label_logits(policy, rows)
        losses.append(descend(method.loss(logits, labels, heard).mean(), policy, optimizer, max_norm))
    return losses
