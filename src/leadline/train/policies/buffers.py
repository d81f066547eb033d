"""Large arrays that are used again: fresh memory costs a page fault per 4 kB, as much as the arithmetic on it."""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from leadline.train.policies.arrays import Array

MOST = 1 << 28
"""Bytes kept at most while nobody uses them."""
SPARE = 4
"""A request gets no memory that is more than this much larger: a large one may follow."""
free: dict[int, Array] = {}
"""By identity, the oldest first. Finalizers may run at any moment and in any thread: only atomic operations here."""


def borrowed(n: int) -> Tensor:
    """[n] float32 with anything in it. Its memory is used again once the tensor is gone."""
    enough = [x for x in list(free.values()) if n <= len(x) <= SPARE * n]
    found = free.pop(id(min(enough, key=len)), None) if enough else None
    owner = at_line(n + n // 8) if found is None else found
    lent = owner[:n]
    weakref.finalize(lent, give_back, owner)
    return torch.from_numpy(lent)


def at_line(n: int) -> Array:
    """[n] float32 from a cache line on; numpy asks for huge pages, which torch does not."""
    room = np.empty(n + 16, np.float32)
    return room[-(room.ctypes.data // 4) % 16 :][:n]


def give_back(owner: Array, most: int = MOST) -> None:
    """Keep it, in place of older ones where there are many."""
    free[id(owner)] = owner
    while sum(x.nbytes for x in list(free.values())) > most:
        free.pop(next(iter(list(free))), None)


def carve(flat: Array, shapes: Sequence[tuple[int, ...]]) -> list[Array]:
    """Arrays of these shapes, one after another in flat [n], each from a cache line on."""
    found, at = [], 0
    for shape in shapes:
        size = math.prod(shape)
        found.append(flat[at : at + size].reshape(shape))
        at += lines(size)
    return found


def size_of(shapes: Sequence[tuple[int, ...]]) -> int:
    """Numbers that `carve` needs for these shapes."""
    return sum(lines(math.prod(shape)) for shape in shapes)


def lines(n: int) -> int:
    """n as whole cache lines of 16 numbers."""
    return -(-n // 16) * 16
