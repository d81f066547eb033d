"""K-Score and WISE by the numbers of the published tables."""

import pytest

from leadline.bench.metrics.pictures import (
    Marks,
    group_marks,
    k_score,
    knowgen_score,
    wise_overall,
    wise_sample,
)
from leadline.errors import NotFound, UsageError


@pytest.mark.parametrize(
    ("marks", "k"),
    [((1, 0.5, 1, 0.5), 0.75), ((0.5, 0, None, 1), 0.35), ((1, 1, 1, 1), 1.0), ((0, 0, None, 0), 0.2)],
)
def test_k_of_one_picture(marks, k):
    assert k_score(Marks(*marks)) == pytest.approx(k)


ROWS = {  # V, T, F, A of science, then of pop culture, in percent; K of both together
    "Qwen-Image": ((6.80, 0.34, 47.45, 56.80), (7.59, 1.40, 68.90, 61.90), 14.9785),
    "Qwen-Image + GS": ((26.87, 17.18, 65.14, 55.44), (25.30, 23.55, 76.64, 61.46), 31.514),
    "Seedream": ((14.46, 26.19, 64.46, 65.65), (12.50, 31.77, 81.25, 69.05), 31.005),
    "Seedream + GS": ((36.35, 43.52, 75.77, 61.26), (39.04, 45.86, 85.74, 63.96), 47.290),
    "Nano Banana Pro": ((39.46, 49.32, 86.22, 70.92), (30.51, 53.37, 91.07, 68.75), 50.380),
    "Nano Banana Pro + GS": ((45.07, 49.32, 86.56, 64.80), (43.01, 52.30, 90.92, 64.88), 53.298),
    "GPT-Image-1.5": ((29.25, 40.14, 81.29, 77.21), (29.43, 46.22, 89.64, 71.17), 44.974),
}


@pytest.mark.parametrize("row", ROWS)
def test_published_rows(row):
    *groups, overall = ROWS[row]
    found = [k_score(Marks(f, v, t, a)) for v, t, f, a in groups]
    assert sum(found) / 2 == pytest.approx(overall, abs=6e-4)
    if row == "Qwen-Image":
        assert found == pytest.approx([13.281, 16.676], abs=1e-9)


def test_groups_average_text_over_those_that_have_it_and_skip_failures():
    samples = [Marks(1, 1, 1, 1), None, Marks(0, 0, None, 0)]
    assert group_marks(samples) == Marks(0.5, 0.5, 1, 0.5)
    assert group_marks([Marks(0, 1, None, 1)]).text == 0.5
    # the formula on means is not the mean of formulas: .1/2 + .4/2 + .4 + .1/2 beside (1 + .2) / 2
    assert k_score(group_marks(samples)) == pytest.approx(0.7)
    scores = knowgen_score({"a": samples, "b": [Marks(1, 1, 1, 1)]})
    assert scores == pytest.approx({"a": 0.7, "b": 1.0, "overall": 0.85})
    with pytest.raises(UsageError, match="without one"):
        group_marks([None])


CATEGORIES = ("culture", "time", "space", "biology", "physics", "chemistry")


@pytest.mark.parametrize(
    ("scores", "overall"),
    [
        ((0.89, 0.6917, 0.8833, 0.8, 0.7583, 0.775), 0.8250),
        ((0.78, 0.6333, 0.5667, 0.375, 0.55, 0.5083), 0.6280),
    ],
)
def test_wise_leaderboard(scores, overall):
    assert wise_overall(dict(zip(CATEGORIES, scores, strict=True))) == pytest.approx(overall, abs=5e-5)


def test_wise_first_release():
    assert wise_sample(2, 1, 2) == pytest.approx(0.9)
    assert wise_overall(dict.fromkeys(CATEGORIES, 0.5), "legacy") == pytest.approx(0.5)
    assert wise_overall({**dict.fromkeys(CATEGORIES, 0.0), "time": 1.0}, "legacy") == pytest.approx(0.167)
    with pytest.raises(UsageError, match="physics is missing"):
        wise_overall({c: 1.0 for c in CATEGORIES if c != "physics"})
    with pytest.raises(NotFound, match="legacy"):
        wise_overall({}, "legcy")  # type: ignore[arg-type]
