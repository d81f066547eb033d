"""MedResearcher-R1: questions from the longest chains around rare entities, masked hints (arXiv:2508.14880); task part.

Idea: rare ends make questions hard, long chains make them deep, and a hint that keeps relations but masks entities
guides a teacher without telling the answer.
Method: longest-chain sampling of a knowledge graph; hints "[MASK] relation [MASK]"; one-answer gate.
Departs: a seeded world instead of a medical graph (the side-effect data is non-commercial). `cap` is a parameter:
the released code caps chains at half the sub-graph.
Not verified: real medical retrieval, trained agents, reward weights (the tools' formulas are in environments.clinic).
"""

from __future__ import annotations

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system
from leadline.environments.clinic import AUTHORITY, diagnoses, with_authority
from leadline.tasks.makers.chains import path_facts
from leadline.tasks.walks import Graph, diameter, longest_chain, max_chain, random_growth, walk_graph
from leadline.tasks.world import World, make_world


def expansions(world: World, start: int, relations: list[str], target: int, *, guided: bool) -> int:
    """Nodes expanded by breadth-first search from `start` until `target`; guided: at step i only the hinted
    relation is followed."""
    frontier, seen, spent = [start], {start}, 0
    for relation in relations:
        following: list[int] = []
        for node in frontier:
            spent += 1
            for fact, other in world.neighbours(node):
                if (not guided or fact.predicate == relation) and other not in seen:
                    seen.add(other)
                    following.append(other)
        if target in following:
            return spent
        frontier = following
    return spent


def diameters(graph: Graph, rng: np.random.Generator, n: int, size: int = 8) -> tuple[float, float, float]:
    """Mean diameter of sampled sub-graphs: the paper's cap, the released cap, random growth."""
    paper = [diameter(graph, max_chain(graph, size, rng)) for _ in range(n)]
    released = [diameter(graph, max_chain(graph, size, rng, cap=size // 2)) for _ in range(n)]
    grown = [diameter(graph, random_growth(graph, size, rng)) for _ in range(n)]
    return float(np.mean(paper)), float(np.mean(released)), float(np.mean(grown))


def guidance(world: World, graph: Graph, rng: np.random.Generator, hops: int, n: int) -> float:
    """Mean of log2(unguided / guided) expansions on random chains of `hops` hops."""
    gains: list[float] = []
    while len(gains) < n:
        path = longest_chain(graph, int(rng.integers(len(graph))), hops + 1)
        if len(path) == hops + 1:
            relations = [fact.predicate for fact, _ in path_facts(world, path)]
            free, led = (expansions(world, path[0], relations, path[-1], guided=g) for g in (False, True))
            gains.append(np.log2(free / led))
    return float(np.mean(gains))


def diagnosed(rng: np.random.Generator, n: int, findings: int) -> float:
    """Share of patients whose disease ranks first after `findings` findings, for random tables of six diseases."""
    right = 0
    for _ in range(n):
        names = [f"d{i}" for i in range(6)]
        prior = dict(zip(names, rng.dirichlet(np.ones(6)).tolist(), strict=True))
        table = {name: {f"s{j}": float(rng.uniform(0.05, 0.95)) for j in range(findings)} for name in names}
        disease = str(rng.choice(names, p=list(prior.values())))
        present = {s: bool(rng.random() < p) for s, p in table[disease].items()}
        seen = {d: {s: p if present[s] else 1 - p for s, p in row.items()} for d, row in table.items()}
        right += next(iter(diagnoses(prior, seen, present))) == disease
    return right / n


def graded(rng: np.random.Generator, n: int, weight: float) -> float:
    """Mean nDCG@10 over `n` queries of 40 documents whose grade is half relevance, half clinical authority, when the
    relevance that a search sees is noisy."""
    scores = []
    for _ in range(n):
        relevance, authority = rng.random(40), rng.choice(list(AUTHORITY.values()), 40)
        grade = np.rint(3 * (relevance + authority) / 2)
        seen = np.clip(relevance + rng.normal(0, 0.3, 40), 0, 1)
        order = np.argsort(
            [-with_authority(r, a, weight=weight) for r, a in zip(seen, authority, strict=True)]
        )
        discount = 1 / np.log2(np.arange(2, 12))
        scores.append(
            float((grade[order[:10]] * discount).sum() / (np.sort(grade)[::-1][:10] * discount).sum())
        )
    return float(np.mean(scores))


@system(
    slug="medresearcher-r1",
    title="MedResearcher-R1: rare-entity chain questions with masked hints",
    paper="2508.14880",
    idea="Longest chains to rare entities, and hints that keep relations but hide names.",
    parts=("tasks.walks", "tasks.makers.chains", "tasks.accept", "environments.clinic", "bench.metrics.tagged"),
    claims=(
        Claim("chain", "Longest chains make deeper sub-graphs than random growth", "diameter", "max-chain", "random"),
        Claim("released", "The released cap (half the size) gives shallower sub-graphs than the paper's idea",
              "diameter", "cap s//2", "cap s", "lower"),
        Claim("hint", "Masked guidance saves more on longer chains", "log2 of expansions saved", "4 hops", "2 hops"),
        Claim("findings", "Findings sharpen the ranking of diagnoses", "right disease first", "8 findings", "prior"),
        Claim("authority", "Clinical authority beside relevance ranks graded passages better", "nDCG@10",
              "weight .4", "relevance alone"),
    ),
    departs="Seeded world graph; the specification's medical graph is fetched data that must not be bundled.",
    not_verified="Real medical retrieval, trained agents, the reward's and the retriever's weights.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    world = make_world(3000 if scale == "full" else 800, seed)
    graph, rng = walk_graph(world), np.random.default_rng([seed, 41])
    n = 100 if scale == "full" else 15
    paper, released, grown = diameters(graph, rng, n)
    two, four = (guidance(world, graph, rng, hops, n) for hops in (2, 4))
    return {
        "chain": Pair(grown, paper),
        "released": Pair(paper, released),
        "hint": Pair(two, four),
        "findings": Pair(*(diagnosed(np.random.default_rng([seed, 45]), 4 * n, f) for f in (0, 8))),
        "authority": Pair(*(graded(np.random.default_rng([seed, 46]), n, w) for w in (1.0, 0.4))),
    }
