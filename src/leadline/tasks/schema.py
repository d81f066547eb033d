"""What a closed world can say: kinds of entities, predicates with cardinality and unit, and how each is worded.

Every wording has exactly one {s} (subject) and one {o} (object or value), so that a sentence can be made from a
fact and the fact read back from the sentence (reader.py).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Range = Literal["entity", "number", "date", "text"]


class Predicate(NamedTuple):
    """`name` subject-kind -> object. cardinality "one": functional; "many": up to `most` objects."""

    name: str
    subject: str
    object: str
    """Kind of the object for relations, else the range."""
    range: Range
    wordings: tuple[str, ...]
    question: str
    """A noun phrase with {s}: "the founder of {s}"."""
    cardinality: Literal["one", "many"] = "one"
    most: int = 1
    unit: str = ""
    low: float = 0
    high: float = 0
    hierarchy: bool = False
    """The relation is a forest: it points only to entities made earlier."""


KINDS: dict[str, float] = {
    "person": 0.34,
    "organisation": 0.22,
    "place": 0.14,
    "product": 0.18,
    "event": 0.12,
}
"""Share of each kind among the entities."""

COLOURS = ("amber", "cobalt", "crimson", "ivory", "jade", "ochre", "violet", "slate")
FIELDS = ("hydrology", "optics", "metallurgy", "cartography", "botany", "acoustics", "glaciology", "ceramics")

PREDICATES: tuple[Predicate, ...] = (
    Predicate("founded by", "organisation", "person", "entity",
              ("{s} was founded by {o}.", "The founder of {s} is {o}."), "the founder of {s}"),
    Predicate("seated in", "organisation", "place", "entity",
              ("{s} has its seat in {o}.", "The head office of {s} stands in {o}."), "the seat of {s}"),
    Predicate("employs", "organisation", "number", "number",
              ("{s} employs {o} people.", "The staff of {s} numbers {o} people."),
              "the number of people at {s}", unit="people", low=12, high=9800),
    Predicate("supplied by", "organisation", "organisation", "entity",
              ("{s} is supplied by {o}.", "Among the suppliers of {s} is {o}."), "a supplier of {s}", "many", 3),
    Predicate("born in", "person", "place", "entity",
              ("{s} was born in {o}.", "The birthplace of {s} is {o}."), "the birthplace of {s}"),
    Predicate("born on", "person", "date", "date",
              ("{s} was born on {o}.", "The birthday of {s} is {o}."), "the birthday of {s}", low=1920, high=1995),
    Predicate("studied under", "person", "person", "entity",
              ("{s} studied under {o}.", "The teacher of {s} was {o}."), "the teacher of {s}"),
    Predicate("works on", "person", "text", "text",
              ("{s} works on {o}.", "The field of {s} is {o}."), "the field of {s}"),
    Predicate("lies in", "place", "place", "entity",
              ("{s} lies in the district of {o}.", "The district around {s} is {o}."), "the district of {s}",
              hierarchy=True),
    Predicate("inhabitants", "place", "number", "number",
              ("{s} has {o} inhabitants.", "The population of {s} is {o}."), "the population of {s}",
              unit="inhabitants", low=300, high=900_000),
    Predicate("made by", "product", "organisation", "entity",
              ("{s} is made by {o}.", "The maker of {s} is {o}."), "the maker of {s}"),
    Predicate("designed by", "product", "person", "entity",
              ("{s} was designed by {o}.", "The designer of {s} is {o}."), "the designer of {s}"),
    Predicate("weighs", "product", "number", "number",
              ("{s} weighs {o} kg.", "The weight of {s} is {o} kg."), "the weight of {s}",
              unit="kg", low=2, high=4000),
    Predicate("launched on", "product", "date", "date",
              ("{s} was launched on {o}.", "The launch of {s} took place on {o}."), "the launch day of {s}",
              low=1990, high=2024),
    Predicate("coloured", "product", "text", "text",
              ("{s} is painted {o}.", "The colour of {s} is {o}."), "the colour of {s}"),
    Predicate("held in", "event", "place", "entity",
              ("{s} is held in {o}.", "The venue of {s} is {o}."), "the venue of {s}"),
    Predicate("held on", "event", "date", "date",
              ("{s} was held on {o}.", "The day of {s} was {o}."), "the day of {s}", low=1995, high=2024),
    Predicate("won by", "event", "person", "entity",
              ("{s} was won by {o}.", "The winner of {s} is {o}."), "the winner of {s}"),
    Predicate("sponsored by", "event", "organisation", "entity",
              ("{s} is sponsored by {o}.", "Among the sponsors of {s} is {o}."), "a sponsor of {s}", "many", 2),
)  # fmt: skip

BY_NAME: dict[str, Predicate] = {predicate.name: predicate for predicate in PREDICATES}


def of_kind(kind: str) -> tuple[Predicate, ...]:
    """The predicates whose subject is of `kind`, in declaration order."""
    return tuple(predicate for predicate in PREDICATES if predicate.subject == kind)
