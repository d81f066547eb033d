"""What a question rules out, what must be there, and values side by side."""

from __future__ import annotations

import pytest
from test_tables_questions import answered, small

from leadline.agents.tables import answer_from_tables

SUPPLIERS = (
    "suppliers",
    ("Supplier", "Country", "Certificate", "Checked", "Value (EUR)", "Orders"),
    [
        ("Alp", "Austria", "BRC", "2023-01-05", 410, 3),
        ("Dorn", "Germany", "none", None, 95, 0),
        ("Frut", "Italy", "IFS", "2023-02-01", 260, 5),
        ("Quark", "Austria", None, None, 95, None),
    ],
)
PAYMENTS = (
    "payments 2022",
    ("payer", "payee", "paid_on", "amount_eur"),
    [
        ("Frost", "Rein", "2022-01-31", 10.5),
        ("Frost", "Rein", "2022-02-28", 20.0),
        ("Rein", "Frost", "2022-03-31", 25.0),
        ("Orca", "Frost", "2023-01-31", 99.0),
    ],
)
NOTES = ("papers", ("Title", "Note", "Status"), [("A", "x", "public"), ("B", "y", "secret")])
RUNS = ("runs", ("pump", "vibration"), [("P1", 1.5), ("P2", 1.0), ("P2", 6.7)])


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Which suppliers have no certificate?", "The 2 suppliers with no Certificate are Dorn, Quark."),
        (
            "Which suppliers do not have a certificate?",
            "The 2 suppliers with no Certificate are Dorn, Quark.",
        ),
        ("Which suppliers have a certificate?", "The 2 suppliers with a Certificate are Alp, Frut."),
        ("Which suppliers were not checked?", "The 2 suppliers with no Checked are Dorn, Quark."),
        ("Which suppliers weren't checked?", "The 2 suppliers with no Checked are Dorn, Quark."),
        ("Which suppliers have no orders?", "The 2 suppliers with no Orders are Dorn, Quark."),
        (
            "Which suppliers are not from Austria?",
            "The 2 suppliers with Country other than Austria are Dorn, Frut.",
        ),
        (
            "Which suppliers are not in Austria or Italy?",
            "The Supplier in suppliers with Country other than Austria and Country other than Italy is Dorn.",
        ),
        (
            "How many suppliers are without a certificate?",
            "The number of suppliers with no Certificate is 2.",
        ),
        (
            "How many suppliers in Austria have no certificate?",
            "with Country Austria and no Certificate is 1.",
        ),
        ("How many suppliers other than Dorn are there?", "with Supplier other than Dorn is 3."),
        ("Which papers were not public?", "The Title in papers with Status other than public is B."),
        ("List all suppliers.", "The 4 suppliers are Alp, Dorn, Frut, Quark."),
        ("Name every supplier from Austria", "The 2 suppliers with Country Austria are Alp, Quark."),
    ],
)
def test_what_is_denied_or_required(question: str, text: str) -> None:
    assert text in answered(question, small(SUPPLIERS, NOTES)).text


@pytest.mark.parametrize(
    "question",
    [
        "Which suppliers were not checked in February 2023?",  # checked at another time, or never?
        "Which suppliers have no late certificate?",
        "Are not all suppliers checked?",
        "Which suppliers have not only a certificate?",
        "How many payers did not pay Frost?",  # who paid somebody else may have paid Frost, too
        "Which suppliers never had a certificate?",
    ],
)
def test_denials_that_may_mean_two_things_have_no_answer(question: str) -> None:
    assert answer_from_tables(question, small(SUPPLIERS, PAYMENTS)) is None


def test_the_rows_that_lack_something_are_cited() -> None:
    answer = answered("Which suppliers have no certificate?", small(SUPPLIERS))
    assert [c.span.quote.split(" | ")[0] for c in answer.citations] == ["Dorn", "Quark"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "Who paid more in 2022, Frost or Rein?",
            "higher total amount of payments 2022, paid on in 2022: EUR 30.50, beside Rein (EUR 25.00).",
        ),
        (
            "Who paid less, Rein or Orca?",
            "Rein has the lower total amount of payments 2022: EUR 25.00, beside Orca (EUR 99.00).",
        ),
        (
            "Which has the higher value, Alp or Frut?",
            "Alp has the higher Value of suppliers: EUR 410, beside Frut (EUR 260).",
        ),
        (
            "Which supplier has the lower value, Alp, Frut or Quark?",
            "EUR 95, beside Frut (EUR 260), Alp (EUR 410).",
        ),
        (
            "Which has the higher value, Dorn or Quark?",
            "The Value of suppliers is EUR 95 for Dorn and Quark.",
        ),
        (
            "Who has more payments, Frost or Orca?",
            "Frost has the higher number of payments 2022: 2, beside Orca (1).",
        ),
        ("Which pump had more runs, P1 or P2?", "P2 has the higher number of runs: 2, beside P1 (1)."),
        ("Which pump had the higher vibration, P1 or P2?", None),  # the highest of its runs, or their mean?
        ("Who paid more, Frost or Nobody?", None),
        (
            "Who paid more often, Frost or Rein?",
            "Frost has the higher number of payments 2022: 2, beside Rein (1).",
        ),
    ],
)
def test_values_side_by_side(question: str, text: str | None) -> None:
    answer = answer_from_tables(question, small(SUPPLIERS, PAYMENTS, RUNS))
    assert (answer is None) if text is None else (answer is not None and text in answer.text)
