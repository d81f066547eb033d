"""What stretches of a question may be: columns, tables, values, numbers of a column, bounds, intents."""

from __future__ import annotations

from typing import NamedTuple

from leadline.agents.tables.schema import Ref, Value


class Mention(NamedTuple):
    """Tokens [start, end) that may be columns, tables or values."""

    start: int
    end: int
    columns: tuple[Ref, ...] = ()
    tables: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    partial: bool = False
    optional: bool = False
    """May be left out when the chosen table has no place for it."""


class Equal(NamedTuple):
    """A number that a column has: "replicate 2", "a wavelength of 550 nm", or only "at 550 nm"."""

    mention: Mention
    number: float


class Intent(NamedTuple):
    start: int
    end: int
    kind: str


class Bound(NamedTuple):
    start: int
    end: int
    operator: str
    number: float
