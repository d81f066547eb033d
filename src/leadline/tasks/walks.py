"""Sub-graphs of a world to make questions from: longest chains and their kin (MedResearcher-R1, arXiv:2508.14880).

A walk graph is an undirected adjacency list; directions stay in the facts. All samplers are deterministic in `rng`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from leadline.errors import NotFound
from leadline.tasks.world import World

Graph = Mapping[int, Sequence[int]]
"""Node -> sorted neighbours."""
Sampler = Callable[[Graph, int, np.random.Generator], list[int]]


def walk_graph(world: World) -> dict[int, list[int]]:
    """Undirected relations of a world, neighbours sorted by id."""
    return {e.id: sorted({other for _, other in world.neighbours(e.id)}) for e in world.entities}


def longest_chain(graph: Graph, start: int, cap: int, *, max_steps: int = 5000) -> list[int]:
    """Longest simple path from `start` of at most `cap` nodes, by depth-first search of bounded effort."""
    best, path, on_path = [start], [start], {start}
    stack = [iter(graph[start])]
    steps = 0
    while stack and len(best) < cap and steps < max_steps:
        steps += 1
        node = next((n for n in stack[-1] if n not in on_path), None)
        if node is None:
            stack.pop()
            on_path.discard(path.pop())
            continue
        path.append(node)
        on_path.add(node)
        if len(path) > len(best):
            best = list(path)
        stack.append(iter(graph[node]))
    return best


def max_chain(graph: Graph, size: int, rng: np.random.Generator, *, cap: int | None = None) -> list[int]:
    """The longest chain from up to ten random starts, filled to `size` with random neighbours.

    `cap` bounds the chain: the paper's idea is `size` (default), the released code has size // 2, which gives
    chains shorter than random growth.
    """
    nodes = sorted(graph)
    starts = rng.choice(nodes, size=min(10, len(nodes)), replace=False)
    chain = max((longest_chain(graph, int(s), cap or size) for s in starts), key=len)
    return _fill(graph, chain, size, rng)


def random_growth(graph: Graph, size: int, rng: np.random.Generator) -> list[int]:
    """Baseline: a random node and random neighbours of what is there."""
    nodes = sorted(graph)
    return _fill(graph, [int(rng.choice(nodes))], size, rng)


def augmented_chain(graph: Graph, size: int, rng: np.random.Generator) -> list[int]:
    """A shortest path between two random non-adjacent nodes, each of its nodes with one or two neighbours."""
    nodes = sorted(graph)
    path: list[int] = []
    for _ in range(10):
        a, b = (int(x) for x in rng.choice(nodes, size=2, replace=False))
        path = shortest_path(graph, a, b)
        if len(path) > 2:
            break
    if not path:
        return random_growth(graph, size, rng)
    grown = list(path)
    for node in path:
        extra = [n for n in graph[node] if n not in grown]
        grown += [extra[i] for i in rng.permutation(len(extra))[: int(rng.integers(1, 3))]]
    return _fill(graph, grown[:size], size, rng)


def community_core_path(graph: Graph, size: int, rng: np.random.Generator) -> list[int]:
    """The longest of the shortest paths inside the two-hop neighbourhood of the best connected node."""
    core = max(sorted(graph), key=lambda n: len(graph[n]))
    ring = [n for n, _ in sorted(_distances(graph, core, 2).items(), key=lambda x: (x[1], x[0]))][: 2 * size]
    inside = {n: [m for m in graph[n] if m in set(ring)] for n in ring}
    starts = [ring[i] for i in rng.permutation(len(ring))[:5]]
    paths = [
        shortest_path(inside, s, max(_distances(inside, s).items(), key=lambda x: (x[1], -x[0]))[0])
        for s in starts
    ]
    return _fill(graph, max(paths, key=len)[:size], size, rng)


def dual_core_bridge(graph: Graph, size: int, rng: np.random.Generator) -> list[int]:
    """The shortest path between the two best connected nodes that are not adjacent, with neighbours of both."""
    ranked = sorted(graph, key=lambda n: (-len(graph[n]), n))
    first = ranked[0]
    second = next((n for n in ranked[1:] if n not in graph[first] and shortest_path(graph, first, n)), None)
    if second is None:
        return random_growth(graph, size, rng)
    return _fill(graph, shortest_path(graph, first, second)[:size], size, rng)


def mixed(graph: Graph, size: int, rng: np.random.Generator) -> list[int]:
    """One of the four at random."""
    samplers: list[Sampler] = [max_chain, augmented_chain, community_core_path, dual_core_bridge]
    return samplers[int(rng.integers(4))](graph, size, rng)


SAMPLERS: dict[str, Sampler] = {
    "max-chain": max_chain,
    "augmented-chain": augmented_chain,
    "community-core-path": community_core_path,
    "dual-core-bridge": dual_core_bridge,
    "mixed": mixed,
    "random": random_growth,
}


def sampler(name: str) -> Sampler:
    if name not in SAMPLERS:
        raise NotFound("sampler", name, SAMPLERS)
    return SAMPLERS[name]


def shortest_path(graph: Graph, a: int, b: int) -> list[int]:
    """Breadth-first; empty when there is no path."""
    parent, queue = {a: a}, deque([a])
    while queue:
        node = queue.popleft()
        if node == b:
            break
        for other in graph[node]:
            if other not in parent:
                parent[other] = node
                queue.append(other)
    if b not in parent:
        return []
    path = [b]
    while path[-1] != a:
        path.append(parent[path[-1]])
    return path[::-1]


def diameter(graph: Graph, nodes: Sequence[int]) -> int:
    """Longest shortest path inside the sub-graph induced by `nodes` (its largest finite distance)."""
    inside = {n: [m for m in graph[n] if m in set(nodes)] for n in nodes}
    return max((d for n in nodes for d in _distances(inside, n).values()), default=0)


def _distances(graph: Graph, start: int, limit: float = float("inf")) -> dict[int, int]:
    found, queue = {start: 0}, deque([start])
    while queue:
        node = queue.popleft()
        if found[node] < limit:
            for other in graph[node]:
                if other not in found:
                    found[other] = found[node] + 1
                    queue.append(other)
    return found


def _fill(graph: Graph, nodes: list[int], size: int, rng: np.random.Generator) -> list[int]:
    """Grow to `size` with random neighbours of what is there, as long as there are any."""
    grown = list(dict.fromkeys(nodes))
    while len(grown) < size:
        frontier = sorted({m for n in grown for m in graph[n]} - set(grown))
        if not frontier:
            break
        grown.append(frontier[int(rng.integers(len(frontier)))])
    return grown
