"""DeepMMSearch-R1's reward (arXiv:2510.12801, section 2.5): (1 - lambda) s + lambda s_fmt, lambda = .1.

s by exact match after normalisation, in place of the paper's judge model; it sees only the final answer. Without an
answer s and s_fmt are 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leadline.train.pilots.multimodal_tags import well_formed
from leadline.train.pilots.tag_loop import Said
from leadline.train.rewards.icrl import accuracy
from leadline.train.rewards.search_r1 import last_answer

LAMBDA = 0.1


class Scored(NamedTuple):
    """A trajectory's reward and its parts."""

    right: float
    fmt: float
    total: float


def combined(right: float, fmt: float, *, lam: float = LAMBDA) -> float:
    """(1 - lam) right + lam fmt.

    >>> [round(combined(s, f), 2) for s, f in ((1, 1), (1, 0), (0, 1), (0, 0))]
    [1.0, 0.9, 0.1, 0.0]
    """
    return (1 - lam) * right + lam * fmt


def scored(parts: Sequence[Said], gold: Sequence[str], *, lam: float = LAMBDA) -> Scored:
    """The reward of a trajectory: what the policy itself said counts, not what it was told."""
    answer = last_answer("".join(part.text for part in parts if part.own))
    if answer is None:
        return Scored(0.0, 0.0, 0.0)
    right, fmt = accuracy(answer, gold), float(well_formed(parts))
    return Scored(right, fmt, combined(right, fmt, lam=lam))
