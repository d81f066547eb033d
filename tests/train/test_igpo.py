"""The worked numbers of IGPO, masked diffusion with pinned tokens, and what the update counts."""

import dataclasses
import itertools
import math

import pytest
import torch

from leadline.errors import NotFound
from leadline.train import kl
from leadline.train.advantages import mean_only
from leadline.train.inpainting import (
    Hints,
    InpaintTurn,
    chunks,
    entropy_filter,
    hidden_count,
    pinned_answer,
    placed,
    stretch,
)
from leadline.train.losses import sequence_ratio
from leadline.train.objectives import build
from leadline.train.objectives.igpo import kept, sequence_loss
from leadline.train.policies.masked_diffusion import (
    MaskedDiffusionLM,
    denoising_loss,
    diffusion_sample,
    reveal_counts,
)
from leadline.train.policies.transformer import Shape
from leadline.train.scores import fill
from leadline.train.single_turn import reinforce
from leadline.train.worlds.ring_ops import VOCABULARY, puzzle

torch.set_num_threads(1)
NEW, OLD, REF = (
    torch.tensor([row], dtype=torch.float64)
    for row in ([-1, -0.5, -2.0], [-1.2, -0.4, -1.7], [-1.1, -0.6, -1.9])
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_advantages_of_a_rescued_group():
    for right, expected in ((2, [0.75] * 2 + [-0.25] * 6), (4, [0.5] * 4 + [-0.5] * 4)):
        reward = torch.tensor([1.0] * right + [0.0] * (8 - right), dtype=torch.float64)
        assert mean_only(reward, torch.zeros(8, dtype=torch.long)).tolist() == pytest.approx(
            expected, abs=1e-12
        )


def test_gradient_of_a_rescued_group_is_largest_when_half_is_replaced():
    """g = rho (1 - rho) (g_correct - g_wrong) with A = r - mean, as the mean over the group."""
    for right, factor in ((1, 0.109375), (2, 0.1875), (4, 0.25), (6, 0.1875)):
        reward = torch.tensor([1.0] * right + [0.0] * (8 - right), dtype=torch.float64)
        gradient = torch.where(reward > 0, 3.0, 1.0).double()  # of a correct and of a wrong answer
        advantage = mean_only(reward, torch.zeros(8, dtype=torch.long))
        assert float((advantage * gradient).mean()) == pytest.approx(factor * (3.0 - 1.0), abs=1e-12)
        assert factor == right / 8 * (1 - right / 8)


def test_mixing_a_right_answer_in_costs_at_most_its_surprise():
    """KL(pi_alpha || pi) <= -alpha log pi(o*) for pi_alpha = (1 - alpha) pi + alpha delta(o*)."""
    p = torch.softmax(2 * torch.randn(50, 9, generator=rng(), dtype=torch.float64), -1)
    for alpha in (0.05, 0.3, 0.9):
        mixed = (1 - alpha) * p
        mixed[:, 0] += alpha
        divergence = (mixed * (mixed / p).log()).sum(-1)
        assert bool((divergence <= -alpha * p[:, 0].log() + 1e-12).all())


def test_ratio_of_the_answer_and_k3():
    mask = torch.ones_like(NEW)
    assert float(sequence_ratio(NEW, OLD, mask)) == pytest.approx(0.935507, abs=1e-6)
    assert (NEW - OLD).exp()[0].tolist() == pytest.approx([1.221403, 0.904837, 0.740818], abs=1e-6)
    assert kl.reverse(NEW, REF)[0].tolist() == pytest.approx([0.004837, 0.004837, 0.005171], abs=1e-6)
    plus, minus = (sequence_loss(NEW, OLD, torch.full_like(NEW, a), mask) for a in (1.0, -1.0))
    assert plus[0].tolist() == pytest.approx([-0.935507] * 3, abs=1e-6)
    assert minus[0].tolist() == pytest.approx([0.935507] * 3, abs=1e-6)
    assert sequence_loss(NEW + 1, NEW, torch.ones_like(NEW), mask)[0].tolist() == pytest.approx([-1.2] * 3)


def test_scale_and_placement():
    assert [stretch(n, room) for n, room in ((100, 256), (200, 256), (300, 256), (60, 64))] == [
        1.5,
        1.13,
        1.0,
        1.0,
    ]
    shown = [(0, 5), (12, 18), (30, 36)]
    assert placed(shown, 1.5, 226) == [(0, 5), (15, 21), (39, 45)]
    assert placed(shown, 1.0, 226) == shown
    assert placed(shown, 1.5, 41) == [(0, 5), (15, 21), (39, 41)]
    assert placed(shown, 1.5, 30) == [(0, 5), (15, 21)]
    assert placed([(0, 5), (305, 310)], 1.0, 500) == [(0, 5), (105, 110)]  # a gap of 100 at most


def test_chunks_follow_each_other_and_drop_a_short_end():
    for seed in range(30):
        found = chunks(43, Hints(), rng(seed))
        assert found[0][0] == 0
        assert all(b[0] == a[1] for a, b in itertools.pairwise(found))
        assert all(5 <= end - start <= 10 for start, end in found)
        assert 43 - found[-1][1] < 5
    assert hidden_count(10, 0.37) == 6
    assert chunks(4, Hints(), rng()) == []


def test_entropy_filter_keeps_the_uncertain_fifth():
    for n, expected in ((1, 1), (4, 1), (5, 1), (9, 1), (10, 2), (23, 4)):
        pinned = torch.zeros(1, 30, dtype=torch.bool)
        pinned[0, 3 : 3 + n] = True
        entropy = torch.rand(1, 30, generator=rng(n), dtype=torch.float64)
        found = entropy_filter(pinned, entropy, 0.2)
        assert int(found.sum()) == expected
        assert not bool((found & ~pinned).any())
        assert float(entropy[found].min()) >= float(entropy[pinned & ~found].max()) if n > 1 else True
    assert not entropy_filter(torch.zeros(2, 5, dtype=torch.bool), torch.rand(2, 5, generator=rng())).any()
    whole = torch.ones(2, 5, dtype=torch.bool)
    assert torch.equal(entropy_filter(whole, torch.rand(2, 5, generator=rng()), 1.0), whole)


def test_the_final_result_is_never_shown():
    trace, hints = torch.arange(10, 16), Hints(1, 2, reserve=0)
    seen = set()
    for seed in range(60):
        answer, pinned = pinned_answer(trace, 6, 0.9, hints, rng(seed))
        assert not pinned[-1]
        assert torch.equal(answer[pinned], trace[pinned])  # a trace as long as the answer stays in place
        seen |= set(pinned.nonzero()[:, 0].tolist())
    assert seen == {0, 1, 2, 3, 4}
    assert not pinned_answer(trace, 6, 0.0, hints, rng())[1].any()


def model(seed=0):
    policy = MaskedDiffusionLM(
        Shape(VOCABULARY + 1, layers=2, channels=16, heads=2, inner=32, context=16), seed
    )
    with torch.no_grad():
        for weight in policy.parameters():
            weight.mul_(6 if weight.dim() == 2 else 1)
    return policy


def test_reveal_counts():
    assert reveal_counts(7, 3) == [3, 2, 2]
    assert reveal_counts(6, 6) == [1] * 6
    assert reveal_counts(2, 4) == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("steps", "block", "temperature"), [(6, None, 1.0), (6, 3, 1.0), (3, 2, 0.0), (4, None, 0.7)]
)
def test_pinned_tokens_stay_and_no_mask_is_left(steps, block, temperature):
    policy, prompts = model(), puzzle().prompts[:16]
    answer = torch.randint(2, VOCABULARY, (16, 6), generator=rng(1))
    pinned = torch.rand(16, 6, generator=rng(2)) < 0.4
    made = diffusion_sample(
        policy, prompts, answer, pinned, rng(3), steps=steps, block=block, temperature=temperature
    )
    assert torch.equal(made[pinned], answer[pinned])
    assert not bool((made == policy.mask_id).any())


