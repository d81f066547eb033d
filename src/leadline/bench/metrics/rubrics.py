"""Signed-weight rubrics (ResearchRubrics, arXiv:2511.07685) and generated checklists (DeepResearch Arena's ACE).

A negative weight is a penalty: its criterion says that a fault IS present, so "satisfied" is bad.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

Verdict = Literal["satisfied", "partial", "not satisfied"]
_MARK: dict[Verdict, float] = {"satisfied": 1.0, "partial": 0.5, "not satisfied": 0.0}


class Criterion(msgspec.Struct, frozen=True):
    """One sentence about the response; weight in [-5, 5] without 0 for ResearchRubrics, >= 0 for checklists."""

    criterion: str
    weight: float
    axis: str = ""

    @property
    def mandatory(self) -> bool:
        return abs(self.weight) >= 4


def mark(verdict: Verdict, *, binary: bool = False) -> float:
    """1, .5 or 0; in binary mode "partial" is "not satisfied"."""
    value = _MARK[verdict]
    return float(value == 1.0) if binary else value


def compliance(weights: Sequence[float], marks: Sequence[float]) -> float:
    """S = sum w m / sum of positive w; 0 without a positive weight. At most 1; penalties can take it below 0.

    >>> compliance([5, 4, 3, 2, -4, -2], [1, 0.5, 0, 1, 0.5, 0])
    0.5
    """
    if len(weights) != len(marks):
        raise ValueError(f"{len(weights)} weights and {len(marks)} marks")
    positive = sum(w for w in weights if w > 0)
    return sum(w * m for w, m in zip(weights, marks, strict=True)) / positive if positive else 0.0


def checklist(weights: Sequence[float], marks: Sequence[float]) -> float:
    """ACE: sum w x / sum w for marks x on any scale (0..10 in the paper).

    >>> round(checklist([0.5, 0.3, 0.3], [6, 4, 7]), 3)
    5.727
    """
    total = sum(weights)
    return sum(w * x for w, x in zip(weights, marks, strict=True)) / total if total else 0.0


def failed(criterion: Criterion, value: float, mode: Literal["fixed", "released"] = "fixed") -> bool:
    """Whether a criterion failed. fixed: a penalty fails when it is (partly) triggered. released: every "not
    satisfied" counts, so an avoided penalty is booked as a failure."""
    if mode == "fixed" and criterion.weight < 0:
        return value > 0
    return value == 0


def failure_shares(failures: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """F_c: mean over the tasks where category c failed at least once of c's share of that task's failures.

    The shares do not sum to 1, since tasks without a failure in c are left out.
    """
    shares: dict[str, list[float]] = {}
    for task in failures:
        total = sum(task.values())
        for category, count in task.items():
            if count:
                shares.setdefault(category, []).append(count / total)
    return {category: sum(values) / len(values) for category, values in shares.items()}


def pooled_failures(failures: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """Share of each category among all failures of all tasks; sums to 1."""
    counts: Counter[str] = Counter()
    for task in failures:
        counts.update(task)
    total = sum(counts.values())
    return {category: count / total for category, count in counts.items()} if total else {}
