import pytest

from leadline.agents.questions import kind, read, split

DEMO = (
    "How many shipments from Nordlys Optics were late in 2023, what penalty does its contract set for each late "
    "shipment, and what is the total of its credit note CN-2024-03?"
)


def test_conjoined_questions_are_split_and_pronouns_keep_what_they_stand_for() -> None:
    first, second, third = split(DEMO)
    assert first.text == "How many shipments from Nordlys Optics were late in 2023?"
    assert second.text == "what penalty does its contract set for each late shipment?"
    assert third.text == "what is the total of its credit note CN-2024-03?"
    assert (first.about, second.about, third.about) == ((), ("Nordlys Optics",), ("Nordlys Optics",))
    assert second.query == f"{second.text} Nordlys Optics"
    assert [question.kind for question in (first, second, third)] == ["number", "number", "number"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Who wrote Dune?", ["Who wrote Dune?"]),
        ("Who wrote Dune; when was it printed?", ["Who wrote Dune?", "when was it printed?"]),
        ("What is Fulda? Where does it lie?", ["What is Fulda?", "Where does it lie?"]),
        ("What is the capital of France, which hosted the games?", None),
        ("Why and how did it end?", None),
        ("where does us highway 1 start and end", None),
        ("Love, Honor And Oh-Baby! or I Cover The Underworld?", None),
        ("list the layers\nname the planets", ["list the layers?", "name the planets?"]),
    ],
)
def test_only_questions_are_split_off(text: str, parts: list[str] | None) -> None:
    assert [question.text for question in split(text)] == (parts or [text])


def test_a_part_that_leaves_its_topic_out_takes_it_from_before() -> None:
    assert split("who discovered the atom and in what year?")[1].about == ("discovered", "atom")
    assert split("Who leads Acme and who leads Bolt and Sons?")[1].about == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("who sang it", "who"),
        ("when did it open", "when"),
        ("in which year was it built", "when"),
        ("where is it", "where"),
        ("which country is he from", "where"),
        ("how long is the warranty", "number"),
        ("what penalty is due", "number"),
        ("why did it fail", "why"),
        ("Are both in France?", "yes/no"),
        ("what does hp mean", "what"),
        ("name the person who found it", "who"),
    ],
)
def test_the_kind_of_answer(text: str, wanted: str) -> None:
    assert kind(text) == wanted


def test_comparisons_and_figures_are_noticed() -> None:
    assert read("Which film was released first, Airheads or Algiers?").compares
    assert read("Was Sammy Hagar or Bruce Coulter taller?").compares
    assert not read("Who was the owner of the ship?").compares
    assert read("Which supplier had the highest total in 2023?").figure
    assert not read("Who signed the lease?").figure


def test_empty_and_endless_questions_are_one_question_each() -> None:
    assert [question.text for question in split("  ?!  ")] == ["?!"]
    assert len(split("why " * 3000)) == 1
    assert len(split("what is a b? " * 100)) == 8
