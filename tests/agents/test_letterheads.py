import pytest

from corpora import MemoryCollection, document
from leadline.agents.base import Task
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.extractive import Extractive
from leadline.agents.letterheads import Roles, fits, headers_end, roles
from leadline.agents.loop import run
from leadline.environments.corpus import CorpusEnvironment
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace

HEAD = (
    "From: Ada Brown <ada@tides.example>\nTo: Ben Cole <ben@moor.example>\nCc: Eve Dale <eve@moor.example>\n"
    "Date: Fri, 04 Nov 2022 09:12:00 +0000\nSubject: Broken relay"
)
BACK = (
    "From: Ben Cole <ben@moor.example>\nTo: Ada Brown <ada@tides.example>\n"
    "Date: Wed, 09 Nov 2022 15:40:00 +0100\nSubject: Re: Broken relay"
)
MAILS = [
    document(
        "Broken relay", f"{HEAD}\n\nDear Ben,\n\nthe cooling of hall B failed for eleven hours.", "a.eml"
    ),
    document("Re: Broken relay", f"{BACK}\n\nDear Ada,\n\nthe lost goods cost EUR 318,000.", "b.eml"),
]
FILLER = [
    document(f"Note {n}", f"The {thing} was moved to shed {n} by the crew on Monday morning.")
    for n, thing in enumerate("anchor rope buoy crane winch chain lamp sail mast deck".split())
]


def quotes(question: str) -> list[str]:
    world = CorpusEnvironment(MemoryCollection([*MAILS, *FILLER]))
    outcome = run(Task("t", question), Extractive(), Transcript(), world, Budget(), Trace())
    return [entry.span.quote for entry in outcome.result.ledger]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("question", "headers"),
    [
        ("Who wrote about the broken relay on 4 November?", HEAD),
        ("When did Ben Cole write to Ada Brown?", BACK),
        ("When did Ada Brown write to Ben Cole?", HEAD),
        ("What is the subject of the mail of 4 November 2022?", HEAD),
        ("Who was copied on the mail about the cooling of hall B?", HEAD),
        ("To whom did Ben Cole write about the lost goods?", BACK),
    ],
)
def test_a_question_about_a_mail_is_answered_by_its_headers(question: str, headers: str) -> None:
    assert quotes(question)[0] == headers


def test_of_a_mail_and_its_answer_both_are_quoted_where_either_may_be_meant() -> None:
    assert {HEAD, BACK} <= set(quotes("Who wrote the mail about the broken relay?"))


def test_who_writes_and_who_is_written_to_are_not_exchanged() -> None:
    assert HEAD not in quotes("When did Ben Cole write to Ada Brown?")


@pytest.mark.parametrize(
    "question", ["How much did the lost goods cost?", "Why did the cooling of hall B fail?"]
)
def test_headers_are_no_evidence_of_anything_else(question: str) -> None:
    found = quotes(question)
    assert found
    assert not any(line in quote for quote in found for line in ("From:", "To:", "Date:", "Subject:"))


def test_one_line_or_a_later_one_is_no_header() -> None:
    assert headers_end("From: the harbour\nDear Ben") == 0
    assert headers_end("Dear Ben,\nFrom: Ada\nTo: Ben") == 0
    assert HEAD[: headers_end(f"{HEAD}\n\nTo: be or not")] == HEAD


def test_roles_are_read_from_the_words_around_a_name() -> None:
    assert roles("Which mails from Ada Brown to Ben Cole speak of tides?") == Roles(
        ("Ada Brown",), ("Ben Cole",)
    )
    assert roles("Has Eve Dale already replied?") == Roles(("Eve Dale",), ())
    assert roles("Wer hat die Nachricht geschickt?") == Roles((), ())
    assert roles("Who built the lighthouse?") is None
    assert not fits(HEAD, Roles((), ("Ada Brown",)))
    assert fits(HEAD, Roles((), ("Eve Dale",)))
