"""Decoding under a budget: annealed temperatures (EAD), best-of-n and majority, and the cost of one long answer.

Sources: Exploratory Annealed Decoding (arXiv:2510.05251); To Backtrack or Not to Backtrack (arXiv:2504.07052).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

Array = np.ndarray[Any, Any]


class Annealing(msgspec.Struct, frozen=True):
    """tau(t) = max(1 + tau_max - exp(t / d), tau_min) for t >= cutoff, 1 before; d = min(d0 + growth * step, cap).
    form "exponential", another of the released sampler: tau_min + (tau_max - tau_min) exp(-t / d).

    d0, growth and cap are in tokens. The released sampler divides t by 20 d where paper and README divide by d:
    the default is what the sampler does (25 * 20 tokens); `PAPER` is the formula as printed, which is cold after
    18 tokens at step 0.
    """

    tau_max: float = 1.2
    tau_min: float = 0.1
    d0: float = 500.0
    growth: float = 100.0
    cap: float = 800_000.0
    cutoff: int = 10
    """Tokens of the answer that are not heated; 0 on tasks whose plan is in the first tokens."""
    form: Literal["negexp", "exponential"] = "negexp"

    def scale(self, step: int = 0) -> float:
        """d, in tokens."""
        return min(self.d0 + self.growth * step, self.cap)

    def tau(self, t: Any, step: int = 0) -> Any:
        """Temperature of the t-th generated token (0-based, prompt and padding not counted).

        >>> round(float(PAPER.tau(10)), 6), float(PAPER.tau(9))
        (0.708175, 1.0)
        """
        t = np.asarray(t, float)
        if self.form == "exponential":
            hot = self.tau_min + (self.tau_max - self.tau_min) * np.exp(-t / self.scale(step))
        else:
            hot = 1 + self.tau_max - np.exp(np.minimum(t / self.scale(step), 50.0))
        return np.where(t < self.cutoff, 1.0, np.maximum(hot, self.tau_min))

    def crosses_one(self, step: int = 0) -> float:
        """Where tau falls below 1, without the cutoff."""
        if self.form == "exponential":
            return self.scale(step) * math.log((self.tau_max - self.tau_min) / (1 - self.tau_min))
        return self.scale(step) * math.log(self.tau_max)

    def is_cold(self, step: int = 0) -> float:
        """Where tau reaches tau_min, without the cutoff; the exponential never does."""
        if self.form == "exponential":
            return math.inf
        return self.scale(step) * math.log(1 + self.tau_max - self.tau_min)


PAPER = Annealing(d0=25.0, growth=5.0, cap=40_000.0)
RELEASED = Annealing()
EXPONENTIAL = Annealing(form="exponential", cutoff=0, growth=0.0)
"""The released sampler's plain decay over token positions, d = 20 * 25 tokens; no growth with the training step."""


def tempered(logits: Array, tau: Any = 1.0) -> Array:
    """softmax(z / tau) over the last axis; tau broadcasts over the others."""
    z = np.asarray(logits, float) / np.asarray(tau, float)[..., None]
    z = np.exp(z - z.max(-1, keepdims=True))
    return np.asarray(z / z.sum(-1, keepdims=True))


def sample(logits: Array, tau: Any, rng: np.random.Generator) -> tuple[Array, Array]:
    """Token ids and the log-probability under which each was drawn (at its temperature, not at 1)."""
    p = tempered(logits, tau)
    u = rng.random(p.shape[:-1])
    ids = (p.cumsum(-1) < u[..., None]).sum(-1).clip(max=p.shape[-1] - 1)
    return ids, np.log(np.take_along_axis(p, ids[..., None], -1)[..., 0])


def majority(answers: Sequence[Hashable]) -> Hashable:
    """The most frequent answer; the first of equals. No verifier needed."""
    return Counter(answers).most_common(1)[0][0]


class Shape(NamedTuple):
    """What the paper's FLOPs depend on: hidden, layers, feed-forward and key-value width; vocabulary if counted."""

    hidden: int
    layers: int
    ffn: int
    kv: int
    vocabulary: int = 0


PAPER_SHAPES = {
    "3M": Shape(256, 6, 512, 64), "17M": Shape(512, 8, 1024, 128), "38M": Shape(512, 10, 2048, 128),
    "144M": Shape(1024, 12, 3072, 256),
}  # fmt: skip


def flops(shape: Shape, tokens: int, n: int = 1, *, include_head: bool = False) -> float:
    """n answers of `tokens` tokens: layers [(2h^2 + 2h kv + 3h ffn) T + h T(T+1)/2] n, as the authors write it
    (a multiply-add counts once; embeddings and head are left out unless asked for).

    >>> round(flops(PAPER_SHAPES["17M"], 4096) / 1e9, 3)
    107.383
    """
    h = shape.hidden
    linear = (2 * h**2 + 2 * h * shape.kv + 3 * h * shape.ffn) * tokens
    body = shape.layers * (linear + h * tokens * (tokens + 1) / 2) * n
    return body + (2 * h * shape.vocabulary * tokens * n if include_head else 0.0)


def equal_compute(shape: Shape, long: int, short: int) -> float:
    """How many answers of `short` tokens cost as much as one of `long` tokens.

    >>> round(equal_compute(PAPER_SHAPES["17M"], 4096, 212), 1)
    27.7
    """
    return flops(shape, long) / flops(shape, short)
