"""Fusion by numbers that can be redone with a pencil."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import NotFound, UsageError
from leadline.retrieval.fusion import FUSIONS, average, fuse, min_max, rrf, z_score

scores = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-5, 5).map(float), max_size=8)


def test_rrf_adds_reciprocal_ranks():
    """a b c and b d a, the unit value of the text-ranking specification."""
    first, second = {"a": 3.0, "b": 2.0, "c": 1.0}, {"b": 3.0, "d": 2.0, "a": 1.0}
    fused = rrf([first, second])
    assert fused == pytest.approx({"a": 0.032266, "b": 0.032522, "c": 0.015873, "d": 0.016129}, abs=5e-7)
    assert [hit.id for hit in fuse([first, second], 4)] == ["b", "a", "d", "c"]


@pytest.mark.parametrize(("ranks", "value"), [((1, 3), 0.0322665), ((2, 1), 0.0325225), ((1,), 0.0163934)])
def test_rrf_of_ranks(ranks, value):
    """The unit values of IoDResearch."""
    rankings = [{f"x{i}": 10.0 - i for i in range(1, rank)} | {"d": 0.0} for rank in ranks]
    assert rrf(rankings)["d"] == pytest.approx(value, abs=5e-8)


def test_weights_scale_the_parts():
    assert rrf([{"a": 1.0}, {"b": 1.0}], [1, 0.5]) == {"a": 1 / 61, "b": 0.5 / 61}
    assert average([{"a": 2.0, "b": 1.0}, {"b": 5.0, "c": 1.0}], [3, 1]) == {"a": 0.75, "b": 0.25, "c": 0.0}


def test_normalisations():
    assert min_max({"a": 4.0, "b": 2.0, "c": 3.0}) == {"a": 1.0, "b": 0.0, "c": 0.5}
    assert z_score({"a": 3.0, "b": 1.0}) == {"a": 1.0, "b": -1.0}
    assert min_max({"a": 2.0}) == {"a": 1.0}
    assert z_score({"a": 2.0, "b": 2.0}) == {"a": 0.0, "b": 0.0}
    assert min_max({}) == z_score({}) == {}


@given(scores, st.sampled_from(sorted(FUSIONS)))
def test_one_ranking_keeps_its_order(ranking, method):
    order = sorted(ranking, key=lambda name: (-ranking[name], name))
    assert [hit.id for hit in fuse([ranking], 100, method=method)] == order


@given(st.lists(scores, max_size=4), st.sampled_from(sorted(FUSIONS)), st.floats(0.1, 10), st.floats(-3, 3))
def test_scores_may_be_moved_and_stretched(rankings, method, stretch, move):
    moved = [{name: stretch * score + move for name, score in ranking.items()} for ranking in rankings]
    before = {hit.id: hit.score for hit in fuse(rankings, 100, method=method)}
    after = {hit.id: hit.score for hit in fuse(moved, 100, method=method)}
    assert after == pytest.approx(before, abs=1e-9)


def test_mistakes():
    with pytest.raises(NotFound, match="rrf"):
        fuse([{}], 1, method="rff")
    with pytest.raises(UsageError, match="2 weights for 1"):
        rrf([{"a": 1.0}], [1, 2])
    with pytest.raises(UsageError, match="positive sum"):
        average([{"a": 1.0}], [0])
