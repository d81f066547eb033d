"""From constraint graphs to English, and the obfuscation that hides names (levels 0 to 2)."""

from __future__ import annotations

import re

from leadline.tasks.graph import ConstraintGraph, Edge
from leadline.tasks.schema import BY_NAME

_NOUN = {
    "person": "person",
    "organisation": "organisation",
    "place": "place",
    "product": "product",
    "event": "event",
}


def describe(graph: ConstraintGraph) -> str:
    """The question as clues about lettered unknowns; constants are named.

    >>> print(describe(ConstraintGraph((Edge("?x", "born in", "Brenou"),), "?x")))
    Which person is A? Clues: A was born in Brenou.
    """
    letters = {variable: "ABCDEFGHIJKLMNOP"[i] for i, variable in enumerate(graph.variables())}
    clues = " ".join(
        BY_NAME[edge.predicate]
        .wordings[0]
        .format(s=letters.get(edge.subject, edge.subject), o=letters.get(edge.object, edge.object))
        for edge in graph.edges
    )
    return f"Which {noun_of(graph, graph.answer)} is {letters[graph.answer]}? Clues: {clues}"


def describe_chain(edges: tuple[Edge, ...]) -> str:
    """A chain of forward relations as one nested noun phrase: "What is the seat of the maker of X?"."""
    phrase = edges[0].subject
    for edge in edges:
        phrase = BY_NAME[edge.predicate].question.format(s=phrase)
    return f"What is {phrase}?"


def noun_of(graph: ConstraintGraph, variable: str) -> str:
    """What kind of thing a variable is, by the predicates around it."""
    for edge in graph.edges:
        predicate = BY_NAME[edge.predicate]
        if edge.subject == variable:
            return _NOUN[predicate.subject]
        if edge.object == variable:
            return _NOUN.get(predicate.object, predicate.object if predicate.range == "date" else "value")
    return "thing"


def blur_date(iso: str) -> str:
    """The third of a decade in which a date lies.

    >>> blur_date("1987-04-12")
    'in the mid 1980s'
    """
    year = int(iso[:4])
    part = ("early", "mid", "late")[min(2, (year % 10) // 4)]
    return f"in the {part} {year // 10 * 10}s"


def blur_number(value: str) -> str:
    """The order of magnitude of a number.

    >>> blur_number("48,215")
    'tens of thousands'
    """
    digits = len(re.sub(r"\D", "", value))
    words = {1: "a handful", 2: "dozens", 3: "hundreds", 4: "thousands", 5: "tens of thousands"}
    return words.get(digits, "hundreds of thousands" if digits == 6 else "millions")
