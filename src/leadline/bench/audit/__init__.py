"""The acceptance checklists of three surveys, each row with the tests that show it (checklist.toml).

A row is covered when it names at least one test; a test of the project checks that every named test exists.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """`inferred`: the leaf was derived from a reading list, since the survey's body could not be read."""

    survey: str
    id: str
    leaf: str
    tests: tuple[str, ...] = ()
    inferred: bool = False


def rows() -> list[Row]:
    """Every row of the checklists, in the order of the surveys."""
    data = tomllib.loads((Path(__file__).parent / "checklist.toml").read_text("utf-8"))
    return [
        Row(r["survey"], r["id"], r["leaf"], tuple(r.get("tests", ())), r.get("inferred", False))
        for r in data["row"]
    ]


def coverage(found: Sequence[Row]) -> dict[str, float]:
    """Survey -> share of its rows that a test shows.

    >>> coverage([Row("s", str(i), "", ("t",) if i else ()) for i in range(8)])
    {'s': 0.875}
    """
    surveys = dict.fromkeys(row.survey for row in found)
    return {
        survey: sum(bool(r.tests) for r in found if r.survey == survey)
        / sum(r.survey == survey for r in found)
        for survey in surveys
    }
