import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from leadline import Collection, research
from leadline.agents.research import MAX_QUESTION
from leadline.errors import NotFound, UsageError
from leadline.evidence.check import check_claims, check_report
from leadline.evidence.model import Report
from leadline.runs.store import list_runs

CORPUS = {
    "board": (
        "Minutes of the board",
        "The board set the budget of the Kestrel Sound project at EUR 480,000. It rained.",
    ),
    "review": (
        "Annual review",
        "The budget of the Kestrel Sound project was EUR 455,000. Two buoys were lost.",
    ),
    "yard": ("Yard log", "The winch was moved to shed 4 by the crew. The crane was painted red in May."),
    "menu": ("Canteen", "Soup is served on Mondays. Fish is served on Fridays."),
}
QUESTION = "What is the budget of the Kestrel Sound project, and where was the winch moved to?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small corpus in BEIR layout: read in this process, without workers."""
    place = tmp_path / "harbour"
    place.mkdir()
    lines = [json.dumps({"_id": key, "title": title, "text": text}) for key, (title, text) in CORPUS.items()]
    (place / "corpus.jsonl").write_text("\n".join(lines) + "\n")
    (place / "queries.jsonl").write_text("")
    return place


def plain(report: Report) -> dict[str, Any]:
    """The report without what may differ between two runs."""
    raw: dict[str, Any] = json.loads(msgspec.json.encode(report))
    for name in ("id", "started", "seconds"):
        del raw["run"][name]
    return raw


def test_every_sentence_is_cited_and_every_quote_is_in_its_document(folder: Path) -> None:
    report = research(QUESTION, [folder])
    collection = Collection.of([folder])
    assert report.status == "answered"
    assert [claim.text for claim in report.claims] == [
        "What is the budget of the Kestrel Sound project?",
        "where was the winch moved to?",
    ]
    assert report.claims[1].claims[0].text == "The winch was moved to shed 4 by the crew."
    assert check_claims(report.claims) == []
    documents = {document.id: document for document in collection.documents()}
    assert all(checked.ok for checked in check_report(report, documents))
    assert {source.document for source in report.sources} == {c.span.document for c in report.citations()}
    assert report.run["index"] == collection.index_id


def test_a_contradicting_figure_is_cited_beside_and_reported(folder: Path) -> None:
    report = research("What is the budget of the Kestrel Sound project?", [folder])
    [contradiction] = report.omissions.contradictions
    quotes = {citation.number: citation.span.quote for citation in report.citations()}
    assert sorted("455,000" in quotes[number] for number in contradiction.citations) == [False, True]
    assert "budget" in contradiction.about


def test_numbers_in_words_disagree_too(tmp_path: Path) -> None:
    for year, days in ((2021, "two"), (2024, "three")):
        text = f"# Remote work\n\nEmployees may work from home up to {days} days a week."
        (tmp_path / f"remote-{year}.md").write_text(text)
    report = research("How many days a week may employees work from home?", tmp_path)
    (found,) = report.omissions.contradictions
    assert found.citations == (1, 2)


def test_two_runs_write_the_same_report_but_for_run_id_and_times(folder: Path, tmp_path: Path) -> None:
    first, second = (research(QUESTION, [folder], out=tmp_path / name) for name in ("a", "b"))
    assert plain(first) == plain(second)
    texts = []
    for name, report in (("a", first), ("b", second)):
        text = (tmp_path / name / "report.json").read_text()
        for key in ("id", "started", "seconds"):
            text = text.replace(json.dumps(report.run[key]), "-")
        texts.append(text)
    assert texts[0] == texts[1]


