"""DataCross and DatasetResearch, DeR2, leakage, Elo: the worked values."""

from math import log

import pytest

from leadline.agents.key_source import source_priority
from leadline.bench.metrics.elo import elo_rank, elo_update
from leadline.bench.metrics.insight import (
    completeness,
    expected_rating,
    factuality,
    overall,
    rating_from_text,
    strip_type,
)
from leadline.bench.metrics.leakage import leakage, split_task
from leadline.bench.metrics.reference import (
    domain_mean,
    gain_over_base,
    lcs_length,
    metadata_score,
    relative_score,
    rouge_l,
    unigram_precision,
)
from leadline.bench.metrics.regimes import fragility, gaps, truncate_middle


def test_expected_rating_renormalises():
    five = {"8": log(0.6), "7": log(0.2), "9": log(0.1), "6": log(0.05), " ": log(0.05)}
    assert expected_rating(five) == pytest.approx(0.74)
    three = {"8": log(0.6), "7": log(0.2), "9": log(0.1)}
    assert expected_rating(three) == pytest.approx(0.788889, abs=5e-7)
    assert expected_rating({}) == 0.0


def test_rating_from_words():
    assert rating_from_text("so <rating> 7 </rating>") == 0.7
    assert rating_from_text("I would say 9 of them") == 0.9
    assert rating_from_text("no idea") == 0.5


def test_datacross_overall():
    assert completeness([[0.9, 0.2, 0.4], [0.3, 0.6, 0.1]]) == pytest.approx(0.75)
    factual = factuality(2 / 3, 0.733333)
    assert factual == pytest.approx(0.70, abs=1e-6)
    assert overall(factual, 0.8, 0.6, 0.5) == pytest.approx(0.655, abs=1e-6)
    assert strip_type("Trend: sales rise") == "sales rise"
    assert strip_type("trend: sales rise") == "trend: sales rise"


def test_source_priority():
    fact = source_priority(missing=0.05, n_columns=8, n_rows=500, has_date=True, semantic=0.5, judged=0.9)
    side = source_priority(missing=0, n_columns=4, n_rows=40, has_date=False, semantic=0.25, judged=0.4)
    assert fact == pytest.approx(0.666225, abs=5e-7)
    assert side == pytest.approx(0.259511, abs=5e-7)
    assert (fact - 0.3 * 0.5 - 0.3 * 0.9) / 0.4 == pytest.approx(0.615563, abs=2e-6)


def test_relative_scores():
    assert relative_score({"acc": 0.6}, {"acc": 0.8}, {"acc": 1}) == pytest.approx(0.75)
    translation = {"p1": 0.5, "sacre": 0.5}
    assert relative_score({"p1": 42, "sacre": 20}, {"p1": 50, "sacre": 25}, translation) == pytest.approx(
        0.82
    )
    generation = {"p1": 0.7, "sacre": 0.3}
    assert relative_score({"p1": 30, "sacre": 12}, {"p1": 40, "sacre": 10}, generation) == pytest.approx(
        0.885
    )
    assert relative_score({"p1": 30, "sacre": 12}, {"p1": 40, "sacre": 0}, generation) == pytest.approx(0.75)
    assert gain_over_base(0.6, 0.4, 0.8) == pytest.approx(0.5)


def test_metadata_and_domain_means():
    assert metadata_score([8, 7, None, 9, 6, 5, 4, 10]) == 7.0
    assert domain_mean([0.8, 0.6, 1.0, None]) == pytest.approx(0.6)


def test_text_metrics():
    assert unigram_precision("the the the cat", "the cat sat") == 0.5
    assert rouge_l("a b c", "a c d") == pytest.approx(2 / 3)


def test_regime_gaps_of_the_paper():
    assert gaps(i=55.9, c=75.4, r=62.9, f=51.2) == pytest.approx((19.5, 12.5, 11.7, 24.2))
    assert fragility([True, True, False, True], [False, True, False, True]) == pytest.approx(1 / 3)


def test_truncation_keeps_head_and_tail():
    assert truncate_middle("abcdefghij", 6, "<cut>") == "abc\n<cut>\nhij"
    assert truncate_middle("abcdefghij", None) == truncate_middle("abcdefghij", -1) == "abcdefghij"


def test_leakage_parts():
    assert lcs_length("deliver a table", "deliver the tables") == 14
    result = leakage("deliver a table", "deliver the tables")
    assert result.string == pytest.approx(0.8485, abs=5e-5)
    assert result.overlap == pytest.approx(1 / 3)
    assert leakage("same words here", "same words here").leaked


def test_paper_example_of_the_composite():
    assert pytest.approx(12.74) == 0.4 * 15.3 + 0.4 * 9.4 + 0.2 * 14.3


def test_split_at_the_punctuation_nearest_the_middle():
    assert split_task("Collect data, then fit a model. Report.") == (
        "Collect data,",
        " then fit a model. Report.",
    )
    assert split_task("abcd") == ("ab", "cd")


def test_elo_updates():
    assert elo_update(1200, 1200, 0.8) == pytest.approx((1209.6, 1190.4))
    # 1240 beats 1180 with confidence .55 < expected .5855: the winner loses points
    assert elo_update(1240, 1180, 0.55) == pytest.approx((1238.864, 1181.136), abs=5e-4)
    assert elo_update(1240, 1180, 1 - 0.9) == pytest.approx((1224.464, 1195.536), abs=5e-4)


def test_elo_keeps_the_sum_and_orders_clear_cases():
    quality = [0.0, 1.0, 2.0, 3.0, 4.0]
    ratings = elo_rank(5, lambda a, b: float(quality[a] > quality[b]), rounds=60, seed=1)
    assert sum(ratings) == pytest.approx(5 * 1200)
    assert sorted(range(5), key=ratings.__getitem__) == [0, 1, 2, 3, 4]


def test_with_an_odd_number_one_item_rests_each_round():
    ratings = elo_rank(3, lambda a, b: 1.0 if a < b else 0.0, rounds=1, seed=0)
    assert sorted(ratings) == [1184.0, 1200.0, 1216.0]


def test_confidence_beyond_its_range_is_clamped():
    assert elo_rank(2, lambda a, b: 7.0, rounds=1, seed=0) == elo_rank(2, lambda a, b: 1.0, rounds=1, seed=0)
