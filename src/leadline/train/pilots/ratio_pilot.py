"""Token ratios beside sequence ratios under a stale sampler, on lines of L letters read with partial credit.

Innovator-VL's specification, section 5 B (arXiv:2601.19325). P lines, R rows, L letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from leadline.train.hooks import Hooks
from leadline.train.importance import Spread, spread
from leadline.train.losses import bounded_ratio, clip_fraction, sequence_ratio
from leadline.train.policies.table import SoftmaxTable
from leadline.train.rows import Rows
from leadline.train.single_turn import Stale, reinforce


class Lines:
    """The puzzle: rows of a table, as they are."""

    def rollouts(
        self,
        policy: Any,
        which: Sequence[int],
        rng: torch.Generator,
        *,
        temperature: Any = None,
        step: int = 0,
    ) -> Rows:
        found: Rows = policy.rollouts(which, rng, temperature, step)
        return found


def reader(length: int, seed: int, *, lines: int = 16, letters: int = 8, known: float = 1.5) -> SoftmaxTable:
    """A policy that reads each letter right more often than any other one, and far from always."""
    rng = torch.Generator().manual_seed(1000 * length + seed)
    right = torch.nn.functional.one_hot(
        torch.randint(letters, (lines, length), generator=rng), letters
    ).bool()
    logits = torch.randn(right.shape, generator=rng) + known * right
    return SoftmaxTable(logits, right, partial=True)


class Trained(NamedTuple):
    """What training reached, and what its ratios were like on the way."""

    reward: float
    """Exact share of letters read right, after training."""
    clipped: float
    """Mean share of tokens whose gradient the clip removed."""
    spread: Spread
    """Of the log-ratios to the policy that sampled, mean over the batches."""


def train(
    length: int,
    hooks: Hooks,
    seed: int,
    *,
    steps: int = 40,
    lr: float = 0.1,
    every: int = 4,
    level: str = "token",
) -> Trained:
    """A reader after `steps` batches of 8 lines x 8 rows; the sampler follows every `every` batches.

    `level` is where the loss takes its ratio, "token" or "sequence": what the clip fraction is counted on.
    """
    policy, clips, spreads = reader(length, seed), list[float](), list[Spread]()

    def loss(logp: Tensor, old: Tensor, advantage: Tensor, mask: Tensor) -> Tensor:
        rows = sequence_ratio(logp, old, mask)[:, None].expand_as(mask)
        ratio = bounded_ratio(logp, old) if level == "token" else rows
        clips.append(clip_fraction(ratio.detach(), advantage, 0.2, 0.28))
        assert hooks.loss is not None
        return hooks.loss(logp, old, advantage, mask)

    def measure(rows: Rows, state: Any) -> Rows:
        assert rows.logp_roll is not None
        with torch.no_grad():
            spreads.append(spread(policy.score(rows).logp - rows.logp_roll, rows.mask))
        return rows

    watched = replace(hooks, loss=loss, row_filter=(*hooks.row_filter, measure))
    pool = range(len(policy.logits))
    reinforce(policy, Stale(Lines(), every), watched, pool, n=8, batch=8, steps=steps, lr=lr, seed=seed)
    mean = Spread(*(sum(values) / len(spreads) for values in zip(*spreads, strict=True)))
    return Trained(float(policy.share_right().mean()), sum(clips) / len(clips), mean)
