"""The same question under four evidence regimes (DeR2, arXiv:2601.21937), with invented operators.

An operator maps x to x * a mod m. A question composes k of them on a start number; concepts are the definition
sentences; related documents hold one definition in filler; noise documents name the same operators and define a
"second kind" variant. No document states the answer, and nobody can know it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from leadline.tasks.item import Item
from leadline.tasks.names import word
from leadline.tasks.render.library import Library
from leadline.tasks.render.text import FILLER
from leadline.tasks.world import World

Reader = Callable[[str, Sequence[str]], int | None]
"""(question, texts) -> answer or None."""


class Operator(NamedTuple):
    name: str
    factor: int
    modulus: int

    def __call__(self, x: int) -> int:
        return x * self.factor % self.modulus

    def definition(self, *, second_kind: bool = False) -> str:
        kind = " of the second kind" if second_kind else ""
        return f"The {self.name} transform{kind} maps x to x times {self.factor} modulo {self.modulus}."


def make(world: World, library: Library, n: int, seed: int = 0, *, max_k: int = 4) -> Iterator[Item]:
    """`n` items; metadata holds concepts, related and noise documents. Accepted by the two-phase rule."""
    rng = np.random.default_rng([world.seed, seed, 18])
    made = 0
    number = 0
    while made < n:
        number += 1
        item = build(rng, int(rng.integers(1, max_k + 1)), f"regimes-{world.seed}-{number}")
        if two_phase(item, careful_reader):
            made += 1
            yield item


def build(rng: np.random.Generator, k: int, identity: str) -> Item:
    """A chain of k operators on a start value. Noise documents define the same names otherwise, of the second kind."""
    operators = [_operator(rng) for _ in range(k)]
    start = int(rng.integers(2, 90))
    value = start
    for operator in operators:
        value = operator(value)
    steps = ", then ".join(f"the {o.name} transform" for o in operators)
    noise = [Operator(o.name, o.factor + 1 + int(rng.integers(5)), o.modulus) for o in operators]
    return Item(
        identity, "regimes", f"Apply {steps} to {start}. What is the result?", (str(value),), "number", (), None,
        {
            "concepts": [o.definition() for o in operators],
            "related": [_document(o.definition(), rng) for o in operators],
            "noise": [_document(o.definition(second_kind=True), rng) for o in noise],
            "k": k,
        },
    )  # fmt: skip


def evidence(item: Item, regime: str) -> list[str]:
    """The texts of a regime: I none, C concepts, R related documents, F related and noise documents.

    Noise comes first, so that a reader that takes the first definition it sees is caught.
    """
    m = item.metadata
    return {"I": [], "C": m["concepts"], "R": m["related"], "F": [*m["noise"], *m["related"]]}[regime]


def two_phase(item: Item, reader: Reader, *, runs: int = 3) -> bool:
    """Phase 1: wrong without evidence, every time. Phase 2: right with the concepts. (DeR2 section 4, without its
    upper bound on C, which calibrates to one model.)"""
    alone = [reader(item.question, []) for _ in range(runs)]
    informed = reader(item.question, evidence(item, "C"))
    return str(informed) == item.answers[0] and all(str(a) != item.answers[0] for a in alone)


_DEFINITION = re.compile(
    r"The (\w+-\w+) transform( of the second kind)? maps x to x times (\d+) modulo (\d+)\."
)


def careful_reader(question: str, texts: Sequence[str]) -> int | None:
    """Reads definitions, minds the qualifier, and executes."""
    return _execute(question, texts, skip_second_kind=True)


def careless_reader(question: str, texts: Sequence[str]) -> int | None:
    """Takes the first definition of a name, whatever its qualifier: fooled by noise."""
    return _execute(question, texts, skip_second_kind=False)


def _execute(question: str, texts: Sequence[str], *, skip_second_kind: bool) -> int | None:
    known: dict[str, Operator] = {}
    for name, second, factor, modulus in _DEFINITION.findall(" ".join(texts)):
        if not (second and skip_second_kind):
            known.setdefault(name, Operator(name, int(factor), int(modulus)))
    names = re.findall(r"the (\w+-\w+) transform", question)
    start = re.search(r" to (\d+)\.", question)
    if start is None or any(name not in known for name in names):
        return None
    value = int(start.group(1))
    for name in names:
        value = known[name](value)
    return value


def _operator(rng: np.random.Generator) -> Operator:
    modulus = int(rng.choice([89, 97, 101, 103, 107]))
    return Operator(f"{word(rng, 2).lower()}-{word(rng, 2).lower()}", int(rng.integers(11, 80)), modulus)


def _document(definition: str, rng: np.random.Generator) -> str:
    lines = [FILLER[int(rng.integers(len(FILLER)))] for _ in range(6)]
    lines.insert(int(rng.integers(len(lines))), definition)
    return " ".join(lines)
