"""Seeded names that exist nowhere: a closed world must not be answerable from memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_ONSETS = "b br c d dr f g gr h j k kl l m n p pr r s st t tr v z".split()
_VOWELS = "a e i o u ai ea ou".split()
_CODAS = [*"l n r s m nd rt x v k th lm".split(), *[""] * 6]
_GIVEN = (
    "Ada Bela Ciro Dora Edda Falk Gita Hugo Ines Jory Kaia Lars Mira Nilo Odra Pavo Quin Rosa Sven Tove Ulla "
    "Vito Wanda Xeno Yara Zeno"
).split()
_FIRMS = "Works Holdings Partners Line Foundry Instruments Trading Laboratories Systems Mills".split()
_EVENTS = "Regatta Congress Biennale Cup Symposium Fair Marathon Summit".split()
_PRODUCTS = "Valve Sonde Turbine Compass Loom Relay Engine Beacon".split()


def word(rng: np.random.Generator, syllables: int) -> str:
    """A pronounceable capitalised word."""
    parts = [
        _ONSETS[rng.integers(len(_ONSETS))] + _VOWELS[rng.integers(len(_VOWELS))] for _ in range(syllables)
    ]
    return ("".join(parts) + _CODAS[rng.integers(len(_CODAS))]).capitalize()


def unique_words(rng: np.random.Generator) -> Iterator[str]:
    """Words that never repeat and are never a prefix-twin of a common English word (three syllables up)."""
    seen: set[str] = set()
    while True:
        name = word(rng, int(rng.integers(3, 5)))
        if name not in seen:
            seen.add(name)
            yield name


def entity_name(kind: str, root: str, rng: np.random.Generator) -> tuple[str, tuple[str, ...]]:
    """A full name for an entity of `kind` around the unique word `root`, and its aliases."""
    if kind == "person":
        given = _GIVEN[rng.integers(len(_GIVEN))]
        return f"{given} {root}", (f"{given[0]}. {root}",)
    if kind == "organisation":
        tail = _FIRMS[rng.integers(len(_FIRMS))]
        return f"{root} {tail}", (f"the {root} house",)
    if kind == "event":
        tail = _EVENTS[rng.integers(len(_EVENTS))]
        return f"{root} {tail}", ()
    if kind == "product":
        tail = _PRODUCTS[rng.integers(len(_PRODUCTS))]
        return f"{root} {tail}", (f"the {root}",)
    return root, ()
