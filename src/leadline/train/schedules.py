"""How the rows of one sampling round become optimizer steps."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from leadline.train.rows import Rows

Schedule = Callable[[Rows, torch.Generator], list[list[Tensor]]]


def full_batch(epochs: int = 1) -> Schedule:
    """One optimizer step over all rows per epoch (DARS-Breadth: epochs=2)."""

    def plan(rows: Rows, rng: torch.Generator) -> list[list[Tensor]]:
        return [[torch.arange(len(rows))] for _ in range(epochs)]

    return plan


def minibatches(size: int, epochs: int = 1) -> Schedule:
    """Shuffled batches of at most `size` rows; the last one may be smaller, no row is dropped."""

    def plan(rows: Rows, rng: torch.Generator) -> list[list[Tensor]]:
        return [list(torch.randperm(len(rows), generator=rng).split(size)) for _ in range(epochs)]

    return plan
