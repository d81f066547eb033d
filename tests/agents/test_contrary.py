import pytest

from leadline.agents.contrary.clauses import denied, frames, words
from leadline.agents.contrary.lines import Contrary
from leadline.agents.contrary.opposites import opposites, word_term
from leadline.agents.contrary.rule import contrary
from leadline.agents.features import asked
from leadline.agents.questions import read
from leadline.agents.sentences import Reading, quotable
from leadline.retrieval.statistics import terms


def told(question: str, text: str, title: str = "Notes", quoted: int | None = None) -> tuple[str, str] | None:
    """What is told of a text of which one sentence, or all, is quoted; every word weighs the same."""
    sentences = quotable([Reading("d", title, 0, text)])
    one = read(question)
    weights = asked(one, dict.fromkeys(terms(question), 1.0)).weights
    shown = range(len(sentences)) if quoted is None else [quoted]
    found = contrary(one, weights, sentences, list(shown))
    assert found is None or isinstance(found, Contrary)
    return (found.asked, found.said) if found else None


@pytest.mark.parametrize(
    ("question", "text", "pair"),
    [
        ("Why did the board reject the budget?", "The board approved the budget.", ("reject", "approved")),
        ("Why was the plan approved?", "The plan was turned down.", ("approved", "turned down")),
        ("When was the bridge closed?", "The bridge was opened in May.", ("closed", "opened")),
        ("Why did the board adopt it now?", "The board did not adopt it now.", ("adopt", "did not adopt")),
        ("When did Ann damage the ship?", "Ann found no damage to the ship.", ("damage", "no damage")),
        ("When did the club sell the hall?", "The club bought the hall.", ("sell", "bought")),
        ("How much did Ann pay Bob?", "Bob paid Ann 5 crowns.", ("Ann pay", "Bob paid Ann")),
        ("How much was Bob paid by Ann?", "Bob paid Ann 5 crowns.", ("Bob paid", "Bob paid Ann")),
        ("Why did Ann resign?", "Dan resigned for reasons of health.", ("Ann resign", "Dan resigned")),
        ("When was Ann promoted?", "Dr Dan Moe was promoted in June.", ("Ann promoted", "Dr Dan Moe was promoted")),
        ("Who resigned in March?", "Dan resigned on 6 May 2024.", ("in March", "on 6 May 2024")),
        ("Who resigned in 2023?", "Dan resigned in May 2024.", ("in 2023", "in May 2024")),
    ],
)  # fmt: skip
def test_what_the_source_says_otherwise_is_told_in_its_own_words(
    question: str, text: str, pair: tuple[str, str]
) -> None:
    assert told(question, text) == pair


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "Why was the plan rejected?",
            "The plan was not approved, as it costs too much.",
        ),  # said by a denial
        ("Why was the plan rejected?", "The council voted against the plan."),
        ("When was the bridge closed?", "The bridge was opened in 1932. It was closed in 1950."),
        ("When was the bridge closed?", "In 1932 they opened the bridge. It was closed in 1950."),
        ("When does the shop close?", "The shop is open from 9 to 17."),  # both ends of one stretch
        ("When was it opened?", "It was not opened until May."),
        ("How many books may be borrowed?", "Books may not be borrowed more than five at a time, than that."),
        ("Who sold the hall to the club?", "The club bought the hall from Ann."),  # two sides of one deal
        ("How much did Ann pay Bob?", "Bob was paid 5 crowns by Ann."),
        ("Who did Ann marry?", "Bob married Ann."),  # either is the doer
        ("Why did Ann Holm resign?", "Ann Holm was ill. She resigned. Holm resigned in May."),
        ("Why did Ann Moe resign?", "Ann Moe wrote. Treasurer Moe resigned."),
        ("When did Bolt sign?", "Bolt is the Buyer. The Buyer signed in May."),  # a party of a contract
        ("Who left before March?", "Dan left before May."),
        ("Who resigned in March?", "It was March 2024. Dan resigned on this day, in the week of 6 May."),
        ("Did the board reject the budget?", "The board approved the budget."),  # takes nothing for granted
        ("Was it A or B that rejected the budget?", "The board approved the budget."),
        ("Why was the grant refused?", "The grant was denied."),
        ("Warum hat der Rat das Budget abgelehnt?", "The council approved das Budget."),
    ],
)
def test_where_the_sources_may_say_so_nothing_is_told(question: str, text: str) -> None:
    assert told(question, text) is None


def test_only_what_is_quoted_is_told_and_all_that_was_read_may_agree() -> None:
    text = "The board approved the budget. The board rejected the budget in May."
    assert told("Why did the board reject the budget?", text, quoted=0) is None
    far = "The board approved the budget. The crew ate soup."
    assert told("Why did the board reject the budget?", far, quoted=1) is None


def test_a_verb_with_its_own_object_speaks_of_that_object() -> None:
    text = "The board turned down the plan for Leeds. It approved the paint line."
    assert told("Why did the board approve the plan for Leeds?", text) == ("approve", "turned down")


def test_a_sentence_about_something_else_is_no_contradiction() -> None:
    assert told("Why was the fee for allotments raised?", "The fine for dogs was lowered.") is None


def test_no_word_is_its_own_opposite() -> None:
    for pair in opposites():
        assert not pair.own & pair.other


def test_passive_and_active_have_their_doer_on_the_right_side() -> None:
    [active] = frames(words("Bob paid Anna EUR 5."), word_term("pay"))
    [passive] = frames(words("Anna was paid EUR 5 by Bob."), word_term("pay"))
    assert active.doer == passive.doer == {"bob"}
    assert "anna" in active.done_to & passive.done_to
    [second] = frames(words("Hanne opposed it and Marc supported it."), word_term("support"))
    assert second.doer == {"marc"}


def test_a_denial_is_one_only_without_a_condition() -> None:
    said = words("It was never opened.")
    assert denied(said, 3)
    assert not denied(words("It was not opened unless asked."), 3)
