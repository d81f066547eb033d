"""What a person typed or an address says, as the value that it stands for."""

from __future__ import annotations

import math

from starlette.datastructures import FormData

from leadline.errors import UsageError

MAX_DIGITS = 14


def text(given: FormData, name: str) -> str:
    """A field of a form as text; a file in its place is nothing."""
    value = given.get(name, "")
    return value if isinstance(value, str) else ""


def whole(given: str | None, digits: int = MAX_DIGITS) -> int:
    """A number from 0 up; what is none, or has more digits, is 0.

    >>> whole("12"), whole("-3"), whole(None), whole("9" * 15)
    (12, 0, 0, 0)
    """
    return int(given) if given and given.isascii() and given.isdecimal() and len(given) <= digits else 0


def limit(given: str, what: str) -> float:
    """A limit as it was typed; nothing typed is no limit."""
    if not given.strip():
        return math.inf
    try:
        value = float(given)
    except ValueError:
        value = 0.0
    if not value > 0:
        raise UsageError(f"The limit of {what} must be a number above 0, not {given.strip()[:40]!r}.")
    return value
