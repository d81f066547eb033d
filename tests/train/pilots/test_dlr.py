"""The worked numbers of DLR's completion, in double precision, and its parts at work on a frozen model."""

import numpy as np
import pytest
import torch

from leadline.environments.ring_ops import prompts
from leadline.systems.dlr import formed, reversed_prompts
from leadline.train.advantages import standardised
from leadline.train.fingerprint import fingerprint
from leadline.train.pilots.latent_policy import (
    Assistant,
    Weights,
    assistant_loss,
    dual_reward,
    log_density,
    promising,
    pull_winners,
    ratio_per_dimension,
    spread_winners,
)
from leadline.train.pilots.latent_reasoning import Latents, decoded, train_assistant
from leadline.train.policies.prefixed import PrefixTransformer
from leadline.train.policies.transformer import Shape
from leadline.train.worlds.ring_ops import VOCABULARY, puzzle

torch.set_num_threads(1)


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def test_density_and_ratio():
    mu, sigma, z = double([0, 1]), double([1, 0.5]), double([0.5, 1.2])
    at = log_density(z, mu, sigma)
    assert at.tolist() == pytest.approx([-1.0439385332, -0.3057913526], abs=1e-10)
    assert float(at.sum()) == pytest.approx(-1.3497298858, abs=1e-10)
    moved = log_density(z, double([0.1, 1.1]), sigma)
    assert float((moved - at).sum().exp()) == pytest.approx(1.1107106104, abs=1e-10)
    assert float(ratio_per_dimension(moved[None], at[None])) == pytest.approx(1.0539025621, abs=1e-10)
    assert ratio_per_dimension(at[None], at[None]).tolist() == [1.0]


def test_rewards_and_advantages():
    reward = dual_reward(torch.tensor([1, 0, 0, 1]) > 0, torch.tensor([1, 1, 0, 1]) > 0)
    assert reward.tolist() == pytest.approx([1.1, 0.1, 0, 1.1])
    one = torch.zeros(4, dtype=torch.long)
    reward = double([1.1, 0.1, 0, 1.1])
    population = [0.997740, -0.902717, -1.092763, 0.997740]
    assert standardised(reward, one, ddof=0).tolist() == pytest.approx(population, abs=5e-6)
    sample = [0.864068, -0.781776, -0.946360, 0.864068]
    assert standardised(reward, one).tolist() == pytest.approx(sample, abs=5e-6)


U = double([[[1, 0], [0.8, 0.6], [0, 1], [-1, 0]]])
WINNER = torch.tensor([[True, True, False, False]])


def test_contrast():
    assert float(pull_winners(U, WINNER, ~WINNER)) == pytest.approx(0.3717530413, abs=1e-10)
    assert float(spread_winners(U, WINNER)) == pytest.approx(0.09, abs=1e-12)
    none = torch.zeros_like(WINNER)
    one = torch.tensor([[True, False, False, False]])
    assert float(pull_winners(U, one, ~one)) == 0
    assert float(pull_winners(U, ~none, none)) == pytest.approx(0, abs=1e-12)
    assert float(spread_winners(U, one)) == 0


def test_terms_of_each_winner():
    """The first winner's term is that of a prompt in which only it counts as another's partner: both by hand."""
    e = np.exp
    first = -np.log(e(1.6) / (e(1.6) + e(0) + e(-2)))
    second = -np.log(e(1.6) / (e(1.6) + e(1.2) + e(-1.6)))
    assert (first, second) == pytest.approx((0.2063800175, 0.5371260651), abs=1e-9)
    assert float(pull_winners(U, WINNER, ~WINNER)) == pytest.approx((first + second) / 2, abs=1e-12)


def test_contrast_compares_within_a_prompt_in_any_order():
    rng = torch.Generator().manual_seed(0)
    u = torch.randn(5, 6, 3, generator=rng, dtype=torch.float64)
    winner = torch.rand(5, 6, generator=rng) < 0.5
    order = torch.randperm(6, generator=rng)
    for loss in (lambda u, w: pull_winners(u, w, ~w), spread_winners):
        whole = loss(u, winner)
        assert torch.allclose(loss(u[:, order], winner[:, order]), whole)
        assert torch.allclose(loss(u.flip(0), winner.flip(0)), whole)
    # Losers that are padding (neither winner nor loser) change nothing.
    wide = torch.cat([u, torch.randn(5, 2, 3, generator=rng, dtype=torch.float64)], 1)
    pad = torch.zeros(5, 2, dtype=torch.bool)
    same = pull_winners(wide, torch.cat([winner, pad], 1), torch.cat([~winner, pad], 1))
    assert torch.allclose(same, pull_winners(u, winner, ~winner))


