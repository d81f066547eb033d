"""Reading facts back from prose: the inverse of the wordings in schema.py.

This is an honest reader, not a look-up: it sees text only, believes what is written (also what is stale or
false), and knows an entity by its name. Task filters and benchmark twins use it as an agent of known ability.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from leadline.tasks.schema import PREDICATES

_VALUE = {
    "entity": r"[A-Z][\w.]*(?: [A-Z][\w.]*)*",
    "number": r"[\d,]+",
    "date": r"\d{4}-\d{2}-\d{2}",
    "text": r"\w+",
}


class Statement(NamedTuple):
    subject: str
    predicate: str
    value: str


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    found = []
    for predicate in PREDICATES:
        for wording in predicate.wordings:
            pattern = re.escape(wording).replace(r"\{s\}", "{s}").replace(r"\{o\}", "{o}")
            pattern = pattern.replace("{s}", rf"(?P<s>{_VALUE['entity']})")
            pattern = pattern.replace("{o}", f"(?P<o>{_VALUE[predicate.range]})")
            found.append((predicate.name, re.compile(pattern)))
    return tuple(found)


def read_statements(text: str) -> list[Statement]:
    """Every statement that the text makes in a known wording, in reading order.

    >>> read_statements("Kaia Dora was born in Brenou. It rained.")
    [Statement(subject='Kaia Dora', predicate='born in', value='Brenou')]
    """
    found: list[Statement] = []
    for line in re.split(r"(?<=\.)\s+|\n+", text):
        for name, pattern in _patterns():
            match = pattern.fullmatch(line)
            if match:
                found.append(Statement(match["s"], name, match["o"]))
                break
    return found


class Knowledge:
    """Statements indexed by subject and by value."""

    def __init__(self, statements: Iterable[Statement] = ()) -> None:
        self.forward: dict[tuple[str, str], list[str]] = {}
        self.backward: dict[tuple[str, str], list[str]] = {}
        for statement in statements:
            self.add(statement)

    def add(self, statement: Statement) -> None:
        values = self.forward.setdefault((statement.subject, statement.predicate), [])
        if statement.value not in values:
            values.append(statement.value)
            self.backward.setdefault((statement.predicate, statement.value), []).append(statement.subject)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Knowledge:
        return cls(statement for text in texts for statement in read_statements(text))

    def follow(self, nodes: Iterable[str], predicate: str, *, inverse: bool = False) -> list[str]:
        """Values of a predicate for any of `nodes` (or the subjects that have such a value), without repeats."""
        table = self.backward if inverse else self.forward
        keys = ((predicate, n) if inverse else (n, predicate) for n in nodes)
        return list(dict.fromkeys(value for key in keys for value in table.get(key, [])))
