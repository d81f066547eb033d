"""LMM-Searcher's simulation beside the figures of its specification, and the paper's own averages."""

import numpy as np
import pytest

from leadline.systems.lmm_searcher import simulated


@pytest.mark.parametrize(
    ("turns", "hops", "inline", "names"),
    [(30, 6, 0.993, 0.995), (30, 12, 0.435, 0.079), (100, 12, 0.435, 1.0), (100, 20, 0.0, 1.0)],
)
def test_success_by_turns_and_hops(turns, hops, inline, names):
    for named, expected in ((False, inline), (True, names)):
        found = np.mean([simulated(seed, hops, turns, 200, named=named) for seed in range(5)])
        assert found == pytest.approx(expected, abs=0.065)  # the larger of the specification's half-widths


def test_success_is_the_tail_of_a_binomial():
    from math import comb

    # 12 hops inline: at most 22 searches fit 128,000 tokens. By name, of 30 turns 13 are fetches.
    def at_least(k, n):
        return sum(comb(n, i) for i in range(k, n + 1)) / 2**n

    many = np.mean([simulated(seed, 12, 30, 4000, named=False) for seed in range(5)])
    assert many == pytest.approx(at_least(12, 22), abs=0.01)
    many = np.mean([simulated(seed, 12, 30, 4000, named=True) for seed in range(5)])
    assert many == pytest.approx(at_least(12, 17), abs=0.01)


def test_the_papers_averages():
    for columns, average in (((22.3, 32.9, 42.0, 71.0), 42.05), ((30.1, 34.8, 48.3, 72.3), 46.375)):
        assert np.mean(columns) == pytest.approx(average)