def test_filter_takes_the_best_and_one_more():
    values, rng = torch.tensor([[0.1, 0.9, 0.3, 0.8], [4.0, 3.0, 2.0, 1.0]]), torch.Generator().manual_seed(0)
    seen = set()
    for _ in range(40):
        picked = promising(values, 2, rng)
        assert picked[:, :2].tolist() == [[1, 3], [0, 1]]
        seen.add(tuple(picked[:, 2].tolist()))
    assert seen == {(0, 2), (0, 3), (2, 2), (2, 3)}
    assert promising(values, 4, rng).tolist() == [[0, 1, 2, 3]] * 2
    assert 12 / 64 == 0.1875
    assert round(1 / 0.18, 2) == 5.56


def parts(seed=0):
    main = PrefixTransformer(Shape(VOCABULARY, layers=1, channels=16, heads=2, inner=32, context=16), seed)
    with torch.no_grad():
        for weight in main.parameters():
            weight.mul_(6 if weight.dim() == 2 else 1)  # so that a prefix changes what it says
    return main.requires_grad_(False), Assistant(VOCABULARY, 2, 2, 16, hidden=16, seed=seed)


def test_assistant_starts_at_zero_with_its_deviation():
    _, assistant = parts()
    mu, sigma = assistant(puzzle().prompts[:5])
    assert mu.shape == sigma.shape == (5, 2, 16)
    assert not mu.any()
    assert torch.allclose(sigma.log(), torch.full_like(sigma, -0.5))


def gradient(weights, advantage):
    _, assistant = parts()
    rng, asked = torch.Generator().manual_seed(0), puzzle().prompts[:3]
    mu, sigma = (x[:, None].detach() for x in assistant(asked))
    z = mu + sigma * torch.randn(3, 4, 2, 16, generator=rng)
    right = torch.tensor([[True, True, False, False]] * 3)
    loss = assistant_loss(
        assistant,
        asked,
        z,
        log_density(z, mu, sigma),
        torch.full((3, 4), advantage),
        right.float(),
        right,
        weights,
    )
    loss.backward()
    return assistant


def test_what_each_term_trains():
    only_value = gradient(Weights(0, 0, 1.0), 0.0)
    assert not only_value.out.weight.grad.any()
    assert only_value.head[0].weight.grad.any()
    assert not only_value.embedding.weight.grad.any()
    contrast = gradient(Weights(0.1, 0.1, 0.0), 0.0)
    assert contrast.out.weight.grad.any()
    silent = gradient(Weights(0, 0, 0), 0.0)
    assert not silent.out.weight.grad.any()
    policy = gradient(Weights(0, 0, 0), 1.0)
    assert policy.out.weight.grad.any()


def test_the_frozen_model_stays_and_every_decode_counts():
    main, assistant = parts()
    game, before = puzzle(), fingerprint(main)
    index = torch.arange(20)
    answers = decoded(main, game, index, torch.zeros(20, 0, 16))
    start = assistant.out.bias.detach().clone()
    used = train_assistant(
        main,
        assistant,
        game,
        lambda ids: ids[:, 0] < 12,
        range(30),
        Latents(4, 1, warm=1),
        decodes=40,
        batch=5,
        seed=0,
    )
    assert used == 5 * 4 + 2 * 5 * 2  # one warm update decodes all 4, then 1 + 1 random of each
    assert fingerprint(main) == before
    assert torch.equal(decoded(main, game, index, torch.zeros(20, 0, 16)), answers)
    assert not torch.equal(assistant.out.bias, start)
    changed, _ = parts(1)
    assert fingerprint(changed) != before


def test_form_and_reversed_tasks():
    from leadline.environments import ring_ops

    right = torch.tensor([ring_ops.solutions(*prompts()[0])[0]]) + 2
    assert formed(right).tolist() == [True]
    assert formed(right.flip(1)).tolist() == [False]
    assert formed(torch.ones(1, 6, dtype=torch.long)).tolist() == [False]
    every = prompts()
    which = [i for i, task in enumerate(every) if task.start == 2][:4]
    for i in reversed_prompts(which):
        assert every[i].target == 2
        assert i not in which
