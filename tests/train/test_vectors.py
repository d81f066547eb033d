"""Vectors as values of compiled code: what numpy says, lane by lane."""

import numpy as np
import pytest
from numba import njit

from leadline.train.policies.emit import LANES
from leadline.train.policies.tiles import address
from leadline.train.policies.vectors import (
    exponential,
    from_lane,
    fused,
    larger,
    largest,
    load,
    smaller,
    spread,
    store,
    total,
    transpose,
)


@njit
def apply(function, x, y, out):
    store(function(load(address(x)), load(address(y))), address(out))


OPERATIONS = {
    "add": (njit(lambda a, b: a + b), np.add),
    "subtract": (njit(lambda a, b: a - b), np.subtract),
    "multiply": (njit(lambda a, b: a * b), np.multiply),
    "divide": (njit(lambda a, b: a / b), np.divide),
    "larger": (njit(lambda a, b: larger(a, b)), np.maximum),
    "smaller": (njit(lambda a, b: smaller(a, b)), np.minimum),
    "fused": (njit(lambda a, b: fused(a, b, spread(np.float32(2)))), lambda a, b: a * b + 2),
    "from_lane": (njit(lambda a, b: from_lane(a, 3, b)), lambda a, b: np.r_[b[:3], a[3:]]),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_are_those_of_numpy(name):
    function, expected = OPERATIONS[name]
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, LANES)).astype(np.float32)
    out = np.empty(LANES, np.float32)
    apply(function, x, y, out)
    np.testing.assert_allclose(out, expected(x, y), rtol=2e-7, atol=1e-7)


@njit
def exponentials(x, out):
    for at in range(0, len(x), LANES):
        store(exponential(load(address(x[at:]))), address(out[at:]))


def test_exponential_is_exact_to_3e_7_and_stays_finite():
    x = np.linspace(-87, 88, 1000 * LANES).astype(np.float32)
    out = np.empty_like(x)
    exponentials(x, out)
    assert np.abs(out / np.exp(x.astype(float)) - 1).max() < 3e-7
    special = np.zeros(LANES, np.float32)
    special[:4] = [0, -np.inf, np.inf, np.nan]
    exponentials(special, out)
    assert out[0] == 1
    assert 0 < out[1] < 2e-38
    assert 1e38 < out[2] < np.inf
    assert np.isnan(out[3])


@njit
def ends(x):
    return largest(load(address(x))), total(load(address(x)))


def test_the_largest_and_the_sum_of_a_vector():
    x = np.random.default_rng(1).standard_normal(LANES).astype(np.float32)
    most, sums = ends(x)
    assert most == x.max()
    assert sums == pytest.approx(float(x.sum()), abs=1e-5)


@njit
def turned(x, last, out):
    transpose(address(x), x.shape[1], last, address(out), out.shape[1])


@pytest.mark.parametrize("last", [0, LANES // 2, LANES - 1])
def test_transpose_repeats_the_last_line(last):
    x = np.arange(LANES * (LANES + 5), dtype=np.float32).reshape(LANES, LANES + 5)
    out = np.full((LANES, LANES + 3), -1, np.float32)
    turned(x, last, out)
    lines = np.minimum(np.arange(LANES), last)
    assert (out[:, :LANES] == x[lines, :LANES].T).all()
    assert (out[:, LANES:] == -1).all()