def test_the_report_is_written_with_its_trace_and_kept_as_a_run(folder: Path, tmp_path: Path) -> None:
    report = research(QUESTION, [folder], out=tmp_path / "out", seed=3)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "report.html",
        "report.json",
        "report.md",
        "trace.jsonl",
    ]
    assert msgspec.json.decode((tmp_path / "out" / "report.json").read_bytes(), type=Report) == report
    [run] = list_runs()
    assert (run.record.id, run.record.state, run.record.seed) == (report.run["id"], "answered", 3)
    assert run.report() == report
    kinds = [step.kind for step in run.steps()]
    assert (kinds[0], kinds[-1]) == ("reset", "end")
    assert kinds.count("search") >= 2


def test_a_budget_ends_in_a_partial_report(folder: Path) -> None:
    report = research(QUESTION, [folder], max_steps=1)
    assert report.status == "budget spent"
    assert report.run["steps"] == 1
    assert report.citations()
    assert report.omissions.unanswered == ("where was the winch moved to?",)
    assert research(QUESTION, [folder], max_seconds=0).status == "budget spent"


def test_nothing_found_says_why(folder: Path) -> None:
    report = research("Who is the mayor of Ulan Bator?", [folder])
    assert (report.status, report.claims) == ("nothing found", ())
    assert report.omissions.unanswered == ("Who is the mayor of Ulan Bator?",)
    assert report.run["reason"] == "The sources nowhere mention Ulan Bator."
    report = research("How many people wash the long corridors?", [folder])
    assert report.status == "nothing found"
    assert "no sentence" in str(report.run["reason"])


def test_what_was_not_opened_is_counted(folder: Path) -> None:
    report = research("Where was the winch moved to?", [folder])
    assert report.omissions.documents_total == 4
    assert 1 <= report.omissions.documents_opened <= 4


@pytest.mark.parametrize("question", ["", "  \n "])
def test_an_empty_question_is_refused(folder: Path, question: str) -> None:
    with pytest.raises(UsageError, match="question is empty"):
        research(question, [folder])


def test_an_endless_question_is_cut_with_a_note(folder: Path) -> None:
    report = research("Where was the winch moved to? " + "x" * 100_000, [folder])
    assert len(report.question) == MAX_QUESTION
    assert "the first 10000 were read" in str(report.run["note"])
    assert report.claims


@pytest.mark.parametrize(
    "question", ["Where was the \udc80 winch moved to?", 'field:"winch" AND (moved -crane*', "🦀 \x00 winch?"]
)
def test_odd_characters_in_a_question_do_no_harm(folder: Path, question: str) -> None:
    report = research(question, [folder])
    assert report.claims[0].text == "The winch was moved to shed 4 by the crew."


def test_sources_or_a_collection_are_needed(folder: Path) -> None:
    with pytest.raises(UsageError, match="nothing to read"):
        research("Who?")
    with pytest.raises(UsageError, match="does not exist"):
        research("Who?", [folder / "nowhere"])
    with pytest.raises(NotFound):
        research("Who?", collection="unknown")


def test_a_collection_is_asked_by_name_or_as_an_object(folder: Path) -> None:
    named = research("Where was the winch moved to?", [folder], collection="harbour")
    assert named.run["collection"] == "harbour"
    again = research("Where was the winch moved to?", collection="harbour")
    assert again.claims == named.claims
    assert (
        research("Where was the winch moved to?", collection=Collection.open("harbour")).claims
        == named.claims
    )


def test_steps_are_heard_as_they_happen(folder: Path) -> None:
    heard: list[str] = []
    research("Where was the winch moved to?", [folder], listen=lambda step: heard.append(step.kind))
    assert heard[0] == "reset"
    assert "search" in heard
    assert heard[-1] == "end"


def test_a_folder_of_files_is_read_and_a_broken_file_is_listed(tmp_path: Path) -> None:
    place = tmp_path / "files"
    place.mkdir()
    (place / "log.md").write_text("# Yard log\n\nThe winch was moved to shed 4 by the crew.\n")
    (place / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    report = research("Where was the winch moved to?", [place])
    assert report.claims[0].text == "The winch was moved to shed 4 by the crew."
    assert [failure.uri for failure in report.omissions.unread] == ["files/broken.pdf"]
