"""What a search trace shows: dependent queries, branching, backtracking, depth (LiveDRBench, arXiv:2508.04183).

The paper had a model read traces; these are deterministic definitions. Query t depends on step j < t when it uses a
word or number whose first appearance in the trace is in observation j.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple


class Search(NamedTuple):
    """A query and the text that came back."""

    query: str
    observation: str


class Shape(NamedTuple):
    queries: int
    dependent: int
    branching_factor: float
    """Mean number of children over nodes with at least one."""
    branching_events: int
    """Nodes with two or more children."""
    backtracking: int
    """Queries whose parent is neither the step before nor the root."""
    depth: int
    parents: tuple[int, ...]
    """Index of the parent step, -1 for the root."""


def analyse_trace(question: str, trace: Sequence[Search]) -> Shape:
    """The shape of a trace. Words of the question never make a query dependent."""
    first: dict[str, int] = dict.fromkeys(_words(question), -1)
    parents: list[int] = []
    for step, search in enumerate(trace):
        parents.append(max((first[w] for w in _words(search.query) if w in first), default=-1))
        for word in _words(search.query):
            first.setdefault(word, -1)  # invented by the agent: from nowhere
        for word in _words(search.observation):
            first.setdefault(word, step)
    children = Counter(parents)
    used = [children[node] for node in range(-1, len(trace)) if children[node]]
    return Shape(
        len(trace),
        sum(p >= 0 for p in parents),
        sum(used) / len(used) if used else 0.0,
        sum(n >= 2 for n in used),
        sum(p not in (-1, step - 1) for step, p in enumerate(parents)),
        max((_depth(step, parents) for step in range(len(trace))), default=0),
        tuple(parents),
    )


def coverage(necessary: Sequence[set[str]], retrieved: Sequence[set[str]]) -> float:
    """Share of necessary queries (as their gold documents) answered by some executed one (its documents)."""
    seen: set[str] = set().union(*retrieved) if retrieved else set()
    return sum(bool(gold & seen) for gold in necessary) / len(necessary) if necessary else 0.0


def _depth(step: int, parents: Sequence[int]) -> int:
    depth = 1
    while parents[step] >= 0:
        step = parents[step]
        depth += 1
    return depth


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 2 or word.isdigit()}
