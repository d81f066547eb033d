import math

import pytest
import torch

from leadline.errors import NotFound
from leadline.train import aggregation, kl
from leadline.train.aggregation import aggregate
from leadline.train.losses import cispo, gspo, ppo, sequence_ratio
from leadline.train.objectives.grpo import LOSSES

ONES = torch.ones(1, 1, dtype=torch.float64)


def one(a, ratio, **clip):
    logp = torch.tensor([[math.log(ratio)]], dtype=torch.float64)
    return float(ppo(logp, torch.zeros_like(logp), torch.tensor([[a]], dtype=torch.float64), ONES, **clip))


@pytest.mark.parametrize(
    ("a", "ratio", "expected"),
    [(1.0, 1.5, -1.28), (1.0, 0.5, -0.5), (-1.0, 1.5, 1.5), (-1.0, 0.5, 0.8), (-1.0, 12, 10)],
)
def test_clip_values(a, ratio, expected):
    assert one(a, ratio, low=0.2, high=0.28, dual=10) == pytest.approx(expected)


def test_folding_lemma():
    """loss(A w) = w loss(A) on 10,000 random cases for every loss that is homogeneous in A."""
    rng = torch.Generator().manual_seed(0)
    shape = (100, 100)
    logp, old, a = (torch.randn(shape, generator=rng, dtype=torch.float64) for _ in range(3))
    w = torch.rand(shape, generator=rng, dtype=torch.float64) * 3
    mask = torch.ones(shape, dtype=torch.float64)
    for loss in (
        lambda x: ppo(logp, old, x, mask),
        lambda x: ppo(logp, old, x, mask, low=0.2, high=0.28, dual=10),
        lambda x: cispo(logp, old, x, mask),
        lambda x: gspo(logp, old, x, mask),
    ):
        assert float((loss(a * w) - w * loss(a)).abs().max()) < 1e-12


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_is_0_with_gradient_0_where_the_advantage_is(name):
    """The update skips such rows."""
    rng = torch.Generator().manual_seed(0)
    logp, old = (torch.randn(5, 7, generator=rng, dtype=torch.float64) for _ in range(2))
    logp.requires_grad_()
    loss = LOSSES[name](logp, old, torch.zeros_like(old), torch.ones_like(old))
    loss.sum().backward()
    assert float(loss.detach().abs().max()) == float(logp.grad.abs().max()) == 0.0


@pytest.mark.parametrize(
    ("mode", "expected", "length"),
    [
        ("token-mean", 5 / 3, None), ("seq-mean-token-mean", 1.5, None), ("seq-mean-token-sum", 5, None),
        ("rows-const", 1.25, None), ("rows-const", 0.625, 8),
    ],
)  # fmt: skip
def test_aggregation_values(mode, expected, length):
    losses = torch.tensor([[1.0, 1, 0, 0], [2, 2, 2, 2]])
    mask = torch.tensor([[1.0, 1, 0, 0], [1, 1, 1, 1]])
    assert float(aggregate(losses, aggregation.weights(mask, mode, max_length=length))) == pytest.approx(
        expected
    )


def test_group_mean_gives_each_prompt_the_same_weight():
    w = aggregation.weights(torch.ones(3, 2), "group-mean", group_id=torch.tensor([0, 0, 1]))
    assert w.sum(1).tolist() == pytest.approx([0.25, 0.25, 0.5])


def test_masked_infinities_do_not_reach_the_loss():
    loss = torch.tensor([[1.0, math.inf]])
    assert float(aggregate(loss, torch.tensor([[0.5, 0.0]]))) == 0.5


def test_unknown_aggregation_lists_what_exists():
    with pytest.raises(NotFound, match="token-mean"):
        aggregation.weights(torch.ones(1, 1), "tokenmean")


