from typing import NamedTuple

import msgspec
import pytest

from corpora import MemoryCollection, document
from leadline.agents.base import Outcome, Task
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.desk import Desk
from leadline.agents.extractive import Extractive, Findings
from leadline.agents.features import Features, Vectors, asked, features
from leadline.agents.lookup import Settings
from leadline.agents.loop import run
from leadline.agents.questions import read
from leadline.agents.select import shipped_selector
from leadline.agents.sentences import Reading, quotable
from leadline.environments.corpus import CorpusEnvironment
from leadline.evidence.model import Citation, Span
from leadline.models.embed import embedder
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace

FILLER = [
    document(f"Note {n}", f"The {thing} was moved to shed {n} by the crew on Monday morning.")
    for n, thing in enumerate("anchor rope buoy crane winch chain lamp sail mast deck".split())
]
FILM = document(
    "Blood Street (film)", "Blood Street is a thriller of 1988. It was directed by Leo Fong in Manila."
)
PERSON = document("Leo Fong", "Leo Fong is an American actor and martial artist. He lives in California.")
DECOY = document("Street life", "The nationality of a film director matters little on the street.")
MINUTES = document(
    "Minutes of the board",
    "The lanterns of the Kestrel Sound project come from Nordlys Optics under contract C-2022-07.",
)
CONTRACT = document(
    "Supply contract",
    "The supplier pays a penalty of EUR 120 for each late shipment.",
    "a/C-2022-07-nordlys.txt",
)
OTHER = document(
    "Supply contract", "The supplier pays a penalty of EUR 90 for each late shipment.", "a/C-2021-03-x.txt"
)
BUDGET = document("Minutes of May", "The board set the budget of the Gannet Point project at EUR 480,000.")
SLIDES = document("Review", "The budget of the Gannet Point project was EUR 455,000.")
CREDIT = document(
    "Credit note of Nordlys Optics",
    "This note settles the year 2023. It credits 50 late shipments. Thank you.",
)
LEASE = document(
    "Lease of Dock 9", "Lease of Dock 9\n1. Rent\nThe annual rent of the dock is NOK 1,860,000.", "a/nda.txt"
)
CHARTER = document("Charter of MV Skarv", "Charter of MV Skarv\n1. Law\nGerman law applies.")
MAIL = document("Re: dock", "Thanks!\n\n> The annual rent of the dock is NOK 1,860,000.")
RULES = document("Brannvern", "Brannøvelse holdes hver fjortende dag. Utstyret kontrolleres hver måned.")
LIST = document("shipments", "supplier | status\nNordlys Optics | late\nOrrin Battery | late")
ALL = [
    *FILLER,
    FILM,
    PERSON,
    DECOY,
    MINUTES,
    CONTRACT,
    OTHER,
    BUDGET,
    SLIDES,
    CREDIT,
    LEASE,
    CHARTER,
    MAIL,
    RULES,
    LIST,
]


def ask(
    question: str,
    *,
    budget: Budget | None = None,
    settings: Settings | None = None,
    **desk: object,
) -> Outcome:
    environment = Desk(CorpusEnvironment(MemoryCollection(ALL)), **desk)  # type: ignore[arg-type]
    return run(
        Task("t", question), Extractive(settings), Transcript(), environment, budget or Budget(), Trace()
    )


def quotes(outcome: Outcome) -> list[str]:
    findings: Findings = outcome.result
    return [entry.span.quote for entry in findings.ledger]


def test_a_plain_question_is_answered_by_the_sentence_that_says_it() -> None:
    outcome = ask("Where was the winch moved to?")
    assert quotes(outcome)[0] == "The winch was moved to shed 4 by the crew on Monday morning."
    assert outcome.answer == quotes(outcome)[0]
    assert outcome.ending == "finished"


def test_the_director_of_a_film_is_looked_up() -> None:
    found = quotes(ask("What nationality is the director of film Blood Street?"))
    assert "It was directed by Leo Fong in Manila." in found or "Blood Street is a thriller of 1988." in found
    assert "Leo Fong is an American actor and martial artist." in found


def test_evidence_that_names_another_document_leads_to_it() -> None:
    outcome = ask("What penalty is due for each late shipment of lanterns for the Kestrel Sound project?")
    found = quotes(outcome)
    assert CONTRACT.text in found
    assert OTHER.text not in found  # the same words of somebody else
    assert any(
        t.action.tool == "open" and t.action.arguments["document"] == CONTRACT.id for t in outcome.turns
    )


def test_figures_that_disagree_are_put_side_by_side() -> None:
    findings: Findings = ask("What is the budget of the Gannet Point project?").result
    [dispute] = findings.disputes
    assert {span.document for span in dispute.spans} == {BUDGET.id, SLIDES.id}
    assert {entry.span.document for entry in findings.ledger} >= {BUDGET.id, SLIDES.id}


@pytest.mark.parametrize("question", ["Who is the mayor of Ulan Bator?", "zzz qqq?", "???"])
def test_nothing_is_said_where_nothing_fits(question: str) -> None:
    outcome = ask(question)
    assert quotes(outcome) == []
    assert outcome.answer == ""


def test_a_heading_and_a_repetition_are_not_quoted_beside_what_they_repeat() -> None:
    assert quotes(ask("What is the annual rent of Dock 9?")) == [
        "The annual rent of the dock is NOK 1,860,000."
    ]


