"""The worked numbers of VOGUE, in double precision, and its invariances."""

import dataclasses

import pytest
import torch

from leadline.environments import digit_scenes
from leadline.errors import NotFound, UsageError
from leadline.train.anneal import Anneal
from leadline.train.hooks import token_advantages
from leadline.train.objectives import build
from leadline.train.objectives.vogue import capped_bonus, row_mean
from leadline.train.paired import PairedRows, symmetric_kl
from leadline.train.rows import Rows

RAW = torch.tensor([[[0.7, 0.2, 0.1], [0.5, 0.5, 1e-300]]], dtype=torch.float64).log()
NOISY = torch.tensor([[[0.5, 0.3, 0.2], [0.5, 0.5, 1e-300]]], dtype=torch.float64).log()


def test_symmetric_kl():
    found = symmetric_kl(RAW, NOISY)[0]
    assert found.tolist() == pytest.approx([0.0885778381, 0], abs=1e-10)
    assert float(found.mean()) == pytest.approx(0.0442889, abs=1e-7)
    assert float(symmetric_kl(RAW, NOISY, "sum")[0, 0]) == pytest.approx(0.1771556762, abs=1e-10)
    assert torch.equal(symmetric_kl(RAW, NOISY), symmetric_kl(NOISY, RAW))
    assert not symmetric_kl(RAW, RAW).any()
    with pytest.raises(NotFound, match="mean"):
        symmetric_kl(RAW, NOISY, "maen")


def test_symmetric_kl_is_never_negative():
    rng = torch.Generator().manual_seed(0)
    p, q = (20 * torch.randn(500, 11, generator=rng) for _ in range(2))
    assert float(symmetric_kl(p, q).min()) >= 0
    assert bool(symmetric_kl(p, q).isfinite().all())


U, H = 0.0442889, 0.8614001


@pytest.mark.parametrize(
    ("a", "b_v", "b_e", "raw", "noisy"),
    [
        (1.0, 0.044289, 0.344560, 1.344560, 1.388849),
        (-0.5, 0.044289, 0.25, -0.25, -0.205711),
        (0.0, 0, 0, 0, 0),
        (2.0, 0.044289, 0.344560, 2.344560, 2.388849),
    ],
)
def test_table_of_shaped_advantages(a, b_v, b_e, raw, noisy):
    log_q = torch.log_softmax(NOISY, -1)
    u, h = symmetric_kl(RAW, NOISY), -(log_q.exp() * log_q).sum(-1)
    assert h[0].tolist() == pytest.approx([1.0296530, 0.6931472], abs=1e-7)
    mask = torch.ones_like(u)
    u, h = row_mean(u, mask)[:, :1], row_mean(h, mask)[:, :1]
    assert (float(u), float(h)) == pytest.approx((U, H), abs=1e-7)
    advantage = torch.tensor([[a]], dtype=torch.float64)
    assert float(capped_bonus(u, advantage, 1.0, 2.0)) == pytest.approx(b_v, abs=1e-6)
    assert float(capped_bonus(h, advantage, 0.4, 2.0)) == pytest.approx(b_e, abs=1e-6)
    for perturbed, expected in ((False, raw), (True, noisy)):
        rows = paired(u, torch.tensor([perturbed]), h)
        hooks = dataclasses.replace(build("grpo+vogue"), advantage=lambda rows, reward: advantage)
        assert float(token_advantages(rows, hooks, {})) == pytest.approx(expected, abs=1e-6)


def paired(u, perturbed, h, mask=None, reward=None, group=None):
    n, width = u.shape
    ids = torch.zeros(n, width, dtype=torch.long)
    reward = torch.zeros(n, dtype=u.dtype) if reward is None else reward
    group = torch.zeros(n, dtype=torch.long) if group is None else group
    mask = torch.ones_like(u) if mask is None else mask
    return PairedRows(group, ids, mask, reward, reward > 0, entropy=h, perturbed=perturbed, uncertainty=u)


