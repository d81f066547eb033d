"""Rows of a table that add up others: totals and subtotals, which no sum, mean or count may hold a second time.

A row is one where its first word says so ("Subtotal Norris", "Total") and nothing else in it is words or a date though
other rows have both, or where a number in it is the sum of the rows above. Without a word, only the sum counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from leadline.environments.typed import TypedTable
from leadline.evidence.model import Cell

LABEL = re.compile(
    r"\W*(?:(?:grand|sub|overall|zwischen|gesamt)[\s-]?)?(?:totals?|sum|summe|gesamt|subtotals?)\b(?!\w)",
    re.IGNORECASE,
)
CENT = 0.011
"""Sums of rounded figures may differ by this much."""


def total_rows(table: TypedTable) -> tuple[int, ...]:
    """Numbers (from 0) of the rows that add up others.

    >>> from leadline.environments.typed import typed_table
    >>> from leadline.evidence.model import Table
    >>> rows = (("Oil", 2.5), ("Rope", 3), ("Subtotal ship", 5.5), ("Rent", 7), ("Total", 12.5), ("Total loss", 9))
    >>> total_rows(typed_table(Table("costs", ("What", "EUR"), rows, 0), "d"))
    (2, 4)
    """
    named = [c.values for c in table.columns if c.kind in ("VARCHAR", "DATE", "TIMESTAMP")]
    numbers = [c.values for c in table.columns if c.kind in ("BIGINT", "DOUBLE")]
    if not numbers or table.n_rows < 3:
        return ()
    filled = [sum(values[at] is not None for values in named) for at in range(table.n_rows)]
    usual = sorted(filled)[len(filled) // 2]
    found: list[int] = []
    for at, row in enumerate(table.source.rows):
        label = _label(row)
        bare = filled[at] <= bool(label) and usual > 1
        last = not filled[at] and usual and at == table.n_rows - 1
        if (label and bare) or ((label or last) and _adds_up(numbers, at, found)):
            found.append(at)
    return tuple(found)


def _label(row: Sequence[Cell]) -> str:
    """The first words of a row, if they say that it is a total."""
    first = next((cell for cell in row if isinstance(cell, str) and cell.strip()), "")
    return first if LABEL.match(first) else ""


def is_label(text: str) -> bool:
    """Whether a value is the name of a row of totals."""
    return LABEL.match(text) is not None


def _adds_up(numbers: Sequence[Sequence[object]], at: int, totals: Sequence[int]) -> bool:
    """Whether a number of a row is the sum of two rows above it or more: of all, or of those since the last total."""
    for values in numbers:
        value = values[at]
        if not isinstance(value, int | float):
            continue
        for start in {0, totals[-1] + 1 if totals else 0}:
            above = [
                v
                for n, v in enumerate(values[start:at], start)
                if n not in totals and isinstance(v, int | float)
            ]
            if len(above) > 1 and abs(sum(above) - value) <= CENT:
                return True
    return False
