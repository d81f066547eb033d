"""Word families, periods and bounds that questions are read with."""

from __future__ import annotations

from datetime import date

import pytest

from leadline.agents.tables.lexicon import singular, stem, tokens
from leadline.agents.tables.periods import Period, periods


@pytest.mark.parametrize(
    "family",
    [
        ("shipped", "shipments", "ship"),
        ("manager", "manages", "managed"),
        ("carrier", "carried", "carry"),
        ("supplier", "supplied", "supplies"),
        ("issue", "issued", "issuing"),
        ("paid", "payments", "pays"),
        ("price", "prices", "priced"),
    ],
)
def test_one_family_one_stem(family: tuple[str, ...]):
    assert len({stem(word) for word in family}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("late", "later"), ("cost", "coast"), ("order", "ordinal"), ("port", "portion")]
)
def test_strangers_stay_apart(one: str, other: str):
    assert stem(one) != stem(other)


def test_codes_and_numbers_are_single_tokens():
    assert [t.text for t in tokens("C-2022-07 costs EUR 1,200.50, LN-10")] == [
        "C-2022-07",
        "costs",
        "EUR",
        "1,200.50",
        "LN-10",
    ]
    assert tokens("1,200.50")[0].number == 1200.5
    assert singular("LN-10s") == "ln-10s"


def days(*ends: str | None) -> Period:
    first, last = (date.fromisoformat(end) if end else None for end in ends)
    return Period(first, last)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("in 2023", days("2023-01-01", "2023-12-31")),
        ("in the year 2023", days("2023-01-01", "2023-12-31")),
        ("in February 2024", days("2024-02-01", "2024-02-29")),
        ("on 14 March 2023", days("2023-03-14", "2023-03-14")),
        ("on March 14th, 2023", days("2023-03-14", "2023-03-14")),
        ("on 2023-03-14", days("2023-03-14", "2023-03-14")),
        ("in Q2 2023", days("2023-04-01", "2023-06-30")),
        ("in the fourth quarter of 2023", days("2023-10-01", "2023-12-31")),
        ("in the second half of 2023", days("2023-07-01", "2023-12-31")),
        ("between March and June 2023", days("2023-03-01", "2023-06-30")),
        ("from 2021 to 2022", days("2021-01-01", "2022-12-31")),
        ("before March 2022", days(None, "2022-02-28")),
        ("until March 2022", days(None, "2022-03-31")),
        ("after 2022", days("2023-01-01", None)),
        ("since 1 May 2022", days("2022-05-01", None)),
        ("by the end of 2022", days(None, "2022-12-31")),
    ],
)
def test_periods(text: str, period: Period):
    assert [found.period for found in periods(tokens(f"How many {text}?"))] == [period]


@pytest.mark.parametrize(
    "text", ["in March", "LN-2023 parts", "1,234 pieces", "last year", "2023-13-40", "Q5 2"]
)
def test_what_is_no_period(text: str):
    assert periods(tokens(text)) == []


def test_a_day_that_does_not_exist_leaves_its_number_unread():
    found = periods(tokens("on 31 February 2023"))
    assert [(f.start, f.period) for f in found] == [(2, days("2023-02-01", "2023-02-28"))]
