"""The same question under four evidence regimes (DeR2, arXiv:2601.21937): what the gaps between scores say.

I: the question alone. C: with the gold concepts. R: with the related documents. F: related and noise documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Gaps(NamedTuple):
    """Three different quantities are called "retrieval loss" in the paper and its repository: hence these names."""

    knowledge: float
    """C - I: what the model does not know by itself."""
    doc: float
    """C - R: getting from documents to concepts."""
    noise: float
    """R - F: noise documents."""
    rloss: float
    """C - F = doc + noise."""


def gaps(i: float, c: float, r: float, f: float) -> Gaps:
    """
    >>> [round(x, 1) for x in gaps(i=55.9, c=75.4, r=62.9, f=51.2)]
    [19.5, 12.5, 11.7, 24.2]
    """
    return Gaps(c - i, c - r, r - f, c - f)


def fragility(right_alone: Sequence[bool], right_full: Sequence[bool]) -> float:
    """Share of the items that are right without documents (I) and wrong with all of them (F)."""
    known = [full for alone, full in zip(right_alone, right_full, strict=True) if alone]
    return sum(not full for full in known) / len(known) if known else 0.0


def truncate_middle(text: str, max_chars: int | None = 30_000, marker: str = "[... cut ...]") -> str:
    """The first and the last max_chars // 2 characters with a marker line between; None or negative: unchanged.

    >>> truncate_middle("abcdefghij", 6, "...")
    'abc\\n...\\nhij'
    """
    if max_chars is None or max_chars < 0 or len(text) <= max_chars:
        return text
    half = max_chars // 2
    return f"{text[:half]}\n{marker}\n{text[len(text) - half :]}"