def batch(seed=0, n=24, width=5):
    rng = torch.Generator().manual_seed(seed)
    u, h = (torch.rand(n, width, generator=rng, dtype=torch.float64) for _ in range(2))
    mask = (torch.arange(width) < torch.randint(1, width + 1, (n, 1), generator=rng)).double()
    reward = (torch.rand(n, generator=rng) < 0.4).double()
    perturbed = torch.rand(n, generator=rng) < 0.5
    return paired(u * mask, perturbed, h * mask, mask, reward, torch.arange(n) // 4)


@pytest.mark.parametrize("settings", ["", ":response=true"])
def test_rows_may_be_permuted_padded_and_split(settings):
    rows, hooks = batch(), build("grpo+vogue" + settings)
    whole = token_advantages(rows, hooks, {})
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(1))
    assert torch.equal(token_advantages(rows.select(order), hooks, {}), whole[order])
    parts = [token_advantages(rows.select(part), hooks, {}) for part in torch.arange(24).split(8)]
    assert torch.allclose(torch.cat(parts), whole, atol=1e-15)
    wide = rows.with_width(9)
    wide = dataclasses.replace(wide, uncertainty=torch.nn.functional.pad(rows.uncertainty, (0, 4)))
    assert torch.equal(token_advantages(wide, hooks, {})[:, :5], whole)


def test_sign_never_flips_and_dead_groups_get_nothing():
    rows = batch()
    huge = dataclasses.replace(rows, uncertainty=1e9 * rows.uncertainty, entropy=1e9 * rows.entropy)
    plain = token_advantages(rows, build("grpo"), {})
    shaped = token_advantages(huge, build("grpo+vogue"), {})
    assert bool((shaped * plain >= 0).all())
    assert bool((shaped >= plain).all())
    assert not shaped[plain == 0].any()


def test_neutral_settings():
    """No bonus is GRPO; no noise, or only plain rows, is GRPO with the entropy bonus."""
    rows = batch()
    assert torch.equal(
        token_advantages(rows, build("grpo+vogue:alpha_v=0,alpha_e=0"), {}),
        token_advantages(rows, build("grpo"), {}),
    )
    entropy = token_advantages(rows, build("grpo+vogue:alpha_v=0"), {})
    for quiet in (
        dataclasses.replace(rows, uncertainty=0 * rows.uncertainty),
        dataclasses.replace(rows, perturbed=torch.zeros(24, dtype=torch.bool)),
    ):
        assert torch.equal(token_advantages(quiet, build("grpo+vogue"), {}), entropy)


def test_rows_of_one_view_are_refused():
    r = batch()
    one = Rows(r.group_id, r.ids, r.mask, r.reward, r.correct, entropy=r.entropy)
    with pytest.raises(UsageError, match="two views"):
        token_advantages(one, build("grpo+vogue"), {})
    token_advantages(one, build("grpo+vogue:alpha_v=0"), {})


def test_anneal():
    assert [Anneal("linear", 1, 0).at(t, 200) for t in (0, 50, 100, 150, 200)] == [1, 0.75, 0.5, 0.25, 0]
    assert [Anneal("two-phase", 1, 0).at(t, 10) for t in range(10)] == [1] * 5 + [0] * 5
    assert [Anneal("linear", 1, 0).at(t, 10) for t in range(10)] == pytest.approx(
        [1 - t / 10 for t in range(10)]
    )
    assert Anneal("constant", 0.5).at(7, 9) == 0.5
    assert Anneal("linear", 1, 0).at(0, 0) == 0
    with pytest.raises(NotFound, match="linear"):
        Anneal("cosine", 1).at(0, 1)  # type: ignore[arg-type]


def test_scenes_show_what_they_ask():
    import numpy as np

    scenes = digit_scenes.draw(400, np.random.default_rng(0))
    left, right = scenes.digits.T
    for question, expected in enumerate(((left + right) % 10, np.maximum(left, right), left)):
        asked = scenes.question == question
        assert (scenes.answer[asked] == expected[asked]).all()
    same = scenes.question == 3
    assert ((scenes.answer[same] == digit_scenes.YES) == (left == right)[same]).all()
    assert 0.4 < (left == right)[same].mean() < 0.7
    assert scenes.image.max(axis=(1, 2)) == pytest.approx(scenes.contrast)
    font = digit_scenes.glyphs()
    ink = (scenes.image > 0).sum(axis=(1, 2))
    assert (ink == 4 * (font[left] + font[right]).sum(axis=(1, 2))).all()
    big = digit_scenes.draw(4000, np.random.default_rng(1)).image
    assert float(big.mean()) == pytest.approx(digit_scenes.MEAN, abs=0.003)
    assert float(big.std()) == pytest.approx(digit_scenes.STD, abs=0.005)
