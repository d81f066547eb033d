from pathlib import Path

import pytest

from corpora import MemoryCollection, document
from leadline.agents.premises import belonging, elsewhere, unsaid
from leadline.agents.questions import read
from leadline.agents.research import research
from leadline.evidence.model import Elsewhere

FILLER = [
    document(f"Note {n}", f"The {thing} was moved to shed {n} by the crew on Monday morning.")
    for n, thing in enumerate("anchor rope buoy crane winch chain lamp sail mast deck".split())
]
SECRECY = document("Secrecy", "Signed on 20 September 2022 by Lena Marti for Celtis Software.", "secrecy.txt")
AMENDMENT = document(
    "Amendment 2", "Signed on 9 January 2023 by Peter Lund. The penalty is raised.", "a2.txt"
)
LETTER = document("Letter", "Jonas Rygg wants to rebuild in stone, the others in wood.", "letter.txt")
COUNCIL = document("Council", "The baker Ole Tangen was fined 200 crowns for carelessness.", "council.txt")
ALL = [*FILLER, SECRECY, AMENDMENT, LETTER, COUNCIL]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for one in ALL:
        (tmp_path / one.uri.rpartition("/")[2]).write_text(f"{one.title}\n\n{one.text}\n")
    (tmp_path / "Copy of council.txt").write_bytes((tmp_path / "council.txt").read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("When did Lena Marti sign Amendment 2?", {"Lena Marti", "Amendment 2"}),
        ("When did Lena Marti sign in September 2022?", set()),  # a month is no name
        ("Who is older, Lena Marti or Peter Lund?", set()),  # a comparison rests on two documents
        ("Wann hat Lena Marti den Vertrag unterschrieben?", set()),  # a German noun is no name
        ("Who is Lena Marti?", set()),
    ],
)
def test_names_that_belong_together(question: str, names: set[str]) -> None:
    rarity = dict.fromkeys(
        ("lena", "marti", "amend", "2", "septemb", "2022", "peter", "lund", "vertrag"), 1.0
    )
    assert set(belonging(read(question), rarity)) == names


def test_where_no_source_speaks_of_all_that_is_named_nothing_is_quoted(folder: Path) -> None:
    report = research("When did Lena Marti sign Amendment 2?", folder)
    assert (report.status, report.claims) == ("nothing found", ())
    assert report.run["reason"] == "No source speaks of Lena Marti and Amendment 2 together."
    assert (
        research("When did Peter Lund sign Amendment 2?", folder)
        .claims[0]
        .text.startswith("Signed on 9 January 2023")
    )


def test_a_telling_word_that_other_sources_say_is_told_beside_the_quotes(folder: Path) -> None:
    report = research("Why was Jonas Rygg fined?", folder)
    assert report.omissions.elsewhere == (Elsewhere("fined", (f"{folder.name}/council.txt",)),)
    assert research("Why was Ole Tangen fined?", folder).omissions.elsewhere == ()


def test_words_of_little_weight_or_in_many_sources_are_not_told() -> None:
    assert unsaid({"rygg": 9.0, "fine": 1.0}, [{"rygg"}], "Why was Rygg fined?") == ()
    corpus = MemoryCollection(ALL)
    assert elsewhere(["crew", "zebra"], corpus, [LETTER]) == ()
    assert elsewhere(["stone"], corpus, [LETTER]) == ()