def test_every_position_sees_every_other():
    policy = model()
    ids = torch.randint(2, VOCABULARY, (1, 8), generator=rng())
    base = policy.read(ids)
    for place in (0, 4, 7):
        other = ids.clone()
        other[0, place] = 2 + (other[0, place] - 1) % 5
        assert bool(((policy.read(other) - base).abs().amax(-1) > 1e-6).all())


def rolled(policy, kind="inpaint", which=(0,) * 8 + (5,) * 8):
    game = puzzle()
    traces = torch.randint(2, VOCABULARY, (len(game.prompts), 6), generator=rng(9))
    turn = InpaintTurn(game.prompts, 6, game.verify, traces, kind, Hints(1, 2, reserve=0))
    return turn.rollouts(policy, list(which), rng(4)), turn


def test_mean_field_scores_do_not_depend_on_the_answer():
    policy = model()
    rows, _ = rolled(policy)
    needs = frozenset({"entropy", "logits"})
    scores = policy.score(rows, needs)
    moved = dataclasses.replace(rows, ids=torch.cat([rows.ids[:, :2], rows.ids[:, 2:].flip(1)], 1))
    assert torch.equal(policy.score(moved, needs).logits, scores.logits)
    asked = torch.cat([rows.ids[:, :2], torch.full((16, 6), policy.mask_id)], 1)
    logp = torch.log_softmax(policy.logits(policy.read(asked))[:, 2:], -1)
    assert torch.allclose(scores.logp[:, 2:], logp.gather(-1, rows.ids[:, 2:, None])[..., 0], atol=1e-6)
    assert not scores.logp[:, :2].any()


