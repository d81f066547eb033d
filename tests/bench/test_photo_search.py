"""INQUIRE's two stages on real photographs: the rows of the specification, within what BM25 and cropping may move."""

import numpy as np
import pytest

from leadline.bench.photo_search import (
    first_stage,
    photo_index,
    photo_set,
    ranking_scores,
    scored,
    second_stage,
)
from leadline.bench.stats import bootstrap_interval

PHOTOS = photo_set()


def test_queries_are_those_of_the_specification():
    assert len(PHOTOS.queries) == 128
    assert np.mean([len(q.classes) for q in PHOTOS.queries]) == pytest.approx(14.2578, abs=1e-4)
    assert len({q.classes for q in PHOTOS.queries}) == 128  # no two of the same extent
    assert {"finch", "snake", "toy dog", "wading bird"} <= {q.name for q in PHOTOS.queries}
    assert all(5 <= len(q.classes) <= 60 for q in PHOTOS.queries)


def test_names_are_repeated_by_their_probability():
    seen = PHOTOS.photos[0]
    text = PHOTOS.text(0, definitions=False)
    first = ", ".join(PHOTOS.classes[seen[0].class_id].names)
    assert text.split(". ").count(first) == max(1, round(5 * seen[0].p))
    assert sum(p for _, p in seen) <= 1.001


def test_a_short_list_is_not_worth_more_than_its_hits():
    assert ranking_scores([True], 4).ap == 0.25
    assert ranking_scores([True], 100).ap == 1 / 50  # min(positives, k)
    assert ranking_scores([], 3) == (0, 0, 0, 0, 0)
    assert ranking_scores([False] * 50 + [True], 1).ap == 0  # beyond k


def test_equal_scores_keep_the_order_of_the_first_stage():
    query = PHOTOS.queries[0]
    nothing = [i for i in range(1000) if PHOTOS.judged(query, i) == 0][:5]
    assert second_stage(PHOTOS, query, nothing[::-1]) == nothing[::-1]


def test_the_table_of_the_specification():
    """AP@50 of the specification: definitions 34.03, expanded 23.04, reranked 61.12, ceiling 96.68 (ours exactly); gain
    +38.08 [34.07, 42.05]."""
    with photo_index(PHOTOS, definitions=True) as index:
        ranked = [first_stage(index, q.expanded, 100) for q in PHOTOS.queries]
        plain = [scored(q, first_stage(index, q.name, 50)).ap for q in PHOTOS.queries]
    stage_1 = [scored(q, r).ap for q, r in zip(PHOTOS.queries, ranked, strict=True)]
    stage_2 = [scored(q, second_stage(PHOTOS, q, r)).ap for q, r in zip(PHOTOS.queries, ranked, strict=True)]
    ceiling = [scored(q, second_stage(PHOTOS, q, range(1000))) for q in PHOTOS.queries]
    means = [100 * np.mean(values) for values in (plain, stage_1, stage_2)]
    assert means == pytest.approx([34.03, 23.04, 61.12], abs=1.5)
    assert 100 * np.mean([s.ap for s in ceiling]) == pytest.approx(96.68, abs=0.01)
    assert 100 * np.mean([s.ndcg for s in ceiling]) == pytest.approx(98.76, abs=0.02)  # p < .0005 is left out
    gain = bootstrap_interval(stage_2, stage_1)
    assert tuple(gain[:3]) == pytest.approx((0.3808, 0.3407, 0.4205), abs=0.01)
