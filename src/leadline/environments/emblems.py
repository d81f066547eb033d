"""Invented emblems: facts that no picture generator can know, on pages and in reference pictures (Gen-Searcher's
specification, section 5 B; arXiv:2603.28767).

Pages tell the lettering (motto and year), never how an emblem looks; pictures show shape, colour and number, never
lettering. Names come in families, so that a search for one finds its relatives. Half of the pictures are captioned by
the number of their plate alone, which only the emblem's page tells; on half of the pages what matters stands far down.
"""

from __future__ import annotations

import random
from typing import NamedTuple

SHAPES = ("disc", "square", "triangle", "cross", "ring")
COLOURS = {
    "red": (200, 30, 30), "green": (30, 140, 50), "blue": (40, 60, 200), "yellow": (230, 190, 20),
    "black": (20, 20, 20), "purple": (130, 40, 150),
}  # fmt: skip
GROUNDS = {"white": (250, 250, 250), "grey": (190, 190, 190), "cream": (250, 240, 210)}
MOST = 5
"""Shapes on an emblem."""
_ONSETS, _RIMES, _ENDS = (
    "B D F G H K L M N R S T V".split(),
    "a e i o u ar el in or un".split(),
    "holt mere wick stad".split(),
)
_KINDS = "Guild Watch College League Order Society Ferry Mint".split()
_WORDS = "ALTA BONA CURA DIES FIDES GENS HORA IGNIS LUNA MARE NOVA ORBIS PONS QUIES RIPA SILVA TERRA UNDA VIA".split()
_FILLER = (
    "Its house stands near the old market.", "Visitors are received on the first day of the month.",
    "The records before the great fire are lost.", "A bell from the older house is still in use.",
)  # fmt: skip


class Look(NamedTuple):
    """What a picture of an emblem shows."""

    shape: str
    colour: str
    number: int


class Emblem(NamedTuple):
    """An invented emblem: what its picture shows, and what only its page tells."""

    name: str
    look: Look
    motto: str
    year: int
    plate: str
    by_plate: bool
    """Its picture is captioned by its plate alone."""
    deep: bool
    """Motto and plate stand far down its page."""

    @property
    def page(self) -> str:
        """The text of its page: the lettering and the plate, no looks."""
        told = f'Its emblem carries the words "{self.motto}" and is shown on plate {self.plate}.'
        begin = f"The {self.name} took its present emblem in the year {self.year}."
        return " ".join([begin, *_FILLER, told] if self.deep else [begin, told, *_FILLER])

    @property
    def caption(self) -> str:
        """What image search finds its picture by."""
        return f"Plate {self.plate}" if self.by_plate else f"The {self.name}, plate {self.plate}"


class Commission(NamedTuple):
    """A prompt that names the emblem and nothing of it."""

    emblem: Emblem
    ground: str
    lettering: bool

    @property
    def prompt(self) -> str:
        """What the generator is asked for."""
        said = "with its motto and its year" if self.lettering else "without any lettering"
        return f"Draw the emblem of the {self.emblem.name} {said}, on a {self.ground} ground."


def make_emblems(n: int, seed: int) -> list[Emblem]:
    """n emblems with different names, looks drawn evenly; up to eight to a family."""
    rng = random.Random(seed)
    found: dict[str, Emblem] = {}
    while len(found) < n:
        town = (
            rng.choice(_ONSETS) + rng.choice(_RIMES) + rng.choice("nrlsd") + rng.choice(_ENDS)
        ).capitalize()
        for kind in rng.sample(_KINDS, rng.randint(2, len(_KINDS))):
            look = Look(rng.choice(SHAPES), rng.choice(list(COLOURS)), rng.randint(1, MOST))
            motto = " ".join(rng.sample(_WORDS, rng.randint(2, 5)))
            plate = f"{rng.choice('ABCDEFGH')}{len(found) + 101}"
            name = f"{town} {kind}"
            found.setdefault(
                name,
                Emblem(
                    name, look, motto, rng.randint(1400, 1899), plate, rng.random() < 0.5, rng.random() < 0.5
                ),
            )
    return list(found.values())[:n]


def commissions(emblems: list[Emblem], n: int, seed: int) -> list[Commission]:
    """n prompts about different emblems; a quarter of them ask for no lettering."""
    rng = random.Random(f"commissions {seed}")
    return [
        Commission(emblem, rng.choice(list(GROUNDS)), rng.random() >= 0.25)
        for emblem in rng.sample(emblems, n)
    ]
