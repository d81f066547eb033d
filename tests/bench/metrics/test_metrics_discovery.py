"""LiveDRBench's released graders, by category, on predictions that can be counted by hand."""

import itertools

import pytest

from leadline.bench.metrics.claims import PRF
from leadline.bench.metrics.discovery import Grading, grade, levels, same_name
from leadline.models.judge import RuleJudge

JUDGE = RuleJudge(0.9)


def test_materials_needs_material_and_title_and_multiplies_the_f1s():
    truth = [
        {"material": ["iron", "Fe"], "paper_title": ["On Iron"]},
        {"material": ["gold"], "paper_title": ["On Gold", "Gold"]},
    ]
    predicted = [
        {"material": "FE", "paper_title": "wrong"},
        {"material": "tin", "paper_title": "On  gold"},
        {"material": "iron", "paper_title": "wrong too"},
    ]
    # material P 2/3, R 1/2; title P 1/3, R 1/2: F1 = 4/7 * 2/5
    found = grade("scifacts-materials", predicted, truth, Grading(), JUDGE)
    assert found == pytest.approx((2 / 9, 1 / 4, 8 / 35))


def test_scifacts_counts_repeats_in_precision_and_not_in_recall():
    truth = [{"place": ["Etna", "Mongibello"]}, {"place": ["Hekla"]}]
    same = [{"place": "Etna"}, {"place": "Mongibello"}, {"place": "Oslo"}, {"place": "Oslo"}]
    assert grade("scifacts-geo", same, truth, Grading(), JUDGE)[:2] == (0.5, 0.5)


def test_prior_art_takes_each_gold_title_once_in_any_order():
    truth = [{"title": "A Study"}, {"title": "B Study"}]
    for order in itertools.permutations([{"title": "A study"}, {"title": "A Study"}, {"title": "C"}]):
        assert grade("prior-art", list(order), truth, Grading(), JUDGE)[:2] == (pytest.approx(1 / 3), 0.5)


def test_entities_are_plain_strings_with_name_variants():
    truth = ["Ada King Lovelace", "Charles Babbage"]
    assert grade("entities", ["Lovelace, Ada", "Nobody Else"], truth, Grading(), JUDGE)[:2] == (0.5, 0.5)
    assert not same_name("Ada", "Ada Lovelace")
    assert not same_name("", "")


ROW = {
    "flight_number": "LX 14",
    "date": "2021-05-03",
    "airline": "Swiss",
    "cause": "fog",
    "url": "https://a.org/x",
}


def test_a_dictionary_with_a_wrong_main_claim_scores_nothing_and_a_list_only_loses_the_row():
    grading = Grading(("flight_number",), ("cause",), ("url",))
    right = {**ROW, "url": "elsewhere"}
    wrong = {**ROW, "cause": "ice"}
    assert grade("flights", [right], ROW, grading, JUDGE) == PRF(1, 1, 1)  # url is ignored
    assert grade("flights", [wrong], ROW, grading, JUDGE) == PRF(0, 0, 0)
    other = {**ROW, "flight_number": "LX 15"}
    assert grade("flights", [wrong, other], [ROW, other], grading, JUDGE) == PRF(0.5, 0.5, 0.5)


def test_keys_beyond_the_gold_lower_precision_instead_of_crashing():
    found = grade("novel-datasets-identification", [{**ROW, "extra": "x"}], ROW, Grading(), JUDGE)
    assert (found.precision, found.recall) == (pytest.approx(5 / 6), 1.0)


def test_empty_predictions_and_empty_gold_score_zero():
    for category, truth in (("flights", ROW), ("flights", []), ("entities", []), ("scifacts-geo", [])):
        assert grade(category, [], truth, Grading(), JUDGE) == PRF(0, 0, 0)


def test_an_unknown_category_has_no_grader():
    assert grade("twin", ["x"], ["x"], Grading(), JUDGE) is None


@pytest.mark.parametrize(
    ("predicted", "gold", "level"),
    [
        ("Fog", "fog", 3),
        ("1,009 m", "1000 m", 3),  # within 1 %
        ("1,011", "1000", 0),
        ("a.org/x", "https://www.a.org/x/", 3),
        ("https://a.org", "https://a.org/x", 3),  # shortened
        ("https://b.org/x", "https://a.org/x", 0),
        ("it was dense fog over the runway", "dense fog", 2),
        ("fog lamps", "dense fog", 1),
        ("ice", "dense fog", 0),
        ("", "dense fog", 0),
        (["a", "b"], ["b", "a"], 3),
        (["a"], ["b", "a"], 0),
        ({"x": "1", "y": "2"}, {"x": "1", "y": "2"}, 3),
        ({"x": "1"}, {"x": "1", "y": "2"}, 0),
    ],
)
def test_levels_of_agreement(predicted, gold, level):
    assert levels(JUDGE)("key", predicted, gold) == level
