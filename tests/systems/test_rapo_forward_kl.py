"""RAPO composes into the loss; its formulas are tested in tests/train/test_losses.py."""

import pytest
import torch

from leadline.systems.rapo_forward_kl import problems
from leadline.train.bandit import train_table
from leadline.train.hooks import token_advantages
from leadline.train.objectives import build
from leadline.train.scores import fill
from leadline.train.update import accumulate


def gradient(objective):
    policy, base = problems(0, n_prompts=6), problems(1, n_prompts=6)
    rows = policy.rollouts([0, 1, 2, 3, 4, 5] * 4, torch.Generator().manual_seed(0))
    hooks = build(objective)
    rows = fill(rows, policy, hooks.needs, base)
    accumulate(rows, policy, hooks, token_advantages(rows, hooks, {}))
    return policy.logits.grad


def test_alpha_and_beta_zero_is_grpo_exactly():
    assert torch.equal(gradient("grpo+rapo:alpha=0"), gradient("grpo"))


@pytest.mark.parametrize("kind", ["exact", "score", "estimator", "reverse", "reverse-exact"])
def test_every_kind_moves_the_gradient(kind):
    difference = gradient(f"grpo+rapo:alpha=.1,kind={kind}") - gradient("grpo")
    assert float(difference.abs().max()) > 1e-6


def test_exact_gradient_is_pi_minus_the_tempered_reference():
    """One row per prompt, no advantage: the gradient is alpha / R * (pi - ref_hat)."""
    policy, base = problems(0, n_prompts=2), problems(1, n_prompts=2)
    rows = policy.rollouts([0, 1], torch.Generator().manual_seed(0))
    hooks = build("grpo+rapo:alpha=.1")
    rows = fill(rows, policy, hooks.needs, base)
    accumulate(rows, policy, hooks, torch.zeros_like(rows.mask))
    phi = 0.2 + 0.8 * rows.reward
    ref = torch.softmax((base.logits[:, 0] * phi[:, None]).float(), -1)
    expected = 0.1 / 2 * (torch.softmax(policy.logits[:, 0], -1) - ref)
    assert torch.allclose(policy.logits.grad[:, 0], expected.detach(), atol=1e-6)


def test_a_reference_is_needed():
    from leadline.errors import UsageError

    policy = problems(0, n_prompts=2)
    with pytest.raises(UsageError, match="frozen reference"):
        train_table(policy, build("grpo+rapo"), n=2, lr=0.1, steps=1)
