import math

from leadline.evidence.model import Document, Passage
from leadline.retrieval.statistics import Statistics, per_state, statistics, terms


class Two:
    index_id = "two"

    def documents(self) -> list[Document]:
        return [Document("d", "Penalty clause", "", "", "", "")]

    def passages(self) -> list[Passage]:
        return [Passage("d-1", "d", 0, 0, "late shipments"), Passage("d-2", "d", 0, 0, "of late, the late")]


def test_rarity_is_lucenes_idf_and_titles_count() -> None:
    # N = 2: "late" and "penalty" stand in both, "shipments" in one, "zebra" in none.
    in_both, in_one, in_none = math.log(1 + 0.5 / 2.5), math.log(1 + 1.5 / 1.5), math.log(1 + 2.5 / 0.5)
    assert Statistics(Two()).rarity("late shipment zebra penalty the") == {
        "late": in_both,
        "shipment": in_one,
        "zebra": in_none,
        "penalti": in_both,
    }


def test_statistics_are_counted_once_per_state() -> None:
    first = Two()
    assert statistics(first) is statistics(Two())
    other = Two()
    other.index_id = "other"
    assert statistics(other) is not statistics(first)


def test_only_the_last_states_are_remembered() -> None:
    asked: list[str] = []

    @per_state
    def look(corpus: Two) -> int:
        asked.append(corpus.index_id)
        return len(asked)

    for name in ["a", "b", "c", "d", "a", "e", "a", "b"]:
        corpus = Two()
        corpus.index_id = name
        look(corpus)
    assert asked == ["a", "b", "c", "d", "e", "b"]  # "b" was the one asked longest ago when "e" came


def test_unknown_terms_stand_in_no_passage_and_no_title() -> None:
    assert Statistics(Two()).unknown("late penalty in Oslo") == ("oslo",)


def test_terms_are_those_of_the_index() -> None:
    assert terms("The patient's 3.5 mg doses") == ["patient", "3.5", "mg", "dose"]
