"""Three ways in which papers pay for short trajectories: geometric discount, exponential above the best, redundancy.

All are pure; what they remember between steps is handed in and out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def geometric_round_rewards(reward: float, rounds: int, gamma: float = 0.995) -> list[float]:
    """gamma^(T - t) * R for rounds t = 1..T: the last round of a success gets R (EAPO, arXiv:2511.07327).

    >>> [round(r, 6) for r in geometric_round_rewards(1.0, 2, gamma=0.5)]
    [0.5, 1.0]
    """
    return [gamma ** (rounds - t) * reward for t in range(1, rounds + 1)]


def adaptive_tool_reward(
    f1: float,
    calls: int,
    best_calls: int,
    *,
    lam: float = 0.75,
    threshold: float = 0.8,
    well_formed: bool = True,
    weight_f1: float = 0.5,
    weight_tool: float = 0.5,
    gated: bool = True,
) -> float:
    """LightSearcher's reward (arXiv:2512.06653): call efficiency is paid only when the answer is right.

    best_calls: fewest calls of any correct rollout of this question so far. `gated` False is the negative control.

    >>> round(adaptive_tool_reward(1.0, 4, 2), 6)
    0.611565
    """
    if not well_formed:
        return -1.0
    paid = f1 >= threshold or not gated
    tool = math.exp(-lam * max(0, calls - best_calls)) if paid else 0.0
    return weight_f1 * f1 + weight_tool * tool


def best_calls(
    known: Mapping[str, int],
    question: str,
    calls: Sequence[int],
    f1: Sequence[float],
    *,
    threshold: float = 0.8,
) -> dict[str, int]:
    """The table after a group: the fewest calls of a correct rollout, kept per question.

    Update it *after* scoring the group: otherwise one lucky success makes every other correct rollout look wasteful
    at once. An unseen question starts from the group's own correct minimum.
    """
    right = [c for c, score in zip(calls, f1, strict=True) if score >= threshold]
    if not right:
        return dict(known)
    return {**known, question: min([*right, known[question]] if question in known else right)}


def step_level_reward(
    labels: Mapping[str, int],
    correct: bool,
    well_formed: bool = True,
    *,
    c1: float = 0.2,
    c2: float = 0.2,
    search_cap: int = 8,
    query_cap: int = 16,
) -> float:
    """Fathom's steerable reward (arXiv:2509.24107, Eq. 8) from counts of labelled tool calls.

    labels: unique_search, redundant_search, exploration, verification, redundant_query. No lower clamp: a wrong
    rollout of redundant calls scores below 0, as the paper's equation says.
    """
    n = {key: labels.get(key, 0) for key in LABELS}
    total = sum(n.values())
    redundant = (n["redundant_search"] + n["redundant_query"]) / total if total else 0.0
    base = 0.1 * well_formed
    if correct:
        return base + max(1 - redundant, 0.5)
    searches = n["unique_search"] - n["redundant_search"]
    queries = n["exploration"] + n["verification"] - n["redundant_query"]
    return base + c1 * min(1.0, searches / search_cap) + c2 * min(1.0, queries / query_cap)


LABELS = ("unique_search", "redundant_search", "exploration", "verification", "redundant_query")
