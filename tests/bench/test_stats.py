"""Numbers that can be redone with a pencil."""

import math

import pytest

from leadline.bench.stats import Interval, mean_interval, paired_interval, t975, verdict


def test_mean_interval_of_three_values():
    # mean 2, s = 1, t(2) = 4.3027: half width 4.3027 / sqrt(3) = 2.4842
    mean, low, high, n = mean_interval([1.0, 2.0, 3.0])
    assert (mean, n) == (2.0, 3)
    assert low == pytest.approx(2 - 2.4842, abs=1e-4)
    assert high == pytest.approx(2 + 2.4842, abs=1e-4)


def test_t_quantiles_agree_with_scipy():
    from scipy.stats import t

    for df in [*range(1, 40), 100, 1000]:
        assert t975(df) == pytest.approx(t.ppf(0.975, df), abs=1e-3)


def test_one_value_says_nothing():
    assert mean_interval([0.5]) == Interval(0.5, -math.inf, math.inf, 1)


def test_paired_interval_is_that_of_the_differences():
    assert paired_interval([2, 3, 4], [1, 1, 1]) == mean_interval([1, 2, 3])


def test_pairs_must_match():
    with pytest.raises(ValueError, match="3 and 2"):
        paired_interval([1, 2, 3], [1, 2])


@pytest.mark.parametrize(
    ("interval", "direction", "expected"),
    [
        (Interval(1, 0.5, 1.5, 5), "higher", "holds"),
        (Interval(1, 0.5, 1.5, 5), "lower", "does not hold"),
        (Interval(-1, -1.5, -0.5, 5), "lower", "holds"),
        (Interval(0.1, -0.5, 0.7, 5), "higher", "inconclusive"),
        (Interval(0, 0, 0, 5), "higher", "does not hold"),
    ],
)
def test_verdict(interval, direction, expected):
    assert verdict(interval, direction) == expected
