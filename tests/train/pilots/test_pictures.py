"""A policy that sees: pictures reach its words, patches see each other, and sampling in two views is what it says."""

import numpy as np
import pytest
import torch

from leadline.environments import digit_scenes
from leadline.train.anneal import Anneal
from leadline.train.objectives import build
from leadline.train.pilots.pictures import (
    VOCABULARY,
    asked,
    evaluate,
    next_logits,
    noised,
    normalised,
    picture_turn,
    uncertainty,
)
from leadline.train.policies.embedded import everything
from leadline.train.policies.tiny_vlm import TinyVLM
from leadline.train.policies.transformer import Shape
from leadline.train.scores import fill
from leadline.train.single_turn import reinforce

torch.set_num_threads(1)
SCENES = digit_scenes.draw(6, np.random.default_rng(0))


def model():
    policy = TinyVLM(Shape(VOCABULARY, layers=1, channels=16, heads=2, inner=32, context=4), 3)
    with torch.no_grad():
        for weight in policy.parameters():
            weight.mul_(4)  # so that what it sees changes what it says
    return policy


def turn(share=0.5, **settings):
    return picture_turn(SCENES, Anneal("constant", share), 10, **settings)


def rolled(policy, which, **settings):
    return turn(**settings).rollouts(policy, which, torch.Generator().manual_seed(0))


def test_unmasked_attention_is_a_map_of_sets():
    rng = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 7, 3, 4, generator=rng) for _ in range(3))
    order = torch.randperm(7, generator=rng)
    moved = everything(q[:, order], k[:, order], v[:, order])
    assert torch.allclose(moved, everything(q, k, v)[:, order], atol=1e-6)


def test_equal_rows_are_computed_once_and_alike():
    policy = model()
    images, prompts = normalised(SCENES.image), asked(SCENES)
    whole = next_logits(policy, images, prompts)
    assert whole.std(0).max() > 1e-3  # different pictures, different words
    alone = torch.cat([next_logits(policy, images[i : i + 1], prompts[i : i + 1]) for i in range(6)])
    assert torch.allclose(alone, whole, atol=1e-5)
    rows = rolled(policy, [0, 0, 0, 3, 3, 5], share=0.0)
    logp = policy.score(rows).logp.detach()
    assert torch.allclose(logp, rows.logp_roll, atol=1e-5)


def test_log_probabilities_are_those_of_the_picture_that_was_seen():
    policy, which = model(), [0] * 20 + [4] * 20
    rows = rolled(policy, which, sigma=2.0)
    assert 0 < int(rows.perturbed.sum()) < 40
    assert torch.allclose(policy.score(rows).logp, rows.logp_roll, atol=1e-5)
    assert bool((rows.uncertainty[:, 1] > 0).all())
    on_raw = rolled(policy, which, sigma=2.0, update_on="raw")
    assert torch.equal(on_raw.ids, rows.ids)
    gap = (policy.score(on_raw).logp.detach() - on_raw.logp_roll).abs()[:, 1]
    assert float(gap[~rows.perturbed].max()) < 1e-5 < float(gap[rows.perturbed].min())


def test_without_noise_there_is_no_uncertainty():
    rows = rolled(model(), [0, 1, 2, 3], sigma=0.0)
    assert not rows.uncertainty.any()
    assert not uncertainty(model(), SCENES, sigma=0.0).any()


def test_picking_rows_keeps_their_pictures():
    policy = model()
    rows = fill(rolled(policy, [0, 1, 2, 3, 4, 5]), policy, frozenset({"entropy"}))
    picked = rows.select(torch.tensor([5, 1]))
    assert torch.allclose(policy.score(picked).logp, rows.logp_old[[5, 1]], atol=1e-6)


def test_noise_keeps_pixels_in_range():
    images = normalised(SCENES.image)
    loud = noised(images, 3.0, torch.Generator().manual_seed(0)) * digit_scenes.STD + digit_scenes.MEAN
    assert float(loud.min()) >= -1e-6
    assert float(loud.max()) <= 1 + 1e-6
    assert torch.equal(noised(images, 0.0, torch.Generator()), images)


def test_learning_changes_the_eyes_and_evaluation_is_exact():
    policy = model()
    before = policy.eyes.pixels.weight.clone()
    reinforce(policy, turn(), build("grpo+vogue"), range(6), n=8, batch=6, steps=3, lr=1e-2, seed=0)
    assert not torch.equal(policy.eyes.pixels.weight, before)
    seen = evaluate(policy, SCENES)
    logp = torch.log_softmax(next_logits(policy, normalised(SCENES.image), asked(SCENES)), -1)
    right = [float(logp[i, a + 2].detach().exp()) for i, a in enumerate(SCENES.answer)]
    assert seen.pass_1 == pytest.approx(np.mean(right), abs=1e-6)
    assert seen.pass_4 == pytest.approx(np.mean([1 - (1 - p) ** 4 for p in right]), abs=1e-6)
