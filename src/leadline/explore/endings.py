"""Why a search ends: what every way to search says alike."""

from __future__ import annotations


def ending(solved: bool, operations: int, budget: int) -> str:
    """The reason; empty while the search goes on.

    >>> ending(False, 700, 700), ending(False, 3, 700), ending(True, 700, 700)
    ('700 of 700 operations used', '', 'solved')
    """
    if solved:
        return "solved"
    return f"{operations} of {budget} operations used" if operations >= budget else ""