def test_gspo_ratio_and_clip():
    new = torch.tensor([[-1.0, -0.5, -2]], dtype=torch.float64)
    old = torch.tensor([[-1.2, -0.6, -1.5]], dtype=torch.float64)
    mask, a = torch.ones_like(new), -torch.ones_like(new)
    assert float(sequence_ratio(new, old, mask)) == pytest.approx(0.935507, abs=1e-6)
    assert gspo(new, old, a, mask, low=0.2, high=0.2)[0].tolist() == pytest.approx([0.935507] * 3, abs=1e-6)
    assert gspo(new, old, a, mask, low=3e-4, high=3e-4)[0].tolist() == pytest.approx([0.9997] * 3, abs=1e-6)


PI = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64)
REF = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64)


def test_kl_estimators_have_the_right_means():
    d = kl.forward(PI.log(), REF.log())
    k3 = kl.reverse(PI.log(), REF.log())
    assert d.tolist() == pytest.approx([0.300463, 0, 4.047190], abs=1e-6)
    assert float((PI * d).sum()) == pytest.approx(0.584996, abs=1e-6)
    assert k3.tolist() == pytest.approx([0.431946, 0, 2.390562], abs=1e-6)
    assert float((PI * k3).sum()) == pytest.approx(0.498224, abs=1e-6)
    assert float(kl.reverse_exact(PI.log(), REF.log())) == pytest.approx(0.498224, abs=1e-6)
    assert float((PI * kl.reverse(PI.log(), REF.log(), "k1")).sum()) == pytest.approx(0.498224, abs=1e-6)


@pytest.mark.parametrize(
    ("phi", "expected"), [(1.0, 0.584996), (0.5, 0.397288), (0.2, 0.298842), (0.0, 0.240516)]
)
def test_reweighted_forward_kl(phi, expected):
    assert float(kl.forward_exact(PI.log(), REF.log(), phi)) == pytest.approx(expected, abs=1e-6)


def test_uniform_reference_is_minus_mean_logp():
    expected = -PI.log().mean() - math.log(3)
    assert float(kl.forward_exact(PI.log(), REF.log(), 0.0)) == pytest.approx(float(expected), abs=1e-6)


def gradient(function):
    logits = PI.log().clone().requires_grad_(True)
    function(torch.log_softmax(logits, -1)).backward()
    return logits.grad.tolist()


def test_gradients_of_the_forward_kl():
    exact = PI.log().clone().requires_grad_(True)
    kl.forward_exact(exact, REF.log(), 0.5).backward()
    assert exact.grad.tolist() == pytest.approx([0.337249, -0.021803, -0.315446], abs=1e-6)
    through = gradient(lambda logp: (PI * kl.forward(logp, REF.log())).sum())
    assert through == pytest.approx([0.570720, 0.175499, -0.746219], abs=1e-6)
    unbiased = gradient(lambda logp: (PI * kl.forward_score(logp, REF.log())).sum())
    assert unbiased == pytest.approx([0.4, 0, -0.4], abs=1e-6)


def test_sequence_and_token_level_differ_by_an_order_of_magnitude():
    d = kl.forward(PI.log(), REF.log())
    assert float(d[0] + d[2]) == pytest.approx(4.347652, abs=1e-6)
    sequence = kl.forward((PI.log()[0] + PI.log()[2])[None], (REF.log()[0] + REF.log()[2])[None])
    assert float(sequence) == pytest.approx(0.184709, abs=1e-6)


def test_topk_of_everything_but_one_is_exact():
    ref_logp, ids = REF.log().topk(2)
    assert float(kl.forward_topk(PI.log(), ref_logp, ids)) == pytest.approx(0.584996, abs=1e-5)


def test_reward_aware_phi():
    assert kl.reward_phi(torch.tensor([0.0, 0.5, 1.0])).tolist() == pytest.approx([0.2, 0.6, 1.0])


def test_tempered_logp_is_a_temperature():
    logits = torch.tensor([[[2.0, 1, 0]]])
    found = kl.tempered_logp(logits, torch.tensor([[1]]), torch.tensor([[0.5]]))
    assert float(found) == pytest.approx(float(torch.log_softmax(logits / 2, -1)[0, 0, 1]))
