"""Constraint graphs: the machine-readable form of a hard question, its two difficulty numbers and its solution.

Difficulty after REDSearcher (arXiv:2602.14234, section 2): treewidth of the undirected graph, and minimum source
dispersion, the size of the smallest set of documents that together state every edge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

import msgspec

from leadline.tasks.reader import Knowledge


class Edge(msgspec.Struct, frozen=True):
    """subject -predicate-> object; terms that start with "?" are variables."""

    subject: str
    predicate: str
    object: str


class ConstraintGraph(msgspec.Struct, frozen=True):
    """Edges and the variable that is asked for."""

    edges: tuple[Edge, ...]
    answer: str

    def variables(self) -> tuple[str, ...]:
        """In order of first appearance."""
        terms = [term for edge in self.edges for term in (edge.subject, edge.object)]
        return tuple(dict.fromkeys(term for term in terms if term.startswith("?")))

    def pairs(self, *, anchored: bool = True) -> list[tuple[str, str]]:
        """Undirected edges; without the given (constant) nodes when `anchored` is False."""
        return [
            (e.subject, e.object)
            for e in self.edges
            if anchored or (e.subject.startswith("?") and e.object.startswith("?"))
        ]


def solve(graph: ConstraintGraph, knowledge: Knowledge, *, limit: int = 50) -> list[str]:
    """Values of the answer variable that satisfy every edge, at most `limit`, in order of discovery.

    Backtracking join; an edge with a bound end is always preferred, so a chain costs its branching.
    """
    answers: dict[str, None] = {}

    def extend(bound: dict[str, str], left: list[Edge]) -> None:
        if len(answers) >= limit:
            return
        if not left:
            answers[bound[graph.answer]] = None
            return
        edge = max(left, key=lambda e: _known(e.subject, bound) + _known(e.object, bound))
        rest = [other for other in left if other is not edge]
        for subject, value in _matches(edge, bound, knowledge):
            grown = dict(bound)
            if all(_bind(grown, term, to) for term, to in ((edge.subject, subject), (edge.object, value))):
                extend(grown, rest)

    extend({}, list(graph.edges))
    return list(answers)


def _known(term: str, bound: Mapping[str, str]) -> bool:
    return not term.startswith("?") or term in bound


def _bind(bound: dict[str, str], term: str, value: str) -> bool:
    if not term.startswith("?"):
        return term == value
    return bound.setdefault(term, value) == value


def _matches(edge: Edge, bound: Mapping[str, str], knowledge: Knowledge) -> Iterable[tuple[str, str]]:
    subject, value = bound.get(edge.subject, edge.subject), bound.get(edge.object, edge.object)
    if not subject.startswith("?"):
        return [(subject, v) for v in knowledge.forward.get((subject, edge.predicate), [])]
    if not value.startswith("?"):
        return [(s, value) for s in knowledge.backward.get((edge.predicate, value), [])]
    return [(s, v) for (s, p), values in knowledge.forward.items() if p == edge.predicate for v in values]


class Treewidth(NamedTuple):
    width: int
    exact: bool


def treewidth(pairs: Iterable[tuple[str, str]], *, exact_up_to: int = 12) -> Treewidth:
    """Treewidth of an undirected graph: exact by dynamic programming over elimination orders up to
    `exact_up_to` nodes (Bodlaender et al. 2012), above it the min-fill upper bound."""
    neighbours: dict[str, set[str]] = {}
    for a, b in pairs:
        if a != b:
            neighbours.setdefault(a, set()).add(b)
            neighbours.setdefault(b, set()).add(a)
    if len(neighbours) <= exact_up_to:
        return Treewidth(_exact(neighbours), True)
    return Treewidth(_min_fill(neighbours), False)


def _exact(neighbours: dict[str, set[str]]) -> int:
    """TW(S) = min over v in S of max(TW(S - v), |Q(S - v, v)|); Q: vertices outside reached from v through S."""
    nodes = sorted(neighbours)
    best: dict[frozenset[str], int] = {frozenset(): 0}
    for size in range(1, len(nodes) + 1):
        for chosen in combinations(nodes, size):
            eliminated = frozenset(chosen)
            best[eliminated] = min(
                max(best[eliminated - {v}], len(_reached(v, eliminated - {v}, neighbours))) for v in chosen
            )
    return best[frozenset(nodes)]


def _reached(start: str, through: frozenset[str], neighbours: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    stack, seen = [start], {start}
    while stack:
        for node in neighbours[stack.pop()]:
            if node in seen:
                continue
            seen.add(node)
            (stack.append if node in through else found.add)(node)
    return found


def _min_fill(neighbours: dict[str, set[str]]) -> int:
    graph = {node: set(around) for node, around in neighbours.items()}
    width = 0

    def fill(node: str) -> int:
        return sum(b not in graph[a] for a, b in combinations(sorted(graph[node]), 2))

    while graph:
        node = min(sorted(graph), key=fill)
        around = graph.pop(node)
        width = max(width, len(around))
        for a in around:
            graph[a] |= around - {a}
            graph[a].discard(node)
    return width


def source_dispersion(needed: Collection[int], documents: Mapping[str, Collection[int]]) -> tuple[str, ...]:
    """A smallest set of documents whose facts cover `needed` (ids in order); exact up to 20 useful documents,
    greedy above. Raises ValueError when the facts cannot be covered."""
    wanted = set(needed)
    useful = {name: wanted & set(facts) for name, facts in sorted(documents.items()) if wanted & set(facts)}
    if wanted - set().union(*useful.values()):
        raise ValueError("some facts are written in no document")
    if len(useful) <= 20:
        for size in range(len(useful) + 1):
            for chosen in combinations(useful, size):
                if wanted <= set().union(*(useful[name] for name in chosen)):
                    return chosen
    chosen_greedy: list[str] = []
    while wanted:
        name = max(useful, key=lambda d: len(useful[d] & wanted))
        chosen_greedy.append(name)
        wanted -= useful[name]
    return tuple(sorted(chosen_greedy))


def cost_proxy(hops: int, branching: int, width: int) -> int:
    """C = N d^(k+1): candidate bindings that an agent with a bag of k + 1 variables goes through."""
    return hops * branching ** (width + 1)
