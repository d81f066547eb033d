"""Matrix products in registers: those of numpy, whatever the sizes, strides and what stands there before."""

import numpy as np
import pytest

from leadline.train.policies.tiles import multiply, multiply_panels, panel_size, panels, panels_transposed

SIZES = [
    (1, 1, 1),
    (8, 3, 48),
    (7, 5, 49),
    (15, 160, 15),
    (9, 161, 33),
    (64, 400, 144),
    (3, 330, 97),
    (0, 4, 20),
]


@pytest.mark.parametrize(("m", "k", "n"), SIZES)
@pytest.mark.parametrize("add", [False, True])
def test_products_equal_those_in_float64(m, k, n, add):
    rng = np.random.default_rng(m + k + n)
    a, b = rng.standard_normal((m, k)).astype(np.float32), rng.standard_normal((k, n)).astype(np.float32)
    there = rng.standard_normal((m, n)).astype(np.float32)
    expected = a.astype(float) @ b.astype(float) + (there if add else 0)
    laid_out = np.full(panel_size(k, n), np.nan, np.float32)
    panels(b, laid_out)
    for how, left, right in (
        (multiply, a, b),
        (multiply, np.ascontiguousarray(a.T).T, b),
        (multiply, np.repeat(a, 2, 1)[:, ::2], np.hstack([b, b])[:, :n]),
        (multiply_panels, a, laid_out),
    ):
        out = there.copy() if add else np.full((m, n), np.nan, np.float32)
        how(left, right, out, add)
        scale = np.abs(a.astype(float)) @ np.abs(b.astype(float)) + 1
        assert (np.abs(out - expected) / scale).max(initial=0) < 1e-6


@pytest.mark.parametrize(("m", "k", "n"), SIZES)
def test_panels_of_a_transpose(m, k, n):
    rng = np.random.default_rng(k)
    a, b = rng.standard_normal((m, k)).astype(np.float32), rng.standard_normal((n, k)).astype(np.float32)
    plain, turned = np.zeros((2, panel_size(k, n)), np.float32)
    panels(b.T, plain)
    panels_transposed(b, turned)
    out = np.empty((2, m, n), np.float32)
    multiply_panels(a, plain, out[0], False)
    multiply_panels(a, turned, out[1], False)
    assert (out[0] == out[1]).all()


def test_nothing_is_written_beside_the_result():
    out = np.full((9, 60), 7, np.float32)
    multiply(np.ones((9, 4), np.float32), np.ones((4, 50), np.float32), out[:, 5:55], False)
    assert (out[:, 5:55] == 4).all()
    assert (out[:, :5] == 7).all()
    assert (out[:, 55:] == 7).all()


def test_not_a_number_and_infinity_go_through():
    out = np.zeros((1, 2), np.float32)
    multiply(np.array([[np.inf, 1]], np.float32), np.array([[1, -1], [0, np.nan]], np.float32), out, False)
    assert out[0, 0] == np.inf
    assert np.isnan(out[0, 1])
