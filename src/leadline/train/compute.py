"""What training costs in floating-point operations; the counting itself is explore/decoding.py's (arXiv:2504.07052)."""

from __future__ import annotations

from leadline.explore.decoding import Shape, flops


def training_flops(size: Shape, tokens: float, mean_length: float) -> float:
    """One forward and backward over `tokens` tokens in rows of `mean_length`: three forwards, head included."""
    length = max(1, round(mean_length))
    return 3 * flops(size, length, include_head=True) * tokens / length


def sampling_flops(size: Shape, tokens: float, mean_length: float) -> float:
    """Generation with a cache, head included."""
    return training_flops(size, tokens, mean_length) / 3
