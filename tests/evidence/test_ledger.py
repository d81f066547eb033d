from leadline.evidence.ledger import Entry, Ledger, overlap, place_of
from leadline.evidence.model import Document, Heading, Mark, Page, Span


def entry(start: int, end: int, confidence: float, question: str = "q", document: str = "d") -> Entry:
    return Entry(question, Span(document, start, end, "x" * (end - start)), confidence)


def test_of_two_that_overlap_the_surer_stays() -> None:
    ledger = Ledger()
    assert ledger.add(entry(0, 10, 0.5))
    assert not ledger.add(entry(0, 10, 0.5))
    assert not ledger.add(entry(5, 15, 0.4))
    assert ledger.add(entry(5, 15, 0.9))
    assert [(e.span.start, e.confidence) for e in ledger] == [(5, 0.9)]


def test_other_questions_documents_and_stretches_are_new_evidence() -> None:
    ledger = Ledger()
    entries = [entry(0, 9, 0.5), entry(9, 12, 0.5), entry(0, 9, 0.5, document="e"), entry(0, 9, 0.5, "other")]
    assert all(ledger.add(e) for e in entries)
    assert len(ledger) == 4
    assert ledger.questions() == ["q", "other"]


def test_entries_come_surest_first_and_ties_by_document_and_offset() -> None:
    ledger = Ledger()
    for e in (entry(20, 30, 0.5, document="b"), entry(5, 6, 0.5), entry(0, 1, 0.5), entry(50, 60, 0.8)):
        ledger.add(e)
    assert [(e.span.document, e.span.start) for e in ledger.of("q")] == [
        ("d", 50),
        ("b", 20),
        ("d", 0),
        ("d", 5),
    ]


def test_overlap_needs_a_shared_character_of_one_document() -> None:
    assert overlap(Span("d", 0, 5, ""), Span("d", 4, 6, ""))
    assert not overlap(Span("d", 0, 5, ""), Span("d", 5, 6, ""))
    assert not overlap(Span("d", 0, 5, ""), Span("e", 0, 5, ""))


def test_the_place_is_the_smallest_mark_that_holds_the_span() -> None:
    marks = (Mark(0, 100, Page(1)), Mark(10, 50, Heading(("A",))), Mark(12, 14, Heading(("B",))))
    document = Document("d", "", "x" * 200, "", "", "", marks=marks)
    assert place_of(document, Span("d", 12, 20, "")) == Heading(("A",))
    assert place_of(document, Span("d", 12, 14, "")) == Heading(("B",))
    assert place_of(document, Span("d", 60, 120, "")) == Page(1)
    assert place_of(document, Span("d", 150, 160, "")) is None
