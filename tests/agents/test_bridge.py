import pytest

from leadline.agents.bridge import ask_again, bearers, relation
from leadline.environments.corpus import Link, Opened


@pytest.mark.parametrize(
    ("question", "noun", "again", "onward"),
    [
        ("Where was the composer of film Billy Elliot born?", "composer", "Where was BEARER born?", True),
        ("When did Lothair II's mother die?", "mother", "When did BEARER die?", True),
        (
            "Who is the father of the director of film Atomised?",
            "director",
            "Who is the father of BEARER?",
            True,
        ),
        ("Who is the owner of Reading FC?", "owner", "Who is BEARER?", False),
        ("Who is Mugain's mother-in-law?", "mother-in-law", "Who is BEARER?", True),
        (
            "Who is the paternal grandfather of Margaret Smith?",
            "paternal grandfather",
            "Who is BEARER?",
            True,
        ),
    ],
)
def test_what_a_question_names_by_a_relation(question: str, noun: str, again: str, onward: bool) -> None:
    found = relation(question)
    assert found is not None
    assert (found.noun, ask_again(question, found, "BEARER"), found.onward) == (noun, again, onward)


def test_a_relation_of_several_things_stands_for_each() -> None:
    found = relation("Which film has the director who died first, Airheads or Algiers?")
    assert found is not None
    assert (found.noun, found.each, found.onward) == ("director", True, True)


@pytest.mark.parametrize("question", ["Who wrote Dune?", "Are both in the same country?", ""])
def test_questions_without_a_relation(question: str) -> None:
    assert relation(question) is None


def opened(text: str, *names: str) -> Opened:
    links = tuple(Link(text.index(n) + 100, text.index(n) + 100 + len(n), f"d-{n}", n) for n in names)
    return Opened("film", "Film", "f.txt", "", 100, 100 + len(text), 999, text, links)


def test_the_name_after_a_cue_comes_first() -> None:
    text = "Film stars Ann Arbor and Bob Barker. It was directed by Cid Corman."
    found = bearers(opened(text, "Ann Arbor", "Bob Barker", "Cid Corman"), ("direct",))
    assert [link.title for link, _ in found] == ["Cid Corman", "Ann Arbor", "Bob Barker"]
    assert found[0][1] == "It was directed by Cid Corman."


def test_a_name_ahead_of_its_cue_counts_when_none_follows() -> None:
    text = "Ann Arbor married him in 1999. He liked Bob Barker."
    assert [link.title for link, _ in bearers(opened(text, "Ann Arbor", "Bob Barker"), ("marri",))] == [
        "Ann Arbor",
        "Bob Barker",
    ]


def test_each_document_is_led_to_once() -> None:
    text = "Directed by Cid Corman. Later Cid Corman left."
    page = opened(text, "Cid Corman")
    twice = Opened(*[*(getattr(page, f) for f in page.__struct_fields__[:-1]), page.links * 2])
    assert len(bearers(twice, ("direct",))) == 1
