"""What a computed result may be said to show: a sentence over its rows and queries, and nothing beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from leadline.agents.support import figures
from leadline.agents.words import names
from leadline.environments.base import Observation
from leadline.environments.data import Computed, Figures
from leadline.evidence.model import Cell, Citation
from leadline.retrieval.statistics import terms

Rows = tuple[tuple[Cell, ...], ...]


class Saying(msgspec.Struct, frozen=True):
    type: Literal["Trend", "Comparison", "Extreme", "Attribution"]
    text: str


class Insight(NamedTuple):
    """A statement that was computed (`contradict.Figure`): its rows and queries stand behind it."""

    text: str
    citations: tuple[Citation, ...]
    confidence: float
    result: Rows


def computed(seen: Observation) -> tuple[tuple[Citation, ...], Rows]:
    """The citations and rows of a query, or of a program with its queries; neither where it gave none.

    What a program made of its queries is not run again when the report is verified: its rows support it partly.
    """
    found = seen.data if isinstance(seen.data, Computed) else None
    parts = found.figures if found else (seen.data,) if isinstance(seen.data, Figures) else ()
    label: Literal["supports", "partly"] = "partly" if found else "supports"
    citations = tuple(
        msgspec.structs.replace(citation, label=label) for part in parts for citation in part.citations
    )
    return citations, parts[0].query.result if parts else ()


def within(text: str, result: str) -> bool:
    """Whether every number (as far as it is rounded) and every name of a sentence stands in the result.

    >>> within("Oslo leads with 3.1.", "| city | x |\\n| Oslo | 3.1416 |"), within("Oslo leads with 4.", "Oslo 3.1")
    (True, False)
    """
    known = [float(number) for number in figures(result)]
    for number in figures(text):
        decimals = len(number.partition(".")[2])
        if not any(round(value, decimals) == float(number) for value in known):
            return False
    said = set(terms(result))
    return all(set(terms(name)) <= said for name in names(text))


def plain(rows: Sequence[Sequence[Cell]], most: int = 3) -> str:
    """The first rows of a result in a line.

    >>> plain([("Oslo", 3), ("Bergen", 2)])
    'Oslo, 3; Bergen, 2.'
    """
    shown = "; ".join(", ".join("" if cell is None else str(cell) for cell in row) for row in rows[:most])
    return shown + (f"; and {len(rows) - most} more rows." if len(rows) > most else ".")
