"""What training costs: tokens, forwards and floating-point operations.

Attention and linear layers as counted in "To Backtrack or Not" (arXiv:2504.07052), one multiply-add as one operation:
FLOPs(T, n) = layers * [(2 h^2 + 2 h kv + 3 h ffn) T + h T (T + 1) / 2] * n. No embedding, no head unless asked.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """h channels, kv channels of keys, ffn inner size."""

    layers: int
    h: int
    kv: int
    ffn: int
    vocabulary: int = 0


def flops(size: Size, tokens: float, n: float = 1, *, include_head: bool = False) -> float:
    """Operations to generate n sequences of `tokens` tokens with a cache.

    >>> round(flops(Size(8, 512, 128, 1024), 4096) / 1e9, 3)
    107.383
    """
    per_token = 2 * size.h**2 + 2 * size.h * size.kv + 3 * size.h * size.ffn
    body = size.layers * (per_token * tokens + size.h * tokens * (tokens + 1) / 2)
    return (body + (size.h * size.vocabulary * tokens if include_head else 0)) * n


def equal_compute(size: Size, long: float, short: float) -> float:
    """How many sequences of `short` tokens cost as much as one of `long`."""
    return flops(size, long) / flops(size, short)


def training_flops(size: Size, tokens: float, mean_length: float) -> float:
    """One forward and backward over `tokens` tokens in sequences of `mean_length`: three forwards, head included."""
    return 3 * flops(size, mean_length, tokens / max(mean_length, 1.0), include_head=True)
