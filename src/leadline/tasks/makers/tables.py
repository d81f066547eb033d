"""Entity-dense tasks from tables: Basic, Union and Reverse-Union (WebLeaper, arXiv:2510.24697).

Gold sets come from relational algebra over the trees, so they are exact. Basic data alone hurt in the paper: it is
made for comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from leadline.tasks.item import Item
from leadline.tasks.names import unique_words
from leadline.tasks.render.library import Library
from leadline.tasks.render.tables import columns_of, rows_of
from leadline.tasks.schema import BY_NAME, KINDS, of_kind
from leadline.tasks.trees import Tree, build_tree, maximal_bicliques
from leadline.tasks.verbalise import blur_date, blur_number
from leadline.tasks.world import World


def make(world: World, library: Library, n: int, seed: int = 0) -> Iterator[Item]:
    """`n` items, Basic, Union and Reverse-Union in turn, over list pages cut from the world's tables."""
    rng = np.random.default_rng([seed, 14])
    yield from tasks_from_trees(world_trees(world, rng), n, rng, f"tables-{world.seed}")


def world_trees(
    world: World, rng: np.random.Generator, *, per_kind: int = 4, share: float = 0.35
) -> list[Tree]:
    """Overlapping lists of one kind each, with a random half of its columns: what web pages would hold."""
    trees, words = [], unique_words(rng)
    for kind in KINDS:
        columns, rows = columns_of(kind), rows_of(world, kind)
        functional = [0, *(i for i, p in enumerate(of_kind(kind), 1) if p.cardinality == "one")]
        for _ in range(per_kind):
            picked = [row for row in rows if rng.random() < share]
            kept = [i for i in functional if i == 0 or rng.random() < 0.75]
            if len(picked) >= 4 and len(kept) >= 2:
                cut = [[row[i] for i in kept] for row in picked]
                title = f"{next(words)} register of {kind}s"  # a name of its own, as lists on the web have
                trees.append(build_tree(title, [columns[i] for i in kept], cut, "name"))
    return trees


def tasks_from_trees(trees: Sequence[Tree], n: int, rng: np.random.Generator, prefix: str) -> Iterator[Item]:
    """Basic from one tree, Union and Reverse-Union from two that a maximal biclique joins."""
    cliques = maximal_bicliques({t.title: t.relations() for t in trees}, min_trees=2, min_relations=2)
    joinable = [
        (a, b, sorted(shared))
        for names, shared in cliques
        for a, b in combinations([t for t in trees if t.title in names], 2)
        if set(a.rows) & set(b.rows)
    ]
    made = 0
    for number in range(50 * n):
        if made >= n:
            return
        which = made % 3
        if which == 0:
            item: Item | None = basic(trees[int(rng.integers(len(trees)))], rng, f"{prefix}-{number}")
        elif joinable:
            a, b, shared = joinable[int(rng.integers(len(joinable)))]
            build = union if which == 1 else reverse_union
            item = build(a, b, shared, rng, f"{prefix}-{number}")
        else:
            return
        if item is not None:
            made += 1
            yield item


def basic(tree: Tree, rng: np.random.Generator, identity: str) -> Item:
    """All keys of one tree with one attribute each."""
    relation = sorted(tree.relations())[int(rng.integers(len(tree.relations())))]
    return _item(identity, "basic", f"List every entry of the {tree.title} with its {_word(relation)}.",
                 list(tree.rows), {"trees": [tree.title], "relation": relation})  # fmt: skip


def union(a: Tree, b: Tree, shared: Sequence[str], rng: np.random.Generator, identity: str) -> Item:
    """The intersection or the union of the level-2 sets of two trees."""
    both = bool(rng.integers(2))
    gold = [k for k in a.rows if k in b.rows] if both else list(dict.fromkeys([*a.rows, *b.rows]))
    words = f"in both the {a.title} and the {b.title}" if both else f"in the {a.title} or the {b.title}"
    asked = ", ".join(_word(r) for r in shared[:2])
    return _item(identity, "union", f"Which entries stand {words}? Give for each its {asked}.", gold,
                 {"trees": [a.title, b.title], "operation": "intersection" if both else "union"})  # fmt: skip


def reverse_union(
    a: Tree, b: Tree, shared: Sequence[str], rng: np.random.Generator, identity: str
) -> Item | None:
    """The question never names its entry point: an anchor, described only by blurred attributes that fit nobody
    else, whose value of a pivot relation selects the targets. None when no anchor can be described uniquely."""
    both = [k for k in a.rows if k in b.rows]
    order = [both[i] for i in rng.permutation(len(both))]
    for anchor in order:
        for pivot in shared:
            value = a.rows[anchor].get(pivot)
            targets = [k for k in both if a.rows[k].get(pivot) == value]
            clue = unique_clue(a, anchor, without=pivot)
            named = any(
                word in clue for word in re.findall(r"\w{4,}", anchor)
            )  # a capital named after its country
            if value and len(targets) >= 2 and clue and not named:
                text = (
                    f"An entry of the {a.title} is known only by this: {clue}. Which entries of both that register "
                    f"and the {b.title} share its {_word(pivot)}?"
                )
                return _item(identity, "reverse-union", text, targets,
                             {"trees": [a.title, b.title], "anchor": anchor, "pivot": pivot})  # fmt: skip
    return None


def unique_clue(tree: Tree, anchor: str, *, without: str) -> str:
    """The shortest set of blurred attributes (at most three) that fits exactly `anchor`; "" when there is none."""
    row = {r: blur(r, v) for r, v in tree.rows[anchor].items() if r != without}
    for size in (1, 2, 3):
        for chosen in combinations(sorted(row), size):
            fits = [k for k, other in tree.rows.items()
                    if all(r in other and blur(r, other[r]) == row[r] for r in chosen)]  # fmt: skip
            if fits == [anchor]:
                return ", ".join(f"its {_word(r)} is {row[r]}" for r in chosen)
    return ""


def blur(relation: str, value: str) -> str:
    """A value as a vague description; entities stay (they are clues from outside the table)."""
    predicate = BY_NAME.get(relation.replace("_", " "))
    if predicate is not None and predicate.range == "date":
        return blur_date(value)
    if (predicate is not None and predicate.range == "number") or re.fullmatch(r"\d[\d,]*", value):
        return blur_number(value)
    return value


def _word(relation: str) -> str:
    return f'"{relation.replace("_", " ")}"'


def _item(identity: str, kind: str, question: str, gold: Sequence[str], metadata: dict[str, object]) -> Item:
    return Item(identity, f"tables-{kind}", question, ("; ".join(gold),), "list", (), None,
                {**metadata, "n_targets": len(gold)})  # fmt: skip
