"""EAD's schedule, its sampling and correction, and equal-compute accounting, by the specifications' numbers."""

import numpy as np
import pytest

from leadline.explore.decoding import (
    EXPONENTIAL,
    PAPER,
    PAPER_SHAPES,
    RELEASED,
    Annealing,
    Shape,
    equal_compute,
    flops,
    majority,
    sample,
    tempered,
)


@pytest.mark.parametrize(
    ("schedule", "step", "table"),
    [
        (PAPER, 0, {9: 1, 10: 0.708175, 20: 0.1}),
        (PAPER, 100, {10: 1.180770, 20: 1.161170, 50: 1.100079, 100: 0.990174, 200: 0.736322, 400: 0.1}),
        (RELEASED, 0, {10: 1.179799, 20: 1.159189, 50: 1.094829, 100: 0.978597, 200: 0.708175, 400: 0.1}),
        (RELEASED, 100, {10: 1.199047, 100: 1.190431, 500: 1.151229, 1000: 1.100079, 2000: 0.990174, 3000: 0.869288}),
    ],
)  # fmt: skip
def test_schedule_table(schedule, step, table):
    assert schedule.tau(list(table), step) == pytest.approx(list(table.values()), abs=1e-6)


def test_the_released_samplers_exponential():
    assert EXPONENTIAL.tau([0, 500]) == pytest.approx([1.2, 0.1 + 1.1 / np.e])
    assert EXPONENTIAL.tau(int(EXPONENTIAL.crosses_one())) == pytest.approx(1.0, abs=2e-3)
    assert EXPONENTIAL.is_cold() == np.inf
    assert EXPONENTIAL.tau(10**6) == pytest.approx(0.1)


def test_where_it_crosses_one_and_where_it_is_cold():
    cases = {(PAPER, 0): (4.558, 18.55), (RELEASED, 0): (91.16, 370.97), (PAPER, 100): (95.72, 389.5),
             (RELEASED, 100): (1914.4, 7790.3)}  # fmt: skip
    for (schedule, step), (one, cold) in cases.items():
        assert schedule.crosses_one(step) == pytest.approx(one, abs=0.05)
        assert schedule.is_cold(step) == pytest.approx(cold, abs=0.06)
    assert PAPER.scale(10**6) == 40_000
    assert np.isfinite(Annealing(d0=1e-3).tau(10**6))


def test_tempered_softmax():
    z = np.array([2.0, 1.0, 0.0])
    pi, hot, cold = (tempered(z, t) for t in (1.0, 1.2, 0.5))
    assert pi == pytest.approx([0.665241, 0.244728, 0.090031], abs=1e-6)
    assert hot == pytest.approx([0.615963, 0.267696, 0.116340], abs=1e-6)
    assert cold == pytest.approx([0.866813, 0.117310, 0.015876], abs=1e-6)
    entropy = [-(p * np.log(p)).sum() for p in (pi, hot, cold)]
    assert entropy == pytest.approx([0.832396, 0.901549, 0.441057], abs=1e-6)


def test_sampler_keeps_its_own_probability_and_ratios_average_to_one():
    rng = np.random.default_rng(0)
    z = np.tile([2.0, 1.0, 0.0], (100_000, 1))
    ids, logp = sample(z, 1.2, rng)
    assert np.exp(logp) == pytest.approx(tempered(z[0], 1.2)[ids])
    w = tempered(z[0])[ids] / np.exp(logp)
    assert abs(w.mean() - 1) < 3 * w.std() / len(w) ** 0.5
    same = [sample(z[:99], t, np.random.default_rng(1))[0] for t in (1.0, np.ones(99))]
    assert (same[0] == same[1]).all()  # tau = 1 is plain sampling


def test_the_first_of_equals_is_the_majority():
    assert majority(["b", "a", "a", "b"]) == "b"


def test_compute_of_the_papers_models():
    giga = {k: (flops(s, 4096) / 1e9, flops(s, 212, 16) / 1e9) for k, s in PAPER_SHAPES.items()}
    expected = {
        "17M": (107.383, 61.945),
        "3M": (26.578, 11.892),
        "38M": (198.653, 130.782),
        "144M": (695.810, 495.273),
    }
    for name, pair in expected.items():
        assert giga[name] == pytest.approx(pair, abs=6e-4)
    long = [flops(PAPER_SHAPES["17M"], t) / 1e9 for t in (256, 512, 1024, 2048)]
    assert long == pytest.approx([4.698, 9.665, 20.403, 45.101], abs=6e-4)
    short = [flops(PAPER_SHAPES["17M"], 212, n) / 1e9 for n in (1, 2, 4, 8)]
    assert short == pytest.approx([3.872, 7.743, 15.486, 30.972], abs=6e-4)
    assert equal_compute(PAPER_SHAPES["17M"], 4096, 212) == pytest.approx(27.7, abs=0.05)


def test_compute_of_the_laptop_model():
    ours = Shape(128, 4, 4 * 128, 128, vocabulary=32)
    assert flops(ours, 256) / 1e6 == pytest.approx(285.3, abs=0.05)
    assert flops(ours, 25) / 1e6 == pytest.approx(26.4, abs=0.05)
    assert equal_compute(ours, 256, 25) == pytest.approx(10.8, abs=0.05)
    assert flops(ours, 10, include_head=True) - flops(ours, 10) == 2 * 128 * 32 * 10
