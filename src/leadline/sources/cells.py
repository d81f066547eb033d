"""Typed cells from text, column by column: a column is a number, a truth value or a date only if all of it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import isfinite

from leadline.evidence.model import Cell
from leadline.sources.canonical import canonical

# "007" is a name, not a number; more than 18 digits would not survive in SQL.
_INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d{0,17})\Z")
_FLOAT = re.compile(
    r"[+-]?(?:0|[1-9]\d*)?\.\d+(?:[eE][+-]?\d{1,3})?\Z|[+-]?(?:0|[1-9]\d*)(?:\.\d*)?[eE][+-]?\d{1,3}\Z"
)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?\Z")
_COMMA = re.compile(r"[+-]?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:\.\d{3})+),\d+\Z")
_DAY = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})\Z")
_DOTTED = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+\Z")
MISSING = frozenset(
    ("", "na", "n/a", "n.a.", "null", "none", "nan", "nil", "-", "--", "---", "..", "–", "—", "?", "n.d.", "nd",
     "not detected", "missing",
     "#n/a", "#na", "#value!", "#div/0!", "#ref!", "#num!", "#name?", "#null!")
)  # fmt: skip
"""What stands in a column of numbers or dates where there is none. "<5" and ">1000" are no such thing: they say
something, and their column stays text."""


def typed_columns(
    rows: Sequence[Sequence[str]], width: int, decimal_comma: bool = False
) -> list[tuple[Cell, ...]]:
    """Rows of text to rows of cells; empty cells are None.

    >>> typed_columns([["1", "007", "2.5"], ["", "008", "1e3"]], 3)
    [(1, '007', 2.5), (None, '008', 1000.0)]
    """
    columns = [typed([row[at] for row in rows], decimal_comma) for at in range(width)]
    return list(zip(*columns, strict=True))


def typed(values: Sequence[str], decimal_comma: bool = False) -> list[Cell]:
    """One column. Text stays as it is written, apart from empty cells."""
    stripped = [value.strip() for value in values]
    kinds = {value for value in stripped if not is_missing(value)}
    if not kinds:
        return [None] * len(stripped)
    for convert in (_number_reader(kinds, decimal_comma), _truth_reader(kinds), _date_reader(kinds)):
        if convert is not None:
            return [convert.get(value) for value in stripped]
    return [value or None for value in stripped]


def is_missing(text: str) -> bool:
    """Whether a cell says that it holds nothing.

    >>> [is_missing(cell) for cell in (" ", "N/A", "n.d.", "#DIV/0!", "0", "<5")]
    [True, True, True, True, False, False]
    """
    return text.strip().lower() in MISSING


def _number_reader(kinds: set[str], decimal_comma: bool) -> dict[str, Cell] | None:
    if decimal_comma and any(_COMMA.match(kind) for kind in kinds):
        # Where commas are decimal signs, "1.240" is a thousand and more.
        plain = {
            k: k.replace(".", "").replace(",", ".") if _COMMA.match(k) or _DOTTED.match(k) else k
            for k in kinds
        }
    else:
        plain = {k: k.replace(",", "") if _THOUSANDS.match(k) else k for k in kinds}
    if all(_INTEGER.match(value) for value in plain.values()):
        return {kind: int(value) for kind, value in plain.items()}
    if all(_INTEGER.match(value) or _FLOAT.match(value) for value in plain.values()):
        numbers: dict[str, Cell] = {kind: float(value) for kind, value in plain.items()}
        return numbers if all(isfinite(float(value)) for value in plain.values()) else None
    return None


def _truth_reader(kinds: set[str]) -> dict[str, Cell] | None:
    if {kind.lower() for kind in kinds} <= {"true", "false"}:
        return {kind: kind.lower() == "true" for kind in kinds}
    return None


def _date_reader(kinds: set[str]) -> dict[str, Cell] | None:
    """Day-first or month-first dates to ISO, if only one of the two readings is possible for the column."""
    matches = {kind: match for kind in kinds if (match := _DAY.match(kind))}
    if len(matches) < len(kinds):
        return None
    readings = [reading for order in ((0, 2), (2, 0)) if (reading := _as_dates(matches, *order))]
    return readings[0] if len(readings) == 1 else None


def _as_dates(matches: dict[str, re.Match[str]], day: int, month: int) -> dict[str, Cell] | None:
    found: dict[str, Cell] = {}
    for kind, match in matches.items():
        parts = match.groups()
        try:
            found[kind] = date(int(parts[3]), int(parts[month]), int(parts[day])).isoformat()
        except ValueError:
            return None
    return found


def plain_cell(value: object) -> Cell:
    """A cell of a spreadsheet or database; whole floats become integers, dates ISO strings.

    >>> plain_cell(3.0), plain_cell(date(2024, 2, 1)), plain_cell(" ")
    (3, '2024-02-01', None)
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        if not isfinite(value):
            return str(value)
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else str(value)
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    return " ".join(canonical(str(value)).split()) or None
