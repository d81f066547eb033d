import pytest

from leadline.bench.metrics.answers import (
    best_f1,
    cover_match,
    exact_match,
    normalise,
    raw_token_f1,
    token_f1,
    verify_answer,
)
from leadline.errors import NotFound


def test_normalisation_of_squad():
    assert normalise("The U.S.A., an ally!") == "usa ally"


def test_exact_match_over_aliases():
    assert exact_match("The Beatles", ["Rolling Stones", "beatles!"]) == 1.0
    assert exact_match("", ["x"]) == 0.0


def test_cover_match_wants_whole_words():
    assert cover_match("born in Paris, France", ["paris"]) == 1.0
    assert cover_match("comparison", ["paris"]) == 0.0
    assert cover_match("anything", [""]) == 0.0


def test_token_f1_by_hand():
    # battle of hastings 1066 | battle of hastings: 3 shared, 2*3/(4+3)
    assert token_f1("the battle of hastings 1066", "battle of hastings") == pytest.approx(6 / 7)
    assert raw_token_f1("the battle of hastings 1066", "battle of hastings") == 0.75


def test_hotpot_yes_no_gets_no_partial_credit():
    assert token_f1("yes it is", "yes") == pytest.approx(0.5)
    assert token_f1("yes it is", "yes", yes_no_strict=True) == 0.0


def test_best_f1_takes_the_kindest_gold():
    assert best_f1("red fox", ["blue", "red fox"]) == 1.0
    assert best_f1("red fox", []) == 0.0


@pytest.mark.parametrize(
    ("prediction", "gold", "kind", "score"),
    [
        ("about 1,250.4 tonnes", "1250", "number", 1.0),
        ("about 1,290 tonnes", "1250", "number", 0.0),
        ("12%", "12", "number", 0.0),
        ("signed on 3 May 2021", "2021-05-03", "date", 1.0),
        ("May 3, 2021", "2021-05", "date", 1.0),
        ("31 June 2021", "2021-06", "date", 0.0),
        ("No, yes would be wrong", "no", "yes/no", 1.0),
        ("red; blue; green", "blue; red", "list", 0.8),
        ("It was Curie.", "Curie", "text", 1.0),
    ],
)
def test_typed_verifiers(prediction, gold, kind, score):
    assert verify_answer(prediction, [gold], kind) == pytest.approx(score)


def test_unknown_type_is_named():
    with pytest.raises(NotFound, match="number"):
        verify_answer("1", ["1"], "numbr")


def test_an_answer_of_a_megabyte_is_scored():
    assert verify_answer("x " * 500_000 + "Curie", ["Curie"]) == 1.0