def test_padding_permutation_and_split_change_nothing():
    policy = model()
    rows, _ = rolled(policy)
    logp = policy.score(rows).logp
    assert torch.allclose(policy.score(rows.with_width(11)).logp[:, :8], logp, atol=1e-5)
    order = torch.randperm(16, generator=rng(5))
    assert torch.allclose(policy.score(rows.select(order)).logp, logp[order], atol=1e-6)
    assert torch.allclose(fill(rows, policy, frozenset(), micro_rows=3).logp_old, logp, atol=1e-6)


def test_denoising_loss_is_cross_entropy_in_expectation_over_masks():
    """With a policy of uniform logits each masked token costs log V: the mean over t is log V exactly."""
    policy = model()
    with torch.no_grad():
        policy.embedding.weight.zero_()
    rows, _ = rolled(policy, "none", [3] * 400)
    found = sum(float(denoising_loss(policy, rows, rng(seed)).detach()) for seed in range(20)) / 20
    assert found == pytest.approx(math.log(VOCABULARY), rel=0.06)


def test_only_dead_groups_are_rescued_and_at_most_four_answers():
    policy, game = model(), puzzle()
    traces = torch.randint(2, VOCABULARY, (len(game.prompts), 6), generator=rng(9))

    def verify(index, ids):
        return (index == 1) | (ids[:, 0] == traces[index, 0])

    turn = InpaintTurn(game.prompts, 6, verify, traces, "inpaint", Hints(1, 1, 0.9, 0.9, reserve=0))
    rows = turn.rollouts(policy, [0] * 8 + [1] * 8, rng(0))
    assert turn.rescues[0].after == 0
    assert turn.rescues[0].before == 0.5
    assert not rows.pinned[8:].any()
    first = rows.pinned[:8].any(1)
    assert 1 <= int(first.sum()) <= 4
    assert first.tolist() == sorted(first.tolist(), reverse=True)
    assert bool(rows.correct[:8][first].all())
    assert torch.equal(
        rows.ids[rows.pinned], torch.cat([game.prompts, traces], 1)[rows.group_id][rows.pinned]
    )
    plain, again = (dataclasses.replace(turn, kind=kind, rescues=[]) for kind in ("none", "resample"))
    assert not plain.rollouts(policy, [0] * 8, rng(0)).pinned.any()
    assert not again.rollouts(policy, [0] * 8, rng(0)).pinned.any()
    assert plain.rescues[0].before == plain.rescues[0].after


def pinned_rows():
    policy = model()
    rows, _ = rolled(policy)
    pinned = torch.zeros_like(rows.pinned)
    pinned[0, 2:7] = True
    return fill(dataclasses.replace(rows, pinned=pinned), policy, frozenset({"entropy"}))


def test_what_the_loss_counts():
    rows = pinned_rows()
    assert int(kept(rows, 0.2).sum()) == 16 * 6 - 4  # one of five given tokens, and all that was said
    assert torch.equal(kept(rows, 1.0), rows.mask)
    weights = build("igpo:tau=.2").aggregate(rows)
    assert float(weights.sum()) == pytest.approx(1, abs=1e-6)
    none = dataclasses.replace(rows, pinned=torch.zeros_like(rows.pinned))
    assert torch.equal(kept(none, 0.2), rows.mask)
    assert torch.equal(kept(rows.select(torch.arange(1)), 0.2), kept(rows, 0.2)[:1])
    with pytest.raises(NotFound, match="token"):
        build("igpo:ratio=tokens")


def test_dropped_tokens_have_no_gradient_in_the_token_variant():
    logp = NEW.clone().requires_grad_(True)
    hooks = build("igpo:ratio=token,beta=0")
    loss = hooks.loss(logp, OLD, torch.full_like(OLD, -1), torch.ones_like(OLD))
    (loss * torch.tensor([[1.0, 0.0, 1.0]])).sum().backward()
    assert logp.grad[0, 1] == 0
    assert logp.grad[0, 0] != 0


def test_neutral_setting_is_grpo_without_std_under_the_answer_ratio():
    """No rescue and tau = 1: the update equals that of rows that know nothing of pins."""
    ends = []
    for objective in ("igpo:tau=1,beta=0,mu=2", "igpo:tau=.2,beta=0,mu=2"):
        policy, game = model(), puzzle()
        turn = InpaintTurn(game.prompts, 6, lambda index, ids: ids[:, 0] < 12, game.prompts, "none")
        reinforce(policy, turn, build(objective), range(4), n=4, batch=4, steps=2, lr=1e-2, seed=0)
        ends.append(policy.embedding.weight.detach().clone())
    assert torch.equal(*ends)
    assert not torch.equal(ends[0], model().embedding.weight)
