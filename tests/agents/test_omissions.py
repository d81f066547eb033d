from corpora import MemoryCollection, document
from leadline.agents.base import Turn
from leadline.agents.omissions import family_names, opened, stale_copies, stated_date, unanswered
from leadline.agents.questions import read
from leadline.environments.base import Action
from leadline.environments.corpus import CorpusEnvironment
from leadline.evidence.model import Claim

POLICY = (
    "Travel policy. The daily allowance for journeys is EUR 52. Trains come before aeroplanes at all times."
)
NEW = document("Travel policy", POLICY, "a/travel-policy.md", date="2024-01-01")
OLD = document("Travel policy 2021", POLICY.replace("52", "45"), "a/archive/travel-policy-2021.md")


def test_copies_with_one_name_and_other_content_are_stale_newest_first() -> None:
    [stale] = stale_copies(MemoryCollection([OLD, NEW]))
    assert (stale.title, stale.documents, stale.dates) == (
        "Travel policy",
        (NEW.id, OLD.id),
        ("2024-01-01", "2021"),
    )


def test_a_series_with_one_name_is_no_stale_copy() -> None:
    minutes = [
        document(f"Minutes of the board, {month} 2022", text, f"a/2022-{month}-board.md")
        for month, text in (
            ("March", "The crane was bought from Tidewell and painted red by the yard."),
            ("June", "Orrin Battery raised its prices, so a second offer will be asked for."),
        )
    ]
    assert stale_copies(MemoryCollection(minutes)) == ()


def test_identical_copies_are_not_stale() -> None:
    twin = document("Travel policy", POLICY, "b/travel-policy.md", date="2023-01-01")
    assert stale_copies(MemoryCollection([NEW, twin])) == ()


def test_names_without_dates_and_versions() -> None:
    assert family_names(document("Report v2 (final)", "", "a/2023-02-09_report_old.docx")) == {"report"}
    assert family_names(document("2021", "", "a/03.md")) == set()


def test_the_date_is_stated_or_read_from_the_name() -> None:
    assert stated_date(NEW) == "2024-01-01"
    assert stated_date(OLD) == "2021"
    assert stated_date(document("Notes", "", "a/20211.md")) == ""


def test_unanswered_are_the_sub_questions_without_a_group() -> None:
    one, two = read("Who?"), read("When was that?")
    assert unanswered([one], ()) == ("Who?",)
    assert unanswered([one], (Claim("x"),)) == ()
    assert unanswered([one, two], (Claim("Who?", claims=(Claim("x"),)),)) == ("When was that?",)


def test_opened_documents_are_those_of_which_something_was_read() -> None:
    environment = CorpusEnvironment(MemoryCollection([NEW, OLD]))
    calls = [
        Action("open", {"document": OLD.id}),
        Action("search", {"query": "zzz"}),
        Action("find", {"words": "EUR"}),
    ]
    turns = [Turn(call, environment.step(call)) for call in calls]
    assert opened(turns) == {OLD.id}
    search = Action("search", {"query": "allowance", "document": NEW.id})
    assert opened([Turn(search, environment.step(search))]) == {NEW.id}
