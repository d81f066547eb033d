"""The worked numbers of EAD's weights and toy (the schedule is tested with explore/decoding)."""

import numpy as np
import pytest
import torch

from leadline.environments.plan_toy import PlanToy
from leadline.explore.decoding import Annealing
from leadline.train.importance import effective_sample_size, report, truncated
from leadline.train.objectives import get

LOGITS = torch.tensor([2.0, 1.0, 0.0], dtype=torch.float64)
ONES = torch.ones(1, 3, dtype=torch.float64)


@pytest.mark.parametrize(
    ("tau", "expected"), [(1.2, [1.080001, 0.914201, 0.773855]), (0.5, [0.767456, 2.086162, 5.670774])]
)
def test_weights_correct_the_temperature(tau, expected):
    p, q = torch.log_softmax(LOGITS, 0)[None], torch.log_softmax(LOGITS / tau, 0)[None]
    w = truncated(p, q, ONES, cap=100)
    assert w[0].tolist() == pytest.approx(expected, abs=1e-6)
    assert float((q.exp() * w).sum()) == pytest.approx(1.0)


def test_the_cap_biases():
    p, q = torch.log_softmax(LOGITS, 0)[None], torch.log_softmax(LOGITS / 0.5, 0)[None]
    w = truncated(p, q, ONES, cap=2)
    assert w[0].tolist() == pytest.approx([0.767456, 2, 2], abs=1e-6)
    assert float((q.exp() * w).sum()) == pytest.approx(0.931614, abs=1e-6)


def test_a_sequence_multiplies_its_tokens():
    p, q = torch.log_softmax(LOGITS, 0), torch.log_softmax(LOGITS / 1.2, 0)
    picked = torch.tensor([0, 1, 0])
    w = truncated(p[picked][None], q[picked][None], ONES, cap=10, level="sequence")
    assert w[0].tolist() == pytest.approx([1.066327] * 3, abs=1e-6)


def test_report_and_effective_sample_size():
    w = torch.tensor([[1.2, 0.8, 0.1, 2.0]])
    assert effective_sample_size(w) == pytest.approx(2.760263, abs=1e-6)
    found = report(w, torch.tensor([[1.0, 1, 1, 1]]), 2.0)
    assert found.max == 2.0
    assert found.share_capped == 0.25


def test_weights_average_to_one_over_samples():
    rng = torch.Generator().manual_seed(0)
    p, q = torch.log_softmax(LOGITS, 0), torch.log_softmax(LOGITS / 1.2, 0)
    ids = torch.multinomial(q.exp(), 100_000, replacement=True, generator=rng)
    w = truncated(p[ids][None], q[ids][None], torch.ones(1, 100_000), cap=100)
    error = float(w.std()) / 100_000**0.5
    assert abs(float(w.mean()) - 1) < 3 * error


@pytest.mark.parametrize(
    ("length", "tau", "expected"),
    [
        (20, 0.6, 0.030),
        (20, 1.0, 0.169),
        (20, 1.2, 0.133),
        (20, 1.5, 0.024),
        (60, 1.0, 0.089),
        (60, 1.2, 0.016),
    ],
)
def test_closed_form_at_fixed_temperatures(length, tau, expected):
    assert PlanToy(length=length).pass_at(16, lambda t: np.full_like(t, tau)) == pytest.approx(
        expected, abs=6e-4
    )


@pytest.mark.parametrize(
    ("length", "tau_max", "expected"),
    [(20, 1.2, 0.332), (20, 1.5, 0.401), (60, 1.2, 0.293), (60, 1.5, 0.228)],
)
def test_closed_form_of_annealing(length, tau_max, expected):
    schedule = Annealing(tau_max=tau_max, d0=length / 2, growth=0, cutoff=0)
    assert PlanToy(length=length).pass_at(16, schedule.tau) == pytest.approx(expected, abs=6e-4)


def test_presets_of_the_objective():
    t = torch.tensor([9, 10, 100])
    paper = get("ead", preset="paper").temperature(t, 0)
    assert paper.tolist() == pytest.approx([1.0, 0.708175, 0.1], abs=1e-6)
    assert get("ead").temperature(t, 100).tolist() == pytest.approx([1.0, 1.199047, 1.190431], abs=1e-6)
    backwards = get("ead", preset="paper", cutoff=0, reverse_at=21).temperature(torch.tensor([0, 20]), 0)
    assert backwards.tolist() == pytest.approx([0.1, 1.2], abs=1e-6)
