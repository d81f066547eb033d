"""K-hop look-ups amid noise: the world of IterResearch's experiment with a small transformer (arXiv:2511.07327).

A question names a key and K relations, `? e3 r5 r1 .`, among words that tell nothing, so that every question has the
same length. `look` gives the fact, `key value`, somewhere among 40 words of noise. The answer is the last value and the
first: what was found at the beginning has to outlive all that comes after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from leadline.environments.base import Action, Observation, Tool

KEYS, RELATIONS, WORDS, NOISE = 24, 20, 24, 40
MOST_HOPS = 16
QUESTION = MOST_HOPS + 4
"""Words of a question: marks, key and relations, and two more of noise."""
VOCABULARY = (
    *"?.tms=a-",
    *(f"e{i}" for i in range(KEYS)),
    *(f"r{i}" for i in range(RELATIONS)),
    *(f"n{i}" for i in range(WORDS)),
)
LOOK = Tool(
    "look",
    "Find the value to which a relation of a key leads.",
    {
        "type": "object",
        "properties": {"key": {"type": "string"}, "relation": {"type": "string"}},
        "required": ["key", "relation"],
    },
)


class Chain(NamedTuple):
    """`path` has a key more than there are `relations`; neither repeats one."""

    path: tuple[str, ...]
    relations: tuple[str, ...]
    seed: int
    """Of the noise."""

    @property
    def hops(self) -> int:
        return len(self.relations)

    @property
    def question(self) -> str:
        asked = ["?", self.path[0], *self.relations, "."]
        rng = np.random.default_rng([self.seed, 1])
        before = int(rng.integers(QUESTION - len(asked) + 1))
        words = noise(rng, QUESTION - len(asked))
        return " ".join([*words[:before], *asked, *words[before:]])

    @property
    def looks(self) -> list[Action]:
        """What the oracle does before it answers."""
        steps = zip(self.path, self.relations, strict=False)
        return [Action("look", {"key": key, "relation": relation}) for key, relation in steps]

    @property
    def answer(self) -> str:
        return f"{self.path[-1]} {self.path[1]}"


def draw(rng: np.random.Generator, hops: int) -> Chain:
    """A chain of that many hops, at most 16."""
    if not 1 <= hops <= MOST_HOPS:
        raise ValueError(f"a chain has 1 to {MOST_HOPS} hops, not {hops}")
    path = tuple(f"e{i}" for i in rng.permutation(KEYS)[: hops + 1])
    relations = tuple(f"r{i}" for i in rng.permutation(RELATIONS)[:hops])
    return Chain(path, relations, int(rng.integers(1 << 31)))


def noise(rng: np.random.Generator, n: int) -> list[str]:
    return [f"n{i}" for i in rng.integers(WORDS, size=n)]


class KeyChains:
    """The tool over one chain: what is not on it has no value, and noise comes back."""

    tools: Sequence[Tool] = (LOOK,)

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    def reset(self, seed: int = 0) -> Observation:
        return Observation("")

    def step(self, action: Action) -> Observation:
        asked = (str(action.arguments.get("key")), str(action.arguments.get("relation")))
        steps = list(zip(self.chain.path, self.chain.relations, strict=False))
        hop = steps.index(asked) if action.tool == "look" and asked in steps else -1
        rng = np.random.default_rng([self.chain.seed, 2, hop + 1])
        words = noise(rng, NOISE)
        place = int(rng.integers(NOISE + 1))
        fact = [asked[0], self.chain.path[hop + 1]] if hop >= 0 else []
        return Observation(" ".join([*words[:place], *fact, *words[place:]]), cost={"calls": 1.0})
