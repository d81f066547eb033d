"""Large arrays that are used again: fresh memory costs a page fault per 4 kB, as much as the arithmetic on it."""

from __future__ import annotations

import math
import weakref
from collections import deque
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from leadline.retrieval.lexical.segment import Array

MOST = 1 << 28
"""Bytes kept at most while nobody uses them."""
free: deque[Array] = deque()


def borrowed(n: int) -> Tensor:
    """[n] float32 with anything in it. Its memory is used again once the tensor is gone."""
    found = next((x for x in list(free) if len(x) >= n), None)
    if found is not None:
        try:
            free.remove(found)
        except ValueError:  # another thread was faster
            found = None
    owner = np.empty(n + n // 8, np.float32) if found is None else found
    lent = owner[:n]
    weakref.finalize(lent, give_back, owner)
    return torch.from_numpy(lent)


def give_back(owner: Array, most: int = MOST) -> None:
    """Keep it, in place of older ones where there are many."""
    free.append(owner)
    while free and sum(x.nbytes for x in list(free)) > most:
        free.popleft()


def carve(flat: Array, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    """Arrays of these shapes, one after another in flat [n]."""
    found, at = [], 0
    for shape in shapes:
        size = math.prod(shape)
        found.append(flat[at : at + size].reshape(shape))
        at += size
    return found


def size_of(shapes: Sequence[tuple[int, ...]]) -> int:
    return sum(math.prod(shape) for shape in shapes)
