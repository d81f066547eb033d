"""The worked numbers of shaped next-token rewards."""

import pytest
import torch

from leadline.errors import UsageError
from leadline.train.supervised import build
from leadline.train.supervised.cross_entropy import token_losses
from leadline.train.supervised.shaped_ntp import label_weight, rank_mask, shaped_ntp_loss

PI = torch.tensor([[0.5, 0.3, 0.15, 0.05]], dtype=torch.float64)
LABEL = torch.tensor([1])


def ascent(shape, logits=None, labels=LABEL):
    """dJ/dz = minus the gradient of the surrogate loss."""
    z = (PI.log() if logits is None else logits).clone().requires_grad_(True)
    shaped_ntp_loss(z, labels, **shape).sum().backward()
    return -z.grad


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({}, [-0.5, 0.7, -0.15, -0.05]),
        ({"beta": -0.25}, [-0.546633, 0.765286, -0.163990, -0.054663]),
        ({"beta": 0.5}, [-0.418330, 0.585662, -0.125499, -0.041833]),
        ({"lam_tail": -0.1, "k": 2}, [-0.490, 0.706, -0.162, -0.054]),
        ({"lam_head": 0.1, "k": 2}, [-0.475, 0.685, -0.1575, -0.0525]),
        ({"beta": -0.25, "lam_tail": -0.1, "k": 2}, [-0.536633, 0.771286, -0.175990, -0.058663]),
    ],
)
def test_gradients(shape, expected):
    assert ascent(shape)[0].tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({}, 1.203973), ({"beta": -0.25}, 1.316261), ({"beta": 0.5}, 1.007316),
        ({"lam_tail": -0.1, "k": 2}, 1.160537), ({"lam_head": 0.1, "k": 2}, 1.238630),
    ],
)  # fmt: skip
def test_surrogate_values(shape, expected):
    assert float(shaped_ntp_loss(PI.log(), LABEL, **shape)) == pytest.approx(expected, abs=1e-6)


def test_label_weights():
    p = torch.tensor([0.05, 0.3, 0.8, 0.99], dtype=torch.float64)
    assert label_weight(p, -0.25).tolist() == pytest.approx([1.0129, 1.0933, 1.4953, 3.1623], abs=1e-4)
    assert label_weight(p, 0.5).tolist() == pytest.approx([0.9747, 0.8367, 0.4472, 0.1], abs=1e-4)
    assert float(label_weight(torch.tensor([1.0]), -0.25)) == pytest.approx(1e-6**-0.25, rel=1e-3)


