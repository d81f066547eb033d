"""Questions over tables: right figures, readable sentences, rows that are cited, and silence when unsure."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.table_questions import documents, invoice_documents, questions, right
from examples.sample_maker.story import Story, tell

from leadline.agents.tables import TableAnswer, answer_from_tables, schema_of
from leadline.environments.data import DataEnvironment, recheck
from leadline.evidence.model import Document, Rows, Table


@pytest.fixture(scope="module")
def story() -> Story:
    return tell()


@pytest.fixture(scope="module")
def sample(story: Story) -> DataEnvironment:
    return DataEnvironment(documents(story))


def small(*tables: tuple[str, tuple[str, ...], list[tuple]]) -> DataEnvironment:
    made = []
    for name, columns, rows in tables:
        lines = "\n".join(" | ".join("" if c is None else str(c) for c in row) for row in [columns, *rows])
        made.append(
            Document(
                f"d-{name}",
                name,
                lines,
                f"f/{name}.csv",
                "text/csv",
                "0",
                tables=(Table(name, columns, tuple(rows), 0),),
            )
        )
    return DataEnvironment(made)


CITIES = (
    "visits",
    ("city", "visited", "guests", "cost (EUR)"),
    [
        ("Oslo", "2023-01-05", 3, 10.5),
        ("Oslo", "2023-02-05", 4, 20.25),
        ("Bern", "2023-02-28", 1, 99.0),
        ("Bern", "2024-03-01", 2, 0.25),
    ],
)


def answered(question: str, environment: DataEnvironment) -> TableAnswer:
    answer = answer_from_tables(question, environment)
    assert answer is not None, question
    return answer


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("How many visits were there?", (4,)),
        ("How many visits in Oslo?", (2,)),
        ("How many visits to Bern in 2023?", (1,)),
        ("What is the total cost of the visits?", (130,)),
        ("What was the total cost of visits in February 2023?", (119.25,)),
        ("What is the average number of guests?", None),
        ("What is the average cost in Oslo?", (15.375,)),
        ("Which city had the highest total cost?", ("Bern", 99.25)),
        ("Which city had the most visits?", ("Bern", 2)),
        ("What is the lowest cost?", (0.25,)),
        ("How many different cities were visited in Q1 2023?", (2,)),
        ("How many visits had a cost of more than EUR 15?", (2,)),
        ("How many visits before February 2023?", (1,)),
        ("How many visits since 28 February 2023?", (2,)),
        ("How many visits not in Oslo?", (2,)),
        ("How many visits to Rome?", None),
        ("How many guests complained?", None),
        ("Which month had the most visits?", None),
        ("What is the second highest cost?", None),
    ],
)
def test_small_questions_by_hand(question: str, row: tuple | None):
    answer = answer_from_tables(question, small(CITIES))
    assert (answer and answer.result[0]) == row


def test_the_sentence_states_the_figure_and_every_restriction():
    answer = answered("What was the total cost of visits in Oslo in 2023?", small(CITIES))
    assert answer.text == "The total cost of visits with city Oslo, visited in 2023 is EUR 30.75."
    assert answer.sql == (
        "SELECT sum(cost_eur) AS sum_cost_eur FROM visits WHERE city = 'Oslo' "
        "AND visited >= DATE '2023-01-01' AND visited < DATE '2023-12-31' + 1"
    )


def test_the_citations_quote_the_rows_that_went_in():
    answer = answered("What was the total cost of visits in Oslo in 2023?", small(CITIES))
    assert [c.span.quote for c in answer.citations] == [
        "Oslo | 2023-01-05 | 3 | 10.5",
        "Oslo | 2023-02-05 | 4 | 20.25",
    ]
    assert [c.place for c in answer.citations] == [Rows("visits", 1, 1), Rows("visits", 2, 2)]
    assert answer.figures.query.n_rows == 2
    assert answer.figures.query.tables == {"visits": "d-visits"}


def test_dates_that_disagree_lower_the_confidence_and_are_named():
    table = (
        "orders",
        ("order", "placed", "paid"),
        [("A1", "2022-12-30", "2023-01-02"), ("A2", "2023-05-01", "2023-05-02")],
    )
    vague = answered("How many orders were there in 2022?", small(table))
    exact = answered("How many orders were placed in 2022?", small(table))
    assert vague.result == exact.result == ((1,),)
    assert vague.confidence < exact.confidence == 1.0
    assert "placed in 2022" in vague.text


def test_a_winner_of_unstated_kind_is_flagged():
    assert answered("Which city had the highest cost?", small(CITIES)).flagged
    assert not answered("Which city had the highest total cost?", small(CITIES)).flagged


def test_two_tables_that_answer_differently_mean_silence():
    red = ("red", ("fruit", "price_eur"), [("apple", 1.0), ("plum", 2.0)])
    blue = ("blue", ("fruit", "price_eur"), [("apple", 5.0), ("plum", 6.0)])
    assert answer_from_tables("What is the price of the apple?", small(red, blue)) is None
    assert answered("What is the price of the apple in the red table?", small(red, blue)).result == ((1,),)


def test_joins_go_only_to_unique_keys(sample: DataEnvironment):
    pairs = {
        (j.child.table, j.child.column, j.parent.table, j.parent.column) for j in schema_of(sample).joins
    }
    assert ("shipments", "sku", "prices", "sku") in pairs
    assert ("payments", "invoice", "invoices", "number") in pairs
    for join in schema_of(sample).joins:
        values = schema_of(sample).column(join.parent).values
        assert len(set(values)) == len(values)


def test_the_first_part_of_the_demo_question(sample: DataEnvironment):
    answer = answered("How many shipments from Nordlys Optics were late in 2023?", sample)
    assert answer.result == ((56,),)
    assert (
        answer.text
        == "The number of shipments with supplier Nordlys Optics and status late, shipped in 2023 is 56."
    )
    assert answer.confidence == 1.0


@pytest.mark.parametrize("question", [
    "What penalty does its contract set for each late shipment?",
    "What is the total of its credit note CN-2024-03?",
    "Which supplier had the highest total in 2023?",
    "How many more shipments did Nordlys Optics have than Orrin Battery?",
    "What percentage of invoices is paid?",
    "average number of shipments per supplier",
    "total", "?", "", "'; DROP TABLE shipments; --", "x" * 200_000,
])  # fmt: skip
def test_what_cannot_be_read_for_sure_is_not_answered(question: str, sample: DataEnvironment):
    assert answer_from_tables(question, sample) is None


def test_values_with_quotes_are_escaped():
    table = ("staff", ("name", "city"), [("Ann O'Neill", "Cork"), ("Bo'); DROP TABLE staff; --", "Bern")])
    assert answered("What is the city of Ann O'Neill?", small(table)).result == (("Cork",),)
    hostile = answer_from_tables("What is the city of Bo'); DROP TABLE staff; --?", small(table))
    assert hostile is None or hostile.result == (("Bern",),)


@pytest.mark.parametrize(("split", "least"), [("tuned", 0.8), ("held_out", 0.8)])
def test_sixty_generated_questions(split: str, least: float, story: Story, sample: DataEnvironment):
    # The figure of the main job: at least 80 % right, at most 5 % wrong, nothing invented for negatives.
    asked = questions(story, split, 60, negative=20)
    given = [(q, answer_from_tables(q.text, sample)) for q in asked]
    positive = [(q, a) for q, a in given if q.answer]
    correct = [a for q, a in positive if a and right(q.answer, a.result)]
    wrong = [q.text for q, a in positive if a and not right(q.answer, a.result)]
    assert len(positive) == 60
    assert len(correct) >= least * 60
    assert len(wrong) <= 0.05 * 60, wrong
    assert [q.text for q, a in given if not q.answer and a] == []


def test_every_figure_of_a_sentence_stands_in_its_result(story: Story, sample: DataEnvironment):
    for question in questions(story, "tuned", 24, 5):
        answer = answer_from_tables(question.text, sample)
        if answer and not isinstance(answer.result[0][-1], str):
            shown = {float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", answer.text)}
            assert any(abs(answer.result[0][-1] - n) <= 0.0051 for n in shown), answer.text


def test_an_answer_can_be_checked_again_and_a_changed_table_is_noticed():
    environment = small(CITIES)
    answer = answered("What is the total cost of the visits?", environment)
    assert recheck(answer.figures.query, environment.documents.values()) == ""
    changed = (CITIES[0], CITIES[1], [*CITIES[2][:-1], ("Bern", "2024-03-01", 2, 1.25)])
    assert "131" in recheck(answer.figures.query, small(changed).documents.values())
    assert "not in the sources" in recheck(answer.figures.query, [])


def test_the_order_of_documents_and_rows_changes_nothing(story: Story):
    forward, backward = DataEnvironment(documents(story)), DataEnvironment(documents(story)[::-1])
    for question in questions(story, "tuned", 6, 3):
        one, two = answer_from_tables(question.text, forward), answer_from_tables(question.text, backward)
        assert (one and (one.text, one.sql)) == (two and (two.text, two.sql))


def test_tables_of_scans_beside_do_not_disturb_typed_tables(story: Story):
    both = DataEnvironment(documents(story) + invoice_documents(story))
    for question in (
        "Which item has the highest price?",
        "How many items cost less than EUR 500?",
        "What is the price of the AIS transmitter?",
    ):
        assert answered(question, both).figures.query.tables == {"prices": "dprice-list"}


def test_a_short_name_finds_a_longer_title():
    table = ("offers", ("article", "unit price"), [("nut", 0.5), ("bolt", 0.75)])
    assert answered("What is the price of the bolt?", small(table)).result == ((0.75,),)
