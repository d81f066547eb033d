"""Tables as three-level trees, and the bicliques that say which of them can be joined (WebLeaper, arXiv:2510.24697).

Root: the table's title. Level 2: its key entities. Level 3: their attribute values, one edge per relation name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import msgspec


class Tree(msgspec.Struct, frozen=True):
    """`rows`: key entity -> relation -> value. Empty values are left out."""

    title: str
    rows: dict[str, dict[str, str]]

    def relations(self) -> frozenset[str]:
        return frozenset(relation for row in self.rows.values() for relation in row)


def build_tree(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], key: str) -> Tree:
    """A tree from a table. The key column must be unique and filled; raises ValueError otherwise."""
    index = columns.index(key)
    keys = [str(row[index]) for row in rows]
    if len(set(keys)) != len(keys) or "" in keys:
        raise ValueError(f"{title}: column {key!r} does not name each row once")
    table = {
        name: {c: str(v) for c, v in zip(columns, row, strict=True) if c != key and v not in (None, "")}
        for name, row in zip(keys, rows, strict=True)
    }
    return Tree(title, table)


Biclique = tuple[frozenset[str], frozenset[str]]


def maximal_bicliques(
    relations: Mapping[str, frozenset[str]],
    *,
    min_trees: int = 2,
    min_relations: int = 1,
    limit: int = 10_000,
) -> list[Biclique]:
    """All maximal (trees, relations) with every tree having every relation and neither side extensible.

    Closed sets by intersection: the relation side of a maximal biclique is an intersection of trees' relation
    sets. Sorted by size of the tree set, then by names; at most `limit` closed sets are kept.
    """
    closed: set[frozenset[str]] = set()
    for one in relations.values():
        closed |= {one} | {one & other for other in closed}
        if len(closed) > limit:
            break
    found = []
    for shared in closed:
        if len(shared) >= min_relations:
            trees = frozenset(name for name, has in relations.items() if shared <= has)
            if len(trees) >= min_trees:
                found.append((trees, shared))
    return sorted(found, key=lambda pair: (len(pair[0]), sorted(pair[0]), sorted(pair[1])))


def pairs_with_common_keys(trees: Sequence[Tree]) -> list[tuple[Tree, Tree, list[str]]]:
    """Pairs of trees that share key entities, with these keys in order."""
    found = []
    for a, b in combinations(trees, 2):
        both = [key for key in a.rows if key in b.rows]
        if both:
            found.append((a, b, both))
    return found