def random(n=40, v=9, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(n, v, generator=rng, dtype=torch.float64), torch.randint(v, (n,), generator=rng)


def test_gradient_is_the_expected_reward_times_score():
    """dJ/dz_b = sum_a pi_a r_a (1[a = b] - pi_b), with the reward written out."""
    logits, labels = random()
    shape = {"beta": -0.25, "lam_head": 0.2, "lam_tail": -0.4, "k": 3}
    pi = torch.softmax(logits, -1)
    is_label = torch.nn.functional.one_hot(labels, 9).double()
    reward = torch.where(rank_mask(logits, 3), 0.2, -0.4) * (1 - is_label)
    reward = reward + is_label * (1 - pi) ** -0.25 / pi
    expected = pi * reward - pi * (pi * reward).sum(-1, keepdim=True)
    assert torch.allclose(ascent(shape, logits, labels), expected, atol=1e-12)


def test_negatives_are_plain_probabilities():
    """pi_a grad log pi_a = grad pi_a."""
    logits, labels = random()
    z = logits.clone().requires_grad_(True)
    p = torch.softmax(z, -1)
    tail = ~rank_mask(logits, 3) & ~torch.nn.functional.one_hot(labels, 9).bool()
    (token_losses(z, labels) + 0.5 * (p * tail).sum(-1)).sum().backward()
    assert torch.allclose(-z.grad, ascent({"lam_tail": -0.5, "k": 3}, logits, labels), atol=1e-12)


def test_sampled_rewards_agree_on_average():
    """The one-token episode itself, with 400,000 sampled tokens."""
    rng = torch.Generator().manual_seed(0)
    a = torch.multinomial(PI[0], 400_000, replacement=True, generator=rng)
    reward = torch.where(a == 1, 1 / 0.3 * 0.7**-0.25, torch.where(a >= 2, -0.1, 0.0)).double()
    score = torch.nn.functional.one_hot(a, 4).double() - PI
    mean = (reward[:, None] * score).mean(0)
    assert mean.tolist() == pytest.approx([-0.536633, 0.771286, -0.175990, -0.058663], abs=0.01)


def test_focal_loss_has_another_gradient():
    z = PI.log().clone().requires_grad_(True)
    p = torch.softmax(z, -1)[:, 1]
    (-((1 - p) ** 0.5) * p.log()).sum().backward()
    assert not torch.allclose(-z.grad, ascent({"beta": 0.5}), atol=1e-2)


def test_without_a_tail_its_reward_has_no_effect():
    logits, labels = random()
    for k in (9, 100):
        assert torch.equal(shaped_ntp_loss(logits, labels, lam_tail=-0.5, k=k), token_losses(logits, labels))


def test_a_label_outside_the_head_leaves_k_wrong_tokens_there():
    found = ascent({"lam_head": 0.1, "k": 2}, labels=torch.tensor([3])) - ascent({}, labels=torch.tensor([3]))
    paid = torch.tensor([0.05, 0.03, 0, 0], dtype=torch.float64)
    assert torch.allclose(found[0], paid - PI[0] * paid.sum(), atol=1e-12)


def test_neutral_settings_are_cross_entropy_and_tokens_are_independent():
    logits, labels = random()
    assert torch.equal(shaped_ntp_loss(logits, labels), token_losses(logits, labels))
    shape = {"beta": 0.5, "lam_head": 0.1, "lam_tail": -0.1, "k": 3}
    whole = shaped_ntp_loss(logits, labels, **shape)
    order = torch.randperm(40, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(shaped_ntp_loss(logits[order], labels[order], **shape), whole[order])
    parts = [shaped_ntp_loss(logits[i], labels[i], **shape) for i in torch.arange(40).split(7)]
    assert torch.allclose(torch.cat(parts), whole)


D = torch.tensor([0.5, 0.3, *[0.2 / 6] * 6], dtype=torch.float64)


def converged(shape):
    """The distribution that the expected loss over labels drawn from D converges to."""
    z = D.log().clone().requires_grad_(True)
    optimizer = torch.optim.Adam([z], lr=0.05)
    for step in range(700):
        optimizer.param_groups[0]["lr"] = 0.05 * 0.985**step
        optimizer.zero_grad()
        (shaped_ntp_loss(z.expand(8, 8), torch.arange(8), k=2, **shape) * D).sum().backward()
        optimizer.step()
    return torch.softmax(z.detach(), -1)


@pytest.mark.parametrize(
    ("shape", "tail", "entropy"),
    [
        ({}, 0.2, 1.38800), ({"beta": -0.25}, 0.17781, 1.31924), ({"beta": 0.5}, 0.24029, 1.49424),
        ({"lam_tail": -0.1}, 0.18540, 1.35059), ({"lam_tail": -0.5}, 0.14134, 1.22870),
        ({"lam_head": 0.1}, 0.19110, 1.36728),
    ],
)  # fmt: skip
def test_fixed_points(shape, tail, entropy):
    p = converged(shape)
    assert float(p[2:].sum()) == pytest.approx(tail, abs=2e-5)
    assert float(-(p * p.log()).sum()) == pytest.approx(entropy, abs=2e-5)


def test_closed_forms_are_stationary():
    """beta: pi prop. to d (1 - pi)^beta. Tail: pi = d / (1 + l (1 - d - M)), head d / (1 - l M), M the tail's sum."""
    sharp = converged({"beta": -0.25})
    assert torch.allclose(D * (1 - sharp) ** -0.25 / (D * (1 - sharp) ** -0.25).sum(), sharp, atol=1e-6)
    p, strength = converged({"lam_tail": -0.1}), 0.1
    m = (p[2:] * (1 - D[2:])).sum()
    assert float(p[2]) == pytest.approx(0.0309001, abs=1e-6)
    assert float(p[0]) == pytest.approx(0.5091246, abs=1e-6)
    assert torch.allclose(D[2:] / (1 + strength * (1 - D[2:] - m)), p[2:], atol=1e-6)
    assert torch.allclose(D[:2] / (1 - strength * m), p[:2], atol=1e-6)


def test_k_counts():
    with pytest.raises(UsageError, match="k"):
        build("shaped_ntp:k=0")
