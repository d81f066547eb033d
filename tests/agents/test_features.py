import math

import numpy as np
import pytest

from leadline.agents.features import Features, Vectors, answer_type, asked, bm25, coverage, features, shares
from leadline.agents.questions import read
from leadline.agents.sentences import Reading, quotable
from leadline.models.embed import Vectors as Matrix
from leadline.models.embed import unit


class Letters:
    """Counts of a, b and c: cosines that can be worked by hand."""

    name, dimension = "letters", 3

    def encode(self, texts: list[str]) -> Matrix:
        return unit(np.array([[text.count(letter) for letter in "abc"] for text in texts], dtype=float))

    encode_queries = encode


def rows(question: str, rarity: dict[str, float], *readings: Reading) -> list[Features]:
    matrix, _ = features(asked(read(question), rarity), quotable(readings), Vectors(Letters()))
    return [Features(*row) for row in matrix]


def test_lexical_features_by_hand() -> None:
    rarity = {"lantern": 3.0, "penalti": 1.0}
    [one, two] = rows("penalty lanterns", rarity, Reading("d", "Lanterns", 0, "A penalty. A zoo.", rank=2))
    assert one.coverage == 1.0  # the title says "lanterns"
    assert (one.own_coverage, two.own_coverage) == (0.25, 0.0)
    assert one.title_coverage == two.coverage == 0.75
    assert one.title_named == 1.0
    assert (one.passage_rank, one.passage_bm25) == (0.5, 1.0)
    assert (one.first, two.first, two.position) == (1.0, 0.0, math.log(2))
    assert one.sentence_bm25 == 1.0 > two.sentence_bm25 > 0
    assert two.novelty == math.log(2)  # "zoo"


def test_what_led_to_a_document_counts_as_said() -> None:
    rarity = {"lantern": 3.0, "penalti": 1.0}
    [plain] = rows("penalty lanterns", rarity, Reading("d", "", 0, "A penalty.", "named"))
    [linked] = rows(
        "penalty lanterns", rarity, Reading("d", "", 0, "A penalty.", "linked", 0, "Lanterns come.")
    )
    assert (plain.coverage, linked.coverage) == (0.25, 1.0)
    assert (plain.own_coverage, linked.own_coverage) == (0.25, 0.25)
    assert (plain.named, plain.linked, linked.named, linked.linked, linked.passage_rank) == (1, 0, 0, 1, 0)


def test_similarity_is_a_cosine() -> None:
    [one] = rows("aab", {"x": 1.0}, Reading("d", "", 0, "Abb", rank=1))
    assert one.sentence_similarity == pytest.approx(2 / (math.sqrt(5) * 2))  # (2, 1, 0) and (0, 2, 0)


def test_features_do_not_depend_on_the_order_of_readings() -> None:
    a, b = (
        Reading("a", "T", 0, "A penalty. A zoo.", rank=1),
        Reading("b", "U", 0, "No lanterns here.", rank=2),
    )
    rarity = {"lantern": 3.0, "penalti": 1.0}
    assert sorted(rows("penalty lanterns", rarity, a, b)) == sorted(rows("penalty lanterns", rarity, b, a))


def test_nothing_read_gives_no_rows() -> None:
    matrix, vectors = features(asked(read("x"), {}), [], Vectors(Letters()))
    assert (matrix.shape, vectors.shape) == ((0, len(Features._fields)), (0, 3))


def test_question_words_weigh_nothing_unless_nothing_else_does() -> None:
    assert asked(read("who is late"), {"who": 2.0, "late": 3.0}).weights == {"late": 3.0}
    assert asked(read("who?"), {"who": 2.0}).weights == {"who": 2.0}


def test_only_the_wanted_kind_of_answer_counts() -> None:
    text = "In 1932 Ann Arbor built 3 bridges in Paris."
    assert answer_type(read("when was it built"), text)["when"] == 1.0
    assert answer_type(read("when in 1932 was it built"), "It was built in 1932.")["when"] == 0.0
    assert answer_type(read("who built it"), text)["who"] == pytest.approx(2 / 3)
    assert answer_type(read("how many bridges"), text)["number"] == 1.0
    assert answer_type(read("how many bridges"), "It was built in 1932.")["number"] == 0.0
    assert answer_type(read("where is it"), text)["where"] == 1.0
    assert not any(answer_type(read("why is it"), text).values())


def test_coverage_bm25_and_shares() -> None:
    assert coverage({}, {"a"}) == 0.0
    assert bm25({"a": 2.0}, [], 10.0) == 0.0
    assert bm25({"a": 2.0}, ["a"] * 10, 10.0) == pytest.approx(2 * 10 / 10.9)
    assert shares([]) == []
