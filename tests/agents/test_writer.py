from typing import NamedTuple

from corpora import document
from leadline.agents.contradict import Dispute
from leadline.agents.questions import read
from leadline.agents.writer import Writer
from leadline.evidence.check import check_claims
from leadline.evidence.ledger import Entry, Ledger
from leadline.evidence.model import Citation, Contradiction, Heading, Mark, Span

A = document("Minutes", "The budget is\nEUR 480,000. It rained.", marks=(Mark(0, 26, Heading(("Item 2",))),))
B = document("Slides", "The budget is EUR 455,000.")
DOCUMENTS = {A.id: A, B.id: B}
Q = read("What is the budget?")


def span(doc: object, quote: str) -> Span:
    start = doc.text.index(quote)  # type: ignore[attr-defined]
    return Span(doc.id, start, start + len(quote), quote)  # type: ignore[attr-defined]


def ledger(*entries: Entry) -> Ledger:
    found = Ledger()
    for entry in entries:
        assert found.add(entry)
    return found


MINUTES = Entry(Q.text, span(A, "The budget is\nEUR 480,000."), 0.8)
RAIN = Entry(Q.text, span(A, "It rained."), 0.2)
SLIDES = Entry(Q.text, span(B, "The budget is EUR 455,000."), 0.7, "contradicts")


def test_a_claim_is_its_quote_on_one_line_with_its_place_and_confidence() -> None:
    writer = Writer(DOCUMENTS.__getitem__)
    [claim, other] = writer.claims([Q], ledger(MINUTES, RAIN))
    assert (claim.text, claim.confidence) == ("The budget is EUR 480,000.", 0.8)
    [citation] = claim.citations
    assert (citation.number, citation.place, citation.label) == (1, Heading(("Item 2",)), "supports")
    assert other.citations[0].number == 2
    assert [source.document for source in writer.sources()] == [A.id]


def test_what_disagrees_stands_beside_and_is_a_contradiction() -> None:
    writer = Writer(DOCUMENTS.__getitem__)
    disputes = [Dispute("the budget", (MINUTES.span, SLIDES.span), 0, 1)]
    [claim] = writer.claims([Q], ledger(MINUTES, SLIDES), disputes)
    assert [(c.number, c.label) for c in claim.citations] == [(1, "supports"), (2, "contradicts")]
    assert writer.contradictions(disputes) == (Contradiction("the budget", (1, 2)),)
    assert writer.contradictions([Dispute("?", (MINUTES.span, RAIN.span), 0, 1)]) == ()


def test_a_quote_that_is_not_in_the_source_is_dropped_and_counted() -> None:
    writer = Writer(DOCUMENTS.__getitem__)
    forged = Entry(Q.text, Span(A.id, 0, 10, "The budgit"), 0.9)
    [claim] = writer.claims([Q], ledger(forged, RAIN))
    assert (claim.text, writer.dropped) == ("It rained.", 1)


def test_several_questions_become_groups_and_empty_ones_none() -> None:
    other, third = read("Did it rain?"), read("Was it late?")
    writer = Writer(DOCUMENTS.__getitem__)
    rain = Entry(other.text, RAIN.span, 0.5)
    claims = writer.claims([Q, other, third], ledger(MINUTES, rain))
    assert [(claim.text, claim.citations, len(claim.claims)) for claim in claims] == [
        ("What is the budget?", (), 1),
        ("Did it rain?", (), 1),
    ]
    assert check_claims(claims) == []


def test_one_quote_has_one_number_wherever_it_stands() -> None:
    other = read("Did it rain?")
    writer = Writer(DOCUMENTS.__getitem__)
    claims = writer.claims([Q, other], ledger(RAIN, Entry(other.text, RAIN.span, 0.5)))
    assert [claim.claims[0].citations[0].number for claim in claims] == [1, 1]


class Figure(NamedTuple):
    text: str
    citations: tuple[Citation, ...]
    confidence: float


def test_a_figure_of_the_tables_comes_first_and_only_with_sound_rows() -> None:
    good = Figure("56 shipments were late.", (Citation(1, span(B, "455,000")),), 0.9)
    writer = Writer(DOCUMENTS.__getitem__)
    claims = writer.claims([Q], ledger(MINUTES), figures={Q.text: good})
    assert [claim.text for claim in claims] == ["56 shipments were late.", "The budget is EUR 480,000."]
    bad = Figure("57 were.", (*good.citations, Citation(2, Span(B.id, 0, 3, "xyz"))), 0.9)
    writer = Writer(DOCUMENTS.__getitem__)
    assert len(writer.claims([Q], ledger(MINUTES), figures={Q.text: bad})) == 1
    assert writer.dropped == 1


def test_what_disagrees_with_a_figure_stands_beside_it() -> None:
    figure = Figure("The budget is EUR 455,000.", (Citation(1, span(B, "455,000")),), 0.9)
    rival = Entry(Q.text, MINUTES.span, 0.4, "contradicts")
    disputes = [Dispute("the budget", (figure.citations[0].span, rival.span), -1, 0)]
    writer = Writer(DOCUMENTS.__getitem__)
    [claim] = writer.claims([Q], ledger(rival), disputes, {Q.text: figure})
    assert [(c.number, c.label) for c in claim.citations] == [(1, "supports"), (2, "contradicts")]
    assert writer.contradictions(disputes) == (Contradiction("the budget", (1, 2)),)
