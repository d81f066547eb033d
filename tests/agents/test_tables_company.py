"""What a company asks its tables: currencies side by side, years, quarters, equal winners, what is longest."""

from __future__ import annotations

import pytest
from test_tables_questions import answered, small

from leadline.agents.tables import answer_from_tables
from leadline.environments.typed import typed_column

INVOICES = (
    "invoices",
    ("Invoice", "Vendor", "Amount", "Currency", "Status"),
    [
        ("INV-2023001", "Frost", 100.5, "EUR", "open"),
        ("INV-2023002", "Frost", 10.0, "EUR", "overdue"),
        ("INV-2023003", "Rein", 7000.0, "NOK", "overdue"),
        ("INV-2023004", "Rein", 500.25, "NOK", "open"),
        ("INV-2023005", "Orca", 1.0, "EUR", "paid"),
    ],
)
SHIPS = (
    "vessels",
    ("Vessel", "Built", "Length (m)", "Crew", "Last docking", "Book value (NOK)"),
    [
        ("Skarv", 1998, 64.5, 11, "2022-05-03", 41000000),
        ("Lunde", 2015, 112.0, 18, "2021-10-27", 188000000),
        ("Alke", 1989, 52.9, 9, "2020-06-30", 12800000),
        ("Terne", 2007, 164.2, 18, "2023-09-18", 97500000),
    ],
)
REVENUE = (
    "revenue",
    ("Quarter", "Region", "Revenue (NOK million)"),
    [("Q4 2022", "UK", 1.5), ("Q1 2023", "UK", 21.5), ("Q3 2023", "UK", 25.25), ("Q3 2023", "Norway", 61.0)],
)
STAFF = ("staff", ("Name", "Role", "Salary (NOK)"), [("Eide", "Captain", 920000), ("Vik", "Cook", 480000)])


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is the total amount of invoices from Rein?", "NOK 7,500.25"),  # the currency of all its rows
        ("What is the total amount of all invoices?", "by Currency: EUR 111.50, NOK 7,500.25"),
        ("Which invoices are overdue?", "The 2 invoices with Status overdue are INV-2023002, INV-2023003."),
        (
            "Which vendor has the most open invoices?",
            "are Frost (1); Rein (1)",
        ),  # equal winners are both named
        ("Which vessel is the longest?", "highest Length of vessels is Terne (164.2 m)"),
        ("What is the oldest vessel?", "earliest Built of vessels is Alke (1989)"),
        (
            "Which vessels were built before 2000?",
            "The 2 vessels with Built 1999 or earlier are Alke, Skarv.",
        ),
        ("How many vessels were built after 2010?", "with Built 2011 or later is 1."),
        ("What is the total book value of the vessels?", "is NOK 339,300,000."),
        ("Which vessel has the largest crew?", "are Lunde (18); Terne (18)"),
        ("What was the total revenue in 2023?", "is NOK 107.75 million."),
        ("What was the revenue in the UK in Q3 2023?", "is NOK 25.25 million."),
        ("Who earns the most?", "of staff is Eide (NOK 920,000)"),
    ],
)
def test_the_answer_says(question: str, text: str):
    assert text in answered(question, small(INVOICES, SHIPS, REVENUE, STAFF)).text


@pytest.mark.parametrize(
    "question",
    [
        "Which invoice has the highest amount?",  # in two currencies
        "Which vendor has the highest total amount?",
        "How much does Lunde cost?",  # what it is worth is no price
        "How many vessels were built before June 2000?",  # the table knows years
        "Which vessel is the fastest?",
    ],
)
def test_what_the_tables_cannot_say(question: str):
    assert answer_from_tables(question, small(INVOICES, SHIPS)) is None


def test_what_is_longest_is_never_the_dearest():
    ships = ("ships", ("Ship", "Value (NOK)"), [("Skarv", 5), ("Lunde", 9)])
    assert answer_from_tables("Which ship is the longest?", small(ships)) is None
    assert answered("Which ship has the highest value?", small(ships)).result == (("Lunde", 9),)


def test_a_table_named_like_its_figures_adds_them_up():
    fees = ("fees", ("Port", "Fee"), [("Bergen", 5), ("Oslo", 7)])
    assert answered("What is the total fee?", small(fees)).result == ((12,),)
    orders = ("orders", ("Order", "Port"), [(1001, "Oslo"), (1002, "Bergen")])
    assert answer_from_tables("What is the total order?", small(orders)) is None


def test_a_code_with_three_letters_is_no_amount():
    assert typed_column("invoice", "Invoice", ["INV-2023001", "INV-2023002"]).kind == "VARCHAR"
    assert typed_column("amount", "Amount", ["EUR -20", "EUR 30"]).kind == "BIGINT"


def test_decimal_commas_are_read_where_one_cell_is_sure():
    meters = (
        "meters",
        ("Flat", "Paid (EUR)", "Water"),
        [("A1", "1.240,50", "61,5"), ("A2", "955,75", "88,0")],
    )
    assert answered("What is the total paid?", small(meters)).result == ((2196.25,),)
    assert answered("Which flat has the highest water?", small(meters)).result == (("A2", 88),)
    unsure = ("meters", ("Flat", "Water"), [("A1", "1,500"), ("A2", "2,250")])
    assert answered("What is the total water?", small(unsure)).result == ((3750,),)
