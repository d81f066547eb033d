"""Periods of time in a question: years, quarters, halves, months, days, and what lies between or beyond them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from leadline.agents.tables.lexicon import Token

MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sep sept|october oct|"
        "november nov|december dec".split("|"), 1,
    )
    for name in names.split()
}  # fmt: skip
ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
    "last": -1,
}
BEFORE, UNTIL = ("before",), ("until", "till", "through")
AFTER, SINCE = ("after",), ("since",)


class Period(NamedTuple):
    """Days from `first` to `last`, both inclusive; None is open."""

    first: date | None
    last: date | None


class Found(NamedTuple):
    """A period and the tokens [start, end) that say it."""

    start: int
    end: int
    period: Period


def periods(words: Sequence[Token]) -> list[Found]:
    """Every period of a question, left to right.

    >>> from leadline.agents.tables.lexicon import tokens
    >>> [f.period for f in periods(tokens("shipped between March 2021 and May 2021"))]
    [Period(first=datetime.date(2021, 3, 1), last=datetime.date(2021, 5, 31))]
    """
    low = [word.text.lower() for word in words]
    found, at = [], 0
    while at < len(low):
        one = _phrase(low, at)
        if one:
            found.append(one)
        at = one.end if one else at + 1
    return found


def _phrase(low: list[str], at: int) -> Found | None:
    word = low[at]
    for openers, joiner in (
        (("between",), "and"),
        (("from",), "to"),
        (("from",), "until"),
        (("from",), "through"),
    ):
        if word in openers:
            first = _moment(low, at + 1, like=_year_after(low, at + 1))
            if first and first.end < len(low) and low[first.end] == joiner:
                second = _moment(low, first.end + 1)
                if second:
                    return Found(at, second.end, Period(first.period.first, second.period.last))
    if low[at : at + 4] == ["by", "the", "end", "of"] and (upto := _moment(low, at + 4)):
        return Found(at, upto.end, Period(None, upto.period.last))
    if word in BEFORE + UNTIL + AFTER + SINCE and (limit := _moment(low, at + 1)):
        return Found(at, limit.end, _beyond(word, limit.period))
    return _moment(low, at)


def _beyond(word: str, limit: Period) -> Period:
    assert limit.first is not None
    assert limit.last is not None
    if word in BEFORE:
        return Period(None, limit.first - timedelta(1))
    if word in UNTIL:
        return Period(None, limit.last)
    return Period(limit.last + timedelta(1) if word in AFTER else limit.first, None)


def _year_after(low: list[str], at: int) -> int | None:
    """The year that "between March and June 2023" says only once."""
    return next((int(w) for w in low[at : at + 7] if _is_year(w)), None)


def _is_year(word: str) -> bool:
    return len(word) == 4 and word.isdigit() and 1900 <= int(word) <= 2100


def _moment(low: list[str], at: int, like: int | None = None) -> Found | None:
    """One year, quarter, half, month or day that begins at a token; `like` is the year when none is said."""
    for filler in ("the", "month", "year", "of"):  # the month of May 2023, the year 2023
        at += at < len(low) and low[at] == filler
    rest = low[at:]
    if not rest:
        return None
    if len(rest[0]) == 10 and rest[0].count("-") == 2:
        try:
            day = date.fromisoformat(rest[0])
        except ValueError:
            return None
        return Found(at, at + 1, Period(day, day))
    if _is_year(rest[0]):
        return Found(at, at + 1, span(int(rest[0]), 1, 12))
    return _part_of_year(rest, at) or _month(rest, at, like)


def _part_of_year(rest: list[str], at: int) -> Found | None:
    """Q2 2023, second quarter of 2023, first half of 2023."""
    size, number, used = 0, 0, 0
    if len(rest[0]) == 2 and rest[0][0] == "q" and rest[0][1] in "1234":
        size, number, used = 3, int(rest[0][1]), 1
    elif rest[0] in ORDINALS and len(rest) > 1 and rest[1] in ("quarter", "half"):
        size, number, used = (3 if rest[1] == "quarter" else 6), ORDINALS[rest[0]], 2
    if not size:
        return None
    used += len(rest) > used and rest[used] == "of"
    number = 12 // size if number < 0 else number
    if len(rest) <= used or not _is_year(rest[used]) or number * size > 12:
        return None
    return Found(at, at + used + 1, span(int(rest[used]), (number - 1) * size + 1, number * size))


def _month(rest: list[str], at: int, like: int | None) -> Found | None:
    """14 March 2023, March 14 2023, March 2023, March (with the year said elsewhere)."""
    day, used = 0, 0
    if _day(rest[0]) and len(rest) > 1 and rest[1] in MONTHS:
        day, used = _day(rest[0]), 1
    if rest[used] not in MONTHS:
        return None
    month, used = MONTHS[rest[used]], used + 1
    if not day and len(rest) > used + 1 and _day(rest[used]) and _is_year(rest[used + 1]):
        day, used = _day(rest[used]), used + 1
    used += len(rest) > used + 1 and rest[used] == "of" and _is_year(rest[used + 1])
    said = len(rest) > used and _is_year(rest[used])
    year = int(rest[used]) if said else like
    if year is None:
        return None
    try:
        period = Period(date(year, month, day), date(year, month, day)) if day else span(year, month, month)
    except ValueError:
        return None
    return Found(at, at + used + said, period)


def _day(word: str) -> int:
    plain = word.removesuffix("st").removesuffix("nd").removesuffix("rd").removesuffix("th")
    return int(plain) if plain.isdigit() and 1 <= int(plain) <= 31 else 0


def span(year: int, first_month: int, last_month: int) -> Period:
    """Whole months.

    >>> span(2024, 2, 2)
    Period(first=datetime.date(2024, 2, 1), last=datetime.date(2024, 2, 29))
    """
    after = date(year + last_month // 12, last_month % 12 + 1, 1)
    return Period(date(year, first_month, 1), after - timedelta(1))
