"""One policy update from rows and their token advantages: losses, global weights, accumulation, clipping.

Knows no objective: everything that differs between methods arrives through the hooks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from leadline.train.aggregation import aggregate
from leadline.train.groups import dense, group_max
from leadline.train.hooks import Hooks
from leadline.train.rows import Rows
from leadline.train.scores import Learner, fill


@dataclass
class UpdateReport:
    """What an update did; loss and gradient norm are those of its last optimizer step."""

    loss: float = 0.0
    grad_norm: float = 0.0
    steps: int = 0
    """Optimizer steps taken."""
    skipped: int = 0
    """Optimizer steps left out because loss or gradient was not finite."""
    forwards: int = 0


def batch_loss(rows: Rows, policy: Learner, hooks: Hooks, advantage: Tensor, weight: Tensor) -> Tensor:
    """Scalar loss of these rows under weights computed on the whole batch."""
    assert hooks.loss is not None
    scores = policy.score(rows, hooks.needs & {"entropy", "logits"})
    old = scores.logp.detach() if rows.logp_old is None else rows.logp_old
    loss = hooks.loss(scores.logp, old, advantage, rows.mask)
    if hooks.regularise is not None:
        loss = loss + hooks.regularise(rows, scores)
    return aggregate(loss, weight)


def accumulate(
    rows: Rows, policy: Learner, hooks: Hooks, advantage: Tensor, *, micro_rows: int = 128
) -> tuple[float, int]:
    """Add the gradient of the whole batch, `micro_rows` at a time, to the same sum however split: (loss, forwards).

    Rows without an advantage are left out where nothing else acts on them: their loss and gradient are 0 (hooks.loss).
    The weights are those of the whole batch all the same.
    """
    assert hooks.aggregate is not None
    weight = hooks.aggregate(rows)
    total, forwards = 0.0, 0
    kept = in_order(rows)
    if hooks.regularise is None:
        kept = kept[(advantage != 0).any(1)[kept]]
    for part in kept.split(micro_rows) if len(kept) else ():
        some = rows.select(part).trimmed()
        loss = batch_loss(some, policy, hooks, advantage[part, : some.width], weight[part, : some.width])
        loss.backward()
        total, forwards = total + float(loss.detach()), forwards + 1
    for parameter in policy.parameters() if not len(kept) else ():
        # A gradient of 0 is not a missing one: an optimizer with momentum moves on it.
        parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    return total, forwards


def in_order(rows: Rows) -> Tensor:
    """Row indices, groups whole (they share their prompt) and short ones first (little padding)."""
    index, n = dense(rows.group_id)
    last = (rows.mask.cumsum(1) * rows.mask).argmax(1)
    return torch.argsort(group_max(last, rows.group_id) * n + index, stable=True)


def update(
    rows: Rows,
    policy: Learner,
    optimizer: torch.optim.Optimizer,
    hooks: Hooks,
    advantage: Tensor,
    rng: torch.Generator,
    *,
    micro_rows: int = 128,
    max_norm: float = 1.0,
) -> UpdateReport:
    """Every optimizer step of the hooks' schedule. A step that is not finite is skipped and counted.

    Rows without logp_old are on-policy: with one step the ratio is 1, with more a forward before the first gives them.
    """
    assert hooks.schedule is not None
    report = UpdateReport()
    parameters = list(policy.parameters())
    epochs = hooks.schedule(rows, rng)
    if rows.logp_old is None and sum(map(len, epochs)) > 1:
        rows = fill(rows, policy, frozenset(), micro_rows=micro_rows)
    for epoch in epochs:
        for index in epoch:
            optimizer.zero_grad(set_to_none=True)
            some = rows.select(index)
            loss, forwards = accumulate(some, policy, hooks, advantage[index], micro_rows=micro_rows)
            norm = float(torch.nn.utils.clip_grad_norm_(parameters, max_norm))
            report.forwards += forwards
            if not (math.isfinite(loss) and math.isfinite(norm)):
                report.skipped += 1
                continue
            optimizer.step()
            report.steps += 1
            report.loss, report.grad_norm = loss, norm
    optimizer.zero_grad(set_to_none=True)
    return report