def test_a_title_is_quoted_where_nothing_else_answers() -> None:
    assert "Charter of MV Skarv" in quotes(ask("Is there a charter of MV Skarv?"))


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("Hvor ofte holdes brannøvelse?", "Brannøvelse holdes"),
        ("Compare the rent of the dock", "The annual rent"),
        ("Annual rent in the NDA?", "The annual rent"),  # only the file's name says so
    ],
)
def test_the_first_word_and_the_name_of_a_file_are_no_unknown_names(question: str, start: str) -> None:
    outcome = ask(question)
    assert outcome.result.missing == []
    assert quotes(outcome)[0].startswith(start)


def test_a_sum_of_money_is_what_something_costs() -> None:
    priced = features_of("How much does the crane cost?", "The crane was bought for EUR 900.")
    assert (
        priced.coverage == features_of("How much does the crane cost?", "The crane cost too much.").coverage
    )
    assert priced.own_coverage < priced.coverage


def features_of(question: str, text: str) -> Features:
    ask_about = asked(read(question), {"crane": 2.0, "cost": 2.0})
    rows, _ = features(ask_about, quotable([Reading("d", "Note", 5, text)]), Vectors(embedder("wordllama")))
    return Features(*rows[0])


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What is the weight of pump P2?", ["Weight | 173 | kg"]),
        ("What is the weight of pump P2 in Hamburg?", []),
    ],
)
def test_what_weighs_too_little_is_quoted_only_where_row_and_title_say_all_that_is_asked(
    question: str, said: list[str]
) -> None:
    sheet = document("Pump P2", "Property | Value | Unit\nRated flow | 65 | m3/h\nWeight | 173 | kg")
    other = document("Pump P1", "The scales of Hamburg were in use.")
    selector = msgspec.structs.replace(shipped_selector(), floor=0.99)
    world = CorpusEnvironment(MemoryCollection([other, sheet, *FILLER]))
    player = Extractive(selector=selector)
    assert quotes(run(Task("t", question), player, Transcript(), world, Budget(), Trace())) == said


def test_at_most_the_allowed_number_of_sentences_is_quoted() -> None:
    assert len(quotes(ask("What was moved to a shed by the crew?", settings=Settings(max_citations=3)))) == 3


class Figure(NamedTuple):
    """A table answer: 56 late shipments."""

    text: str
    citations: tuple[Citation, ...]
    result: tuple[tuple[int, ...], ...]
    confidence: float = 1.0


def figure(value: int) -> Figure:
    quote = LIST.text.splitlines()[0]
    return Figure(f"The number is {value}.", (Citation(1, Span(LIST.id, 0, len(quote), quote)),), ((value,),))


def test_tables_are_asked_when_there_are_any() -> None:
    asked: list[str] = []

    def tables(question: str) -> Figure | None:
        asked.append(question)
        return figure(56) if "shipments" in question else None

    findings: Findings = ask(
        "How many shipments were late, and where was the winch moved to?", ask_tables=tables
    ).result
    assert asked == ["How many shipments were late?", "where was the winch moved to?"]
    assert findings.figures == {"How many shipments were late?": figure(56)}
    assert findings.ledger.of("where was the winch moved to?")


@pytest.mark.parametrize(("value", "disagrees"), [(56, True), (50, False)])
def test_a_figure_of_the_tables_is_held_against_the_texts(value: int, disagrees: bool) -> None:
    question = "How many shipments from Nordlys Optics were late in 2023?"
    findings: Findings = ask(question, ask_tables=lambda _: figure(value)).result
    assert [d.spans[1].quote for d in findings.disputes] == ["It credits 50 late shipments."] * disagrees
    assert not any(" | " in entry.span.quote for entry in findings.ledger)


def test_a_budget_that_runs_out_keeps_what_was_read() -> None:
    for steps in range(1, 4):
        outcome = ask(
            "Where was the winch moved to, and where was the mast moved to?", budget=Budget(max_steps=steps)
        )
        assert outcome.ending == "budget spent"
        assert quotes(outcome)[0] == "The winch was moved to shed 4 by the crew on Monday morning."
    assert ask("Where was the winch moved to?", budget=Budget(max_steps=0)).ending == "budget spent"


def test_an_interrupted_run_goes_on_to_the_same_findings() -> None:
    question = "What nationality is the director of film Blood Street, and where was the mast moved to?"
    environment = Desk(CorpusEnvironment(MemoryCollection(ALL)))
    whole = run(Task("t", question), Extractive(), Transcript(), environment, Budget(), Trace())
    assert len(whole.turns) > 3
    for n in range(len(whole.turns)):
        rest = run(
            Task("t", question),
            Extractive(),
            Transcript(),
            environment,
            Budget(),
            Trace(),
            turns=whole.turns[:n],
        )
        assert rest.turns == whole.turns
        assert list(rest.result.ledger) == list(whole.result.ledger)


def test_one_policy_plays_many_tasks() -> None:
    policy, environment = Extractive(), Desk(CorpusEnvironment(MemoryCollection(ALL)))

    def play(question: str) -> list[str]:
        return quotes(run(Task("t", question), policy, Transcript(), environment, Budget(), Trace()))

    first = play("Where was the winch moved to?")
    assert play("Where was the mast moved to?") != first
    assert play("Where was the winch moved to?") == first
