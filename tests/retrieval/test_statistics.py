import math

from leadline.evidence.model import Document, Passage
from leadline.retrieval.statistics import Statistics, statistics, terms


class Two:
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
    corpus = Two()
    assert statistics(corpus, "a") is statistics(corpus, "a")
    assert statistics(corpus, "a") is not statistics(corpus, "b")


def test_terms_are_those_of_the_index() -> None:
    assert terms("The patient's 3.5 mg doses") == ["patient", "3.5", "mg", "dose"]
