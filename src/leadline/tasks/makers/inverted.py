"""Inverted problems: from a dense answer list back to a question that no page answers (LiveDRBench, arXiv:2508.04183).

"List every entity with property a and property b, with detail c": the gold answer is a list of claims with
sub-claims, known by construction.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from leadline.tasks.item import Item
from leadline.tasks.render.library import Library
from leadline.tasks.schema import BY_NAME, KINDS, of_kind
from leadline.tasks.world import World


def make(world: World, library: Library, n: int, seed: int = 0) -> Iterator[Item]:
    """Up to `n` items with 2 to 12 gold claims each; metadata["claims"] maps each claim to its sub-claims."""
    rng = np.random.default_rng([seed, 17])
    made = 0
    for number in range(200 * n):
        if made >= n:
            return
        item = invert(world, library, rng, f"inverted-{world.seed}-{number}")
        if item is not None:
            made += 1
            yield item


def invert(world: World, library: Library, rng: np.random.Generator, identity: str) -> Item | None:
    """One problem about a random kind, or None when the two properties select too few or too many."""
    kind = list(KINDS)[int(rng.integers(len(KINDS)))]
    selectors = [p for p in of_kind(kind) if p.range in ("text", "entity") and p.cardinality == "one"]
    details = [p for p in of_kind(kind) if p.range in ("number", "date")]
    if not selectors or not details:
        return None
    picked = [selectors[i] for i in rng.permutation(len(selectors))[:1]]
    seed_entity = int(rng.choice([e.id for e in world.entities if e.kind == kind]))
    conditions = [(p.name, f.value) for p in picked for f in world.get(seed_entity, p.name)]
    if not conditions:
        return None
    found = [
        e
        for e in world.entities
        if e.kind == kind and all(any(f.value == v for f in world.get(e.id, p)) for p, v in conditions)
    ]
    if not 2 <= len(found) <= 12:
        return None
    claims = {e.name: {p.name: f.value for p in details for f in world.get(e.id, p.name)} for e in found}
    used = [f for e in found for p in (*picked, *details) for f in world.get(e.id, p.name)]
    if not all(f.id in library.places for f in used):
        return None
    said = " and ".join(
        BY_NAME[p].wordings[0].format(s=f"the {kind}", o=v).rstrip(".") for p, v in conditions
    )
    asked = ", ".join(p.name for p in details)
    return Item(identity, "inverted", f"List every {kind} such that {said}. Give for each: {asked}.",
                ("; ".join(claims),), "list", tuple(library.span(library.places[f.id][0]) for f in used), None,
                {"claims": claims, "conditions": [list(c) for c in conditions]})  # fmt: skip
