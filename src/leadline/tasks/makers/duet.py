"""Search-dependent questions by self-play (DUETQA of Fathom-DeepResearch, arXiv:2509.24107).

Facts of several themes are chained; at least one of them is newer than the cut-off of the model without search.
An item is kept iff two searchers give the same right answer and the one without search fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from leadline.tasks.accept import no_leak
from leadline.tasks.graph import solve
from leadline.tasks.item import Item
from leadline.tasks.makers.levels import sample_chain, to_item
from leadline.tasks.reader import Knowledge
from leadline.tasks.render.library import Library
from leadline.tasks.world import World

Answerer = Callable[[Item], str]


def make(world: World, library: Library, n: int, seed: int = 0, *, hops: int = 3) -> Iterator[Item]:
    """Up to `n` items whose last fact is hidden from the model without search.

    The two searchers read the library in different halves of attention: one misses a random tenth of the
    documents, the other a different tenth. The closed-book model knows a random half of the facts, never the new.
    """
    rng = np.random.default_rng([seed, 16])
    texts = [d.text for d in library.documents]
    m1, m2 = (reader(texts, rng, missing=0.1) for _ in range(2))
    m3 = reader(texts, rng, missing=0.5)
    made = 0
    for number in range(100 * n):
        if made >= n:
            return
        chain = sample_chain(world, library, hops, rng, separate=True)
        if chain is None:
            continue
        item = to_item(world, library, chain, 3, f"duet-{world.seed}-{number}")
        item = Item(item.id, "duet", item.question, item.answers, "text", item.evidence, item.graph,
                    {"hops": hops, "themes": sorted({world.entities[f.subject].kind for f in chain})})  # fmt: skip
        if not no_leak(item) and duet_filter(item, m1, m2, m3):
            made += 1
            yield item


def duet_filter(item: Item, m1: Answerer, m2: Answerer, m3: Answerer) -> bool:
    """Keep iff both searchers give the same right answer and the closed-book model does not."""
    first = m1(item)
    return first in item.answers and m2(item) == first and m3(item) not in item.answers


def reader(texts: list[str], rng: np.random.Generator, *, missing: float) -> Answerer:
    """A rule reader that never sees a random share of the texts; it answers "" when it cannot decide."""
    knowledge = Knowledge.of(text for text in texts if rng.random() >= missing)

    def answer(item: Item) -> str:
        found = solve(item.graph, knowledge) if item.graph is not None else []
        return found[0] if len(found) == 1 else ""

    return answer
