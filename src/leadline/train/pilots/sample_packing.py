"""Offline packing: which training samples share a row of fixed length (Innovator-VL, arXiv:2601.19325).

The samples of a row do not see each other: `segment_attention` is what keeps them apart.
B packs, T positions, S samples of a pack, H heads, D head size.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from leadline.errors import UsageError
from leadline.train.policies.transformer import Attend


def pack_longest_first(lengths: Sequence[int], cap: int) -> list[list[int]]:
    """Indices of the samples of each pack: the longest that is left, then again and again the longest that still fits.

    Found by binary search in the sorted lengths. Among equal lengths the one that stands first is taken first.

    >>> pack_longest_first([8000, 5000, 4000, 3000, 3000, 2000, 1500, 100], 8192)
    [[0, 7], [1, 3], [2, 4], [5, 6]]
    """
    if lengths and not 0 < min(lengths) <= max(lengths) <= cap:
        worst = max(range(len(lengths)), key=lambda i: lengths[i])
        raise UsageError(
            f"Sample {worst} of {lengths[worst]} tokens does not fit a pack of {cap}, or a sample is empty.",
            remedy="Cut it, or raise the length of a pack.",
        )
    order = sorted(range(len(lengths)), key=lambda i: (lengths[i], -i))
    sizes = [lengths[i] for i in order]
    packs = []
    while sizes:
        pack, room = [], cap
        while place := bisect_right(sizes, room):
            room -= sizes.pop(place - 1)
            pack.append(order.pop(place - 1))
        packs.append(pack)
    return packs


def efficiency(lengths: Sequence[int], rows: int, cap: int) -> float:
    """Share of `rows` rows of `cap` positions that holds tokens.

    >>> lengths = [8000, 5000, 4000, 3000, 3000, 2000, 1500, 100]
    >>> round(efficiency(lengths, 4, 8192), 6), round(efficiency(lengths, len(lengths), max(lengths)), 6)
    (0.811768, 0.415625)
    """
    return sum(lengths) / (rows * cap)


def segments(packs: Sequence[Sequence[int]], lengths: Sequence[int], cap: int) -> tuple[Tensor, Tensor]:
    """[B, cap] number of the sample at each position (-1: none), and the position within that sample."""
    owner = torch.full((len(packs), cap), -1)
    place = torch.zeros(len(packs), cap, dtype=torch.long)
    for row, pack in enumerate(packs):
        at = 0
        for sample in pack:
            owner[row, at : at + lengths[sample]] = sample
            place[row, at : at + lengths[sample]] = torch.arange(lengths[sample])
            at += lengths[sample]
    return owner, place


def segment_attention(owner: Tensor) -> Attend:
    """Attention [B, T, H, D] in which every position sees what stands before it in its own sample, owner [B, T]."""
    step = torch.arange(owner.shape[1])
    visible = (owner[:, :, None] == owner[:, None, :]) & (step[:, None] >= step)

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        q, k, v = (x.transpose(-2, -3) for x in (q, k, v))
        return functional.scaled_dot_product_attention(q, k, v, attn_mask=visible[:, None]).transpose(-2, -3)

    return attend
