"""The worked numbers of CurioSFT."""

import math

import pytest
import torch

from leadline.errors import NotFound
from leadline.train.kl import reverse_exact
from leadline.train.supervised.cross_entropy import token_losses
from leadline.train.supervised.curiosft import (
    Heat,
    curio_sft_loss,
    distillation,
    entropy,
    entropy_increase,
    select_temperature,
)

TABLE = [  # logits, label, H, dH, tau, log p, log q, loss
    ([2, 1, 0, -1], 1, 0.947537, 0.188192, 1.438572, -1.440190, -1.322287, 1.447140),
    ([8, 0, 0, 0], 0, 0.009049, 0.042282, 1.1, -0.001006, -0.002080, 0.001006),
    ([5, 0, 0, 0], 0, 0.119079, 0.051615, 1.1, -0.020012, -0.031349, 0.020077),
    ([3, 0, 0, 0], 0, 0.529061, 0.103601, 1.106719, -0.139206, -0.181878, 0.140117),
    ([0.5, 0.4, 0.3, 0.2], 2, 1.380071, 0.294537, 1.5, -1.442536, -1.422404, 1.442738),
]
U = torch.tensor([[2.0, 1, 0, -1]], dtype=torch.float64)


def double(values):
    return torch.tensor([values], dtype=torch.float64)


@pytest.mark.parametrize(("u", "y", "h", "dh", "tau", "log_p", "log_q", "loss"), TABLE)
def test_table(u, y, h, dh, tau, log_p, log_q, loss):
    u, y = double(u), torch.tensor([y])
    assert float(entropy(u)) == pytest.approx(h, abs=1e-6)
    assert float(entropy_increase(entropy(u), Heat())) == pytest.approx(dh, abs=1e-6)
    found = select_temperature(u)
    assert float(found) == pytest.approx(tau, abs=1e-6)
    assert -float(token_losses(u, y)) == pytest.approx(log_p, abs=1e-6)
    assert -float(token_losses(u / found[:, None], y)) == pytest.approx(log_q, abs=1e-6)
    assert float(curio_sft_loss(u, u, y, kd="label")) == pytest.approx(loss, abs=1e-6)


def test_without_the_floor_a_fact_would_be_heated():
    assert float(select_temperature(double([8, 0, 0, 0]), Heat(floor=0.0))) == pytest.approx(
        1.331477, abs=1e-5
    )


def test_target_entropy_is_met_between_the_bounds():
    tau = select_temperature(U)
    assert float(entropy(U, tau)) == pytest.approx(1.135729, abs=1e-6)
    assert float(entropy(double([5, 0, 0, 0]), 1.1)) == pytest.approx(0.171637, abs=1e-6)


def gradient(function):
    z = U.clone().requires_grad_(True)
    function(z).sum().backward()
    return z.grad[0]


TAU = torch.tensor([1.3], dtype=torch.float64)


def test_gradients_at_a_fixed_temperature():
    label = gradient(lambda z: distillation(z, U, torch.tensor([0]), TAU, kd="label"))
    assert label.tolist() == pytest.approx([0.048092, -0.031993, -0.011770, -0.004330], abs=1e-6)
    full = gradient(lambda z: distillation(z, U, torch.tensor([0]), TAU, kd="full"))
    assert full.tolist() == pytest.approx([0.075390, -0.026931, -0.030018, -0.018441], abs=1e-6)


def test_reverse_kl_is_the_mean_of_label_terms_drawn_from_the_student():
    p = torch.softmax(U[0], -1)
    terms = [
        gradient(lambda z, y=y: distillation(z, U, torch.tensor([y]), TAU, kd="label")) for y in range(4)
    ]
    mean = sum(weight * term for weight, term in zip(p, terms, strict=True))
    full = gradient(lambda z: reverse_exact(z, U / 1.3))
    assert torch.allclose(mean, full, atol=1e-7)  # kl.reverse_exact computes in single precision


def batch(seed=0, n=64, v=11):
    rng = torch.Generator().manual_seed(seed)
    student, teacher = (3 * torch.randn(n, v, generator=rng, dtype=torch.float64) for _ in range(2))
    return student, teacher, torch.randint(v, (n,), generator=rng)


def test_label_form_is_weighted_cross_entropy():
    """grad L = (1 - a (l - lT)) grad(-l), the weight detached."""
    student, teacher, labels = batch()
    a, tau = 0.7, select_temperature(teacher)
    weight = 1 - a * (token_losses(teacher / tau[:, None], labels) - token_losses(student, labels))
    z = student.clone().requires_grad_(True)
    curio_sft_loss(z, teacher, labels, weight=a, kd="label").sum().backward()
    x = student.clone().requires_grad_(True)
    (weight * token_losses(x, labels)).sum().backward()
    assert torch.allclose(z.grad, x.grad, atol=1e-12)


def test_temperature_keeps_bounds_and_ranking():
    _, teacher, _ = batch()
    tau = select_temperature(teacher)
    assert float(tau.min()) >= 1.1
    assert float(tau.max()) <= 1.5
    assert torch.equal((teacher / tau[:, None]).argsort(-1), teacher.argsort(-1))
    assert not tau.requires_grad


@pytest.mark.parametrize("kd", ["label", "full"])
def test_a_cold_copy_of_itself_is_cross_entropy(kd):
    student, _, labels = batch()
    cold = Heat(tau_min=1.0, tau_max=1.0)
    found = curio_sft_loss(student, student.clone(), labels, kd=kd, heat=cold)
    assert torch.allclose(found, token_losses(student, labels), atol=1e-6)
    free = curio_sft_loss(student, batch(1)[1], labels, kd=kd, weight=0.0)
    assert torch.equal(free, token_losses(student, labels))


@pytest.mark.parametrize("kd", ["label", "full"])
def test_tokens_do_not_see_each_other(kd):
    """Permutation, and any split of the batch."""
    student, teacher, labels = batch()
    whole = curio_sft_loss(student, teacher, labels, kd=kd)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(3))
    assert torch.allclose(curio_sft_loss(student[order], teacher[order], labels[order], kd=kd), whole[order])
    halves = [curio_sft_loss(student[i], teacher[i], labels[i], kd=kd) for i in torch.arange(64).split(20)]
    assert torch.allclose(torch.cat(halves), whole)


def test_extreme_logits_stay_finite():
    found = select_temperature(double([1e4, 0, 0, -1e4]))
    assert math.isfinite(float(found))
    assert float(found) == 1.1


def test_unknown_distillation_is_named():
    with pytest.raises(NotFound, match="label"):
        curio_sft_loss(U, U, torch.tensor([0]), kd="lable")
