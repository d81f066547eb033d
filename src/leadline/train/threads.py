"""Numbers of threads, and work that they share: small matrices lose more to synchronisation than they gain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import torch

LINES = 32
"""Fewest lines of work for which a thread of its own pays."""


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Run the body with `n` torch threads, then put the old number back."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@lru_cache(maxsize=4)
def workers(n: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n, "leadline-train")


def in_parts(run: Callable[[int, int], Any], lines: int) -> list[Any]:
    """run(low, high) over 0..lines, shared among torch's number of threads; the results in order.

    Only for compiled code that lets go of the interpreter. The parts depend on the number of threads alone.
    """
    n = max(1, min(torch.get_num_threads(), lines // LINES))
    if n == 1:
        return [run(0, lines)]
    bounds = [lines * i // n for i in range(n + 1)]
    return list(workers(n).map(run, bounds[:-1], bounds[1:]))


def together(run: Callable[..., Any], *items: Sequence[Any]) -> list[Any]:
    """run(a, b, ...) of the first of each of the items, the second, ..., shared among torch's threads; in order."""
    n = min(torch.get_num_threads(), len(items[0]))
    if n <= 1:
        return list(map(run, *items))
    return list(workers(n).map(run, *items))
