"""Rows without waste: equal beginnings once, no padding, nothing behind the last token that is trained.

Rows are sorted, so that each shares what it can with the row before it: the prompt of its group, and as much of the
answer as both say. Only what is new in a row is computed, and sees the path of tokens that leads to it. Losses and
gradients are those of the padded rows.

R rows, T positions, N tokens in all, M trained tokens, H heads, D size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from leadline.errors import UsageError
from leadline.train.policies.arrays import Array


@dataclass(frozen=True)
class Packed:
    """N tokens, each row's new ones behind each other. Rows are in sorted order, except in `predictor`."""

    ids: Array
    """[N]"""
    position: Array
    """[N] in its row."""
    path: Array
    """[R, T] the token that stands at each position of a row; any token behind its end."""
    begin: Array
    """[R] positions that a row shares with earlier rows."""
    end: Array
    """[R] length of a row, less its last trained token, which predicts nothing."""
    predictor: Array
    """[M] which token predicts each of the M tokens with mask 1, in the rows' order."""

    def attend(self, causal: Callable[[Tensor, Tensor, Tensor], Tensor], *qkv: Tensor) -> Tensor:
        """[N, H, D] from queries, keys and values [N, H, D] and attention over rows [R, T, H, D], in plain torch."""
        if not len(self.ids):
            return qkv[0]
        column = np.arange(self.path.shape[1])
        new = (column >= self.begin[:, None]) & (column < self.end[:, None])
        path = torch.from_numpy(self.path)
        return causal(*(x[path] for x in qkv))[torch.from_numpy(new)]


def pack(ids: Tensor, mask: Tensor) -> Packed:
    """Rows [R, T] as one sequence. Positions after the last 1 of a row's mask may hold anything."""
    trained = trained_tokens(mask)
    ordered, end, order = in_order(ids.numpy(), trained)
    begin = shared(ordered, end)
    column = np.arange(ordered.shape[1])
    new = (column >= begin[:, None]) & (column < end[:, None])
    number = np.where(new, new.cumsum().reshape(new.shape) - 1, 0)
    path = np.maximum.accumulate(number, 0)  # the last row that said something of its own at this position
    of_row = np.empty_like(path)
    of_row[order] = path
    row, position = trained.nonzero()
    return Packed(
        ordered[new], np.broadcast_to(column, new.shape)[new], path, begin, end, of_row[row, position]
    )


def trained_tokens(mask: Tensor) -> Array:
    """[R, T - 1] which tokens are predicted; the first of a row never is."""
    if not mask.shape[1]:
        raise UsageError("Rows without tokens cannot be scored.", remedy="Give every row a prompt.")
    return np.asarray(mask[:, 1:].numpy() > 0)


def in_order(ids: Array, trained: Array) -> tuple[Array, Array, Array]:
    """Rows sorted, without their last token and with -1 behind their end [R, T - 1]; their ends and numbers [R]."""
    width = trained.shape[1]
    end = (
        np.where(trained.any(1), width - trained[:, ::-1].argmax(1), 0) if width else np.zeros(len(ids), int)
    )
    cut = np.where(np.arange(width) < end[:, None], ids[:, :width], -1)
    order = np.lexsort(cut.T[::-1]) if width else np.arange(len(ids))
    return cut[order], end[order], order


def shared(ordered: Array, end: Array) -> Array:
    """[R] how many positions at its beginning each row has in common with the row before it."""
    begin = np.zeros_like(end)
    same = (ordered[1:] == ordered[:-1]) & (ordered[1:] >= 0)
    begin[1:] = np.logical_and.accumulate(same, 1).sum(1)
    return begin


def parts(ids: Tensor, mask: Tensor, n: int) -> list[Array]:
    """Row numbers in n parts of nearly equal work, cut where rows share little."""
    ordered, end, order = in_order(ids.numpy(), trained_tokens(mask))
    begin = shared(ordered, end)
    before = (end - begin).cumsum() - (end - begin)
    total = int((end - begin).sum())
    cuts = [int(np.argmin(np.abs(before - total * i / n) + begin)) for i in range(1, n)]
    bounds = [0, *sorted(cuts), len(order)]
    return [order[low:high] for low, high in pairwise(bounds) if high > low]
