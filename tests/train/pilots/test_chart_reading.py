"""Charts, the model that reads them, and packs that keep dialogues apart."""

import numpy as np
import pytest
import torch

from leadline.environments import charts as drawing
from leadline.environments.charts import HELD_OUT, STYLES, Question
from leadline.train.objectives import build
from leadline.train.pilots import charts
from leadline.train.pilots.chart_turn import draw_turns, evaluate
from leadline.train.pilots.ratio_pilot import Lines, reader
from leadline.train.policies.alphabet import END
from leadline.train.policies.patch_merger import PatchMerger
from leadline.train.policies.tiny_vlm import Album
from leadline.train.single_turn import Stale, reinforce

torch.set_num_threads(1)


def rng():
    return np.random.default_rng(0)


def test_parameters_of_the_released_merger():
    with torch.device("meta"):
        merger = PatchMerger(1024, 4096)
    assert sum(p.numel() for p in merger.parameters()) == 33_564_672


def test_the_merger_puts_neighbours_side_by_side():
    merger = PatchMerger(4, 6)
    merger.norm, merger.body = torch.nn.Identity(), torch.nn.Identity()
    patches = torch.arange(16.0)[None, :, None].expand(1, 16, 4)
    merged = merger(patches, 4)
    assert merged.shape == (1, 4, 16)
    assert merged[0, :, ::4].tolist() == [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]


def test_charts_show_their_values():
    for style in STYLES:
        drawn = drawing.draw(60, rng(), (style,), noise=0.0)
        columns = drawn.image.reshape(60, 32, 4, 8).max(3)
        inked = columns > 0
        first = np.where(inked.any(1), inked.argmax(1), 32)
        top = (32 - first) / drawing.UNIT
        # a striped bar may begin one pixel below its value
        assert np.abs(top - drawn.values).max() <= (0.5 if style == "stripes" else 0), style
        assert ((drawn.values > 0).sum(1) >= 1).all()


def test_questions_and_their_answers():
    values = np.array([3, 5, 1, 0])
    assert Question("value", 1).answer(values) == "5"
    assert Question("max").answer(values) == "5"
    assert Question("count").answer(values) == "3"
    assert Question("above", 1, 0).answer(values) == "yes"
    assert Question("above", 1, 0).words == ["above", "b", "a"]
    assert Question("max", 1, 2).words == ["max", "-", "-"]
    asked = [drawing.ask(np.array([4, 0, 0, 0]), rng()) for _ in range(20)]
    assert "above" not in {q.name for q in asked}
    assert {q.first for q in asked if q.name == "value"} <= {0}
    generator = rng()
    many = [drawing.ask(values, generator) for _ in range(200)]
    assert all(q.first < 3 for q in many if q.name in ("value", "above"))
    assert all(q.first != q.second for q in many if q.name == "above")


def test_words_round_trip():
    said = charts.response(np.array([3, 5, 0, 0]), Question("max"), think=True)
    assert charts.decode(charts.encode(said, end=True)) == "<think> 3 5 </think> <answer> 5 </answer>"
    assert len(charts.encode(said, end=True)) <= charts.MOST_NEW
    assert len(set(charts.WORDS[2:])) == len(charts.WORDS) - 2


def test_a_pack_computes_what_its_dialogues_compute_alone():
    policy, drawn = charts.model(3), drawing.draw(9, rng())
    talk, images = charts.instructed(drawn, rng()), torch.from_numpy(drawn.image)
    packs, padded = charts.packed(talk, charts.VISUAL, 128), charts.packed(talk, charts.VISUAL, 0)
    assert len(packs.ids) < len(padded.ids) == 9
    assert packs.share > padded.share
    assert packs.own.sum() == padded.own.sum() == sum(sum(d.own) for d in talk)
    losses = []
    for batch in (packs, padded):
        policy.zero_grad()
        loss = charts.pack_loss(policy, images, batch)
        loss.backward()
        losses.append(
            (loss.item(), torch.cat([p.grad.flatten() for p in policy.parameters() if p.grad is not None]))
        )
    assert losses[0][0] == pytest.approx(losses[1][0], abs=1e-5)
    assert torch.allclose(losses[0][1], losses[1][1], atol=1e-5)


def test_alignment_moves_the_merger_alone():
    policy = charts.model(0)
    before = {name: p.detach().clone() for name, p in policy.named_parameters()}
    charts.train_stage(policy, policy.eyes.merger, charts.described, 2, rng(), batch=4)
    changed = {name for name, p in policy.named_parameters() if not torch.equal(p, before[name])}
    assert changed
    assert all(name.startswith("eyes.merger.") for name in changed)


def test_answers_are_rows_that_score_as_they_were_sampled():
    policy, turn = charts.model(1), draw_turns(5, rng(), HELD_OUT)
    rows = turn.rollouts(policy, [0, 0, 3, 4], torch.Generator().manual_seed(0))
    assert rows.group_id.tolist() == [0, 0, 3, 4]
    assert torch.allclose(policy.score(rows).logp, rows.logp_roll, atol=1e-4)
    ended = (rows.ids == END) & (rows.mask > 0)
    assert (ended.sum(1) <= 1).all()
    assert isinstance(rows.album, Album)
    perfect = charts.encode(charts.response(turn.drawn.values[3], turn.questions[3], think=True), end=True)
    padded = torch.tensor([perfect + [0] * (charts.MOST_NEW - len(perfect))])
    reward, right = turn.judged(torch.tensor([3]), padded)
    assert reward.tolist() == pytest.approx([1.0])
    assert right.tolist() == [True]


def test_a_stale_sampler_follows_every_few_steps():
    policy, seen = reader(4, 0), list[tuple[torch.Tensor, torch.Tensor]]()
    stale = Stale(Lines(), 2)
    before = policy.logits.detach().clone()
    reinforce(
        policy, stale, build("innovator-vl"), range(16), n=4, batch=4, steps=4, lr=0.1, seed=0,
        watch=lambda policy, step: seen.append((stale.sampler.logits.detach(), policy.logits.detach().clone())),
    )  # fmt: skip
    samplers, policies = zip(*seen, strict=True)
    assert torch.equal(samplers[0], before)
    assert torch.equal(samplers[1], before)
    assert torch.equal(samplers[2], policies[1])
    assert torch.equal(samplers[3], policies[1])
    assert not torch.equal(policies[1], before)


def test_reading_is_measured_alike_every_time():
    policy, turn = charts.model(2), draw_turns(4, rng())
    assert evaluate(policy, turn) == evaluate(policy, turn)
