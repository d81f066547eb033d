"""Numbers with units in running text, and when two of them are equal.

`paper` reproduces DataCross (arXiv:2601.21403, released evaluator): its pattern splits unseparated integers of
four and more digits ("2015" -> 201 and 5) and never sees the units 亿元 and 万元 because their prefixes come
first. `fixed` (the default) reads the longest number and the longest unit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

Mode = Literal["fixed", "paper"]


class Number(NamedTuple):
    value: float
    unit: str = ""


_PAPER = re.compile(
    r"(\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?)\s*(%|亿|万|元|亿元|万元|个|次|人|家|条|%)?"
)
_FIXED = re.compile(
    r"(?<![\w.])(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*(亿元|万元|%|亿|万|元|个|次|人|家|条)?(?![\d])"
)


def find_numbers(text: str, mode: Mode = "fixed") -> list[Number]:
    """Numbers with their unit ("" without), in reading order.

    >>> find_numbers("Revenue rose 12% to 1,250 and 7 sites")
    [Number(value=12.0, unit='%'), Number(value=1250.0, unit=''), Number(value=7.0, unit='')]
    >>> [n.value for n in find_numbers("2015", "paper")]
    [201.0, 5.0]
    """
    pattern = _PAPER if mode == "paper" else _FIXED
    return [Number(float(value.replace(",", "")), unit) for value, unit in pattern.findall(text)]


def close(a: Number, b: Number, rel: float = 0.1) -> bool:
    """Equal units, and |a - b| <= rel * |b|; a gold value b of 0 wants 0."""
    return a.unit == b.unit and abs(a.value - b.value) <= rel * abs(b.value)


def number_recall(gold: str, predicted: str, *, rel: float = 0.1, mode: Mode = "fixed") -> float:
    """DataCross's H: share of gold numbers that some predicted number matches; 1 when gold has none.

    Not one-to-one, as in the paper: one predicted number can serve many. See `number_f1` for the honest pair.
    """
    wanted, found = find_numbers(gold, mode), find_numbers(predicted, mode)
    return sum(any(close(p, g, rel) for p in found) for g in wanted) / len(wanted) if wanted else 1.0


def number_f1(gold: str, predicted: str, *, rel: float = 0.1, mode: Mode = "fixed") -> float:
    """One-to-one F1 of numbers (greedy in reading order): number spraying lowers it. No numbers at all: 1."""
    wanted, found = find_numbers(gold, mode), find_numbers(predicted, mode)
    if not wanted and not found:
        return 1.0
    return 2 * _one_to_one(wanted, found, rel) / (len(wanted) + len(found))


def _one_to_one(wanted: Sequence[Number], found: Sequence[Number], rel: float) -> int:
    left, matched = list(found), 0
    for gold in wanted:
        hit = next((p for p in left if close(p, gold, rel)), None)
        if hit is not None:
            left.remove(hit)
            matched += 1
    return matched
