"""Columns whose titles say a unit are found by their name, and figures show it."""

from __future__ import annotations

import pytest
from test_tables_questions import answered, small

from leadline.agents.tables import answer_from_tables

PARTS = (
    "parts_q1",
    ("Part No", "Weight (kg)", "Price [EUR]", "Temp_C", "Duration/min", "Conc. [mg/L]"),
    [
        ("P-1", 1.5, 20.0, 21, 15, 0.004),
        ("P-2", 0.25, 30.5, 24, 20, 0.102),
        ("P-3", 0.125, 10.0, -5, 40, None),
    ],
)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is the weight of P-1?", "The Weight of the Part No P-1 is 1.5 kg."),
        ("What is the price of part P-2?", "The Price of the Part No P-2 is EUR 30.50."),
        ("What is the average price of the parts?", "The average Price of parts q1 is EUR 20.17."),
        ("Which part has the highest temperature?", "P-2 (24 C)"),
        ("Which part has the lowest price?", "P-3 (EUR 10.00)"),
        ("What is the duration for P-3?", "is 40 min."),
    ],
)
def test_the_unit_hides_no_column_and_is_said(question: str, text: str):
    assert text in answered(question, small(PARTS)).text


def test_brackets_that_hold_no_unit_tell_columns_apart():
    table = ("bills", ("Bill", "Amount (net)", "Amount (gross)"), [("B-1", 100, 119), ("B-2", 50, 59)])
    assert answered("What is the net amount of B-1?", small(table)).result == ((100,),)
    assert answered("What is the amount (gross) of B-2?", small(table)).result == ((59,),)
    assert answer_from_tables("What is the amount of B-1?", small(table)) is None
