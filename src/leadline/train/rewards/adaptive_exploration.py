"""Adaptive exploration reward: several candidates in one answer, paid by utility over cost (AEPO, arXiv:2508.05731).

Idea: a policy that may name only one point repeats its confident mistake; let it name N, and pay 1 / sqrt(N k) if the
k-th is the first right one, -1 / N if none is: failures teach to name more, successes to name one.
Assumes: points in the pixels of the picture that the model saw; box bounds inclusive; the order of the list counts.
Two rules: in the released code a collinear answer is invalid (-1); by the paper's text it keeps the format part
(`on_line="paper"`: 0).
Not verified: the paper's wording of the penalty.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from leadline.bench.metrics.grounding import Box, Point, first_hit
from leadline.errors import UsageError

THINK = re.compile(r"<think>(.*?)</think>(.*)", re.DOTALL)


class Exploration(NamedTuple):
    """What the reward is made of, as the released code logs it."""

    score: float
    n: int
    first_correct: int
    """1-based place of the first hit; 0: none."""
    valid: bool
    collinear: bool


def candidate_reward(n: int, first: int) -> float:
    """1 / sqrt(n k) for a first hit at place k of n candidates, -1 / n without one (first = 0); -1 for no candidates.

    >>> candidate_reward(4, 1), candidate_reward(4, 0), candidate_reward(0, 0)
    (0.5, -0.25, -1.0)
    """
    if not 0 <= first <= n:
        raise UsageError(f"The first hit is one of {n} candidates, or 0, not {first}.")
    return 1 / math.sqrt(n * first) if first else -1 / max(n, 1)


def expected_reward(p: float, n: int) -> float:
    """Mean reward of n candidates that are right with probability p, independently: where naming more pays."""
    return sum(p * (1 - p) ** (k - 1) * candidate_reward(n, k) for k in range(1, n + 1)) + (
        1 - p
    ) ** n * candidate_reward(n, 0)


def collinear(points: Sequence[Point]) -> bool:
    """Whether any three points lie on a line (or coincide): scanning in rows is no exploration.

    Exact on integers; on floats almost nothing is, so grids are what it catches.
    """
    return any(
        math.isclose((b[1] - a[1]) * (c[0] - a[0]), (c[1] - a[1]) * (b[0] - a[0]), rel_tol=1e-9)
        for a, b, c in combinations(points, 3)
    )


def aer(
    points: Sequence[Point], box: Box, fmt_ok: bool = True, *, on_line: Literal["code", "paper"] = "code"
) -> Exploration:
    """Format 1 plus the candidates' reward; -1 for a malformed or (by the code) a collinear answer."""
    first, line = first_hit(points, box), collinear(points)
    if not fmt_ok or (line and on_line == "code"):
        return Exploration(-1.0, len(points), first, False, line)
    reward = -1.0 if line else candidate_reward(len(points), first)
    return Exploration(1 + reward, len(points), first, True, line)


def parse_points(text: str, *, think: bool = True) -> list[Point] | None:
    """The points of an answer, or None if its form is wrong.

    Form: one think block with something in it (unless `think` is off), then a text whose first balanced [...] is JSON:
    a list of {"point_2d": [x, y]}.

    >>> parse_points('<think>top left</think>[{"point_2d": [3, 4]}]')
    [(3.0, 4.0)]
    """
    if think:
        found = THINK.fullmatch(text)
        whole = found and text.count("<think>") == text.count("</think>") == 1
        if not found or not whole or not found[1].strip() or not found[2].strip():
            return None
        text = found[2]
    listed = first_brackets(text)
    try:
        items = json.loads(listed) if listed else None
        points = [item["point_2d"] for item in items] if isinstance(items, list) else None
        return None if points is None else [as_point(p) for p in points]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def as_point(value: Sequence[float]) -> Point:
    """Two finite numbers, or ValueError."""
    x, y = value
    if any(isinstance(v, bool) or not isinstance(v, int | float) or not math.isfinite(v) for v in (x, y)):
        raise ValueError(f"not a point: {value}")
    return float(x), float(y)


def first_brackets(text: str) -> str:
    """The first balanced [...] of a text, or ""."""
    start, depth = text.find("["), 0
    for end in range(start, len(text) if start >= 0 else start):
        depth += {"[": 1, "]": -1}.get(text[end], 0)
        if depth == 0:
            return text[start : end + 1]
    return ""
