import pytest

from leadline.agents.contradict import about, disagree, quantities, stated

BOARD = "The board set the budget of the Kestrel Sound project at EUR 480,000."
SLIDE = "Budget of the Kestrel Sound project: EUR 455,000"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("EUR 480,000", {"EUR": {"480000"}}),
        ("€1,200.50 or 30 USD", {"EUR": {"1200.5"}, "USD": {"30"}}),
        ("up 5% or 7 per cent", {"%": {"5", "7"}}),
        ("36 months and 12 new lanterns", {"month": {"36"}, "lantern": {"12"}}),
        ("Twelve buoys and two days, one of them late", {"buoi": {"12"}, "dai": {"2"}}),
        ("May 3, 2021; 2021-05-03; 31 June 2021", {"date": {"2021-05-03"}}),
        ("in 2023 and nothing else", {}),
    ],
)
def test_values_by_unit(text: str, found: dict[str, set[str]]) -> None:
    assert {unit: values for unit, values in quantities(text).items() if unit != "june"} == found


@pytest.mark.parametrize(
    ("first", "second", "unit"),
    [
        (BOARD, SLIDE, "EUR"),
        (BOARD, SLIDE.replace("455,000", "480 000"), ""),  # the same value in another notation
        (BOARD, "The budget of the Gannet Point pier was cut to EUR 12.", ""),  # another subject
        (BOARD, "The Kestrel Sound project has 22 buoys in its budget.", ""),  # another unit
        ("Lanterns have a warranty of 24 months.", "The warranty of lanterns is 36 months.", "month"),
        ("In 2022 sales of rope were EUR 5.", "In 2023 sales of rope were EUR 6.", ""),  # another year
        ("The total of invoice NO-1 is EUR 5.", "The total of invoice NO-2 is EUR 6.", ""),  # another invoice
        (
            "For each late shipment Acme pays EUR 5.",
            "For each late shipment Bolt pays EUR 6.",
            "",
        ),  # other payers
        ("The lease of the yard ends on 3 May 2021.", "The lease of the yard ends on 2021-05-04.", "date"),
    ],
)
def test_disagreement_needs_one_subject_one_unit_and_no_common_value(
    first: str, second: str, unit: str
) -> None:
    assert disagree(stated(first), stated(second)) == unit
    assert disagree(stated(second), stated(first)) == unit


def test_what_it_is_about_are_the_common_words() -> None:
    assert about(stated(BOARD), stated(SLIDE)) == "budget Kestrel Sound project EUR"
