"""The worked numbers of Reasoning Palette, and prefixes: none is none, and what was sampled is what is scored."""

import dataclasses

import numpy as np
import pytest
import torch

from leadline.environments import ring_ops
from leadline.systems.reasoning_palette import family, greedy
from leadline.train.anneal import Anneal
from leadline.train.hooks import token_advantages
from leadline.train.objectives import build
from leadline.train.pilots.latents import (
    EmbeddingVAE,
    PaletteTurn,
    first_of_each,
    gaussian_kl,
    guided_count,
    summary,
    vae_loss,
)
from leadline.train.policies.generate import generate
from leadline.train.policies.prefixed import PrefixRows, PrefixTransformer, distinct, generate_after, prior
from leadline.train.policies.transformer import Shape
from leadline.train.scores import fill
from leadline.train.single_turn import SingleTurn, reinforce
from leadline.train.worlds.ring_ops import VOCABULARY, puzzle, taught

torch.set_num_threads(1)


def double(*values):
    return torch.tensor(values, dtype=torch.float64)


def test_loss_of_the_autoencoder():
    mu, sigma = double(0.5, -1), double(0.8, 1.2)
    loss = vae_loss(double(0.3, -0.2), double(0.1, 0), mu, sigma)
    assert float(loss.reconstruction) == pytest.approx(0.08, abs=1e-12)
    assert float(loss.kl) == pytest.approx(0.7058219945, abs=1e-10)
    assert float(loss.reconstruction + 0.1 * loss.kl) == pytest.approx(0.1505821995, abs=1e-10)
    terms = [float(gaussian_kl(mu[i : i + 1], sigma[i : i + 1])) for i in range(2)]
    assert terms == pytest.approx([0.168144, 0.537678], abs=1e-6)
    assert float(gaussian_kl(double(0, 0), double(1, 1))) == 0
    normal = torch.distributions.Normal
    exact = torch.distributions.kl_divergence(normal(mu, sigma), normal(double(0, 0), double(1, 1)))
    assert float(loss.kl) == pytest.approx(float(exact.sum()), abs=1e-12)


def test_guided_rollouts_of_a_group():
    two, linear = Anneal("two-phase", 1, 0), Anneal("linear", 1, 0)
    assert [guided_count(two.at(t, 10), 8) for t in range(10)] == [8] * 5 + [0] * 5
    assert [guided_count(linear.at(t, 10), 8) for t in range(10)] == [8, 7, 6, 5, 4, 4, 3, 2, 1, 0]
    flags = first_of_each(torch.tensor([7, 7, 7, 7, 2, 2]), 0.5)
    assert flags.tolist() == [True, True, False, False, True, False]


def model(seed=0, scale=6.0):
    policy = PrefixTransformer(Shape(VOCABULARY, layers=2, channels=16, heads=2, inner=32, context=16), seed)
    with torch.no_grad():
        for weight in policy.parameters():
            weight.mul_(scale if weight.dim() == 2 else 1)
    return policy


def vectors(n, length, seed=0, channels=16):
    return torch.randn(n, length, channels, generator=torch.Generator().manual_seed(seed))


IDS = torch.arange(2, 14).view(2, 6)


def test_no_prefix_is_no_prefix():
    policy = model()
    assert torch.equal(policy.after(vectors(2, 0), IDS), policy(IDS))
    game = puzzle()
    rows = game.rollouts(policy, [0, 0, 5], torch.Generator().manual_seed(0))
    fields = {f.name: getattr(rows, f.name) for f in dataclasses.fields(rows)}
    same = PrefixRows(**fields, prefix=vectors(3, 4), prefixed=torch.zeros(3, dtype=torch.bool))
    assert torch.equal(policy.score(same).logp, policy.score(rows).logp)


def test_a_prefix_is_seen_by_every_token():
    policy = model()
    a, b = (policy.after(vectors(2, 3, seed), IDS) for seed in (0, 1))
    assert bool(((a - b).abs().amax(-1) > 1e-3).all())
    order = [2, 0, 1]
    moved = policy.after(vectors(2, 3, 0)[:, order], IDS)
    assert not torch.allclose(moved, a, atol=1e-3)  # its vectors are read in order: the layers are causal


def test_tokens_do_not_look_ahead():
    policy = model()
    longer = torch.cat([IDS, IDS.flip(1)], 1)
    prefix = vectors(2, 3)
    assert torch.allclose(policy.after(prefix, longer)[:, :6], policy.after(prefix, IDS), atol=1e-5)


@pytest.mark.parametrize("length", [1, 8])
def test_generation_with_a_cache_is_what_scoring_says(length):
    policy, game = model(), puzzle()
    prefix = vectors(20, length)
    asked = game.prompts[:20]
    made = generate_after(policy, prefix, asked.tolist(), 6, torch.Generator().manual_seed(1))
    n, fresh = 20, torch.zeros(asked.shape)
    rows = PrefixRows(
        torch.arange(n), torch.cat([asked, made.ids], 1), torch.cat([fresh, made.mask], 1), torch.zeros(n),
        torch.zeros(n, dtype=torch.bool), prefix=prefix, prefixed=torch.ones(n, dtype=torch.bool),
    )  # fmt: skip
    scores = policy.score(rows, frozenset({"entropy"}))
    assert float((scores.logp[:, 2:] - made.logp).abs().max()) < 1e-5
    assert float((scores.entropy[:, 2:] - made.entropy).abs().max()) < 1e-5
    assert len(set(map(tuple, made.ids.tolist()))) > 10


def test_generation_behind_nothing_is_generation():
    policy, asked = model(scale=3.0), puzzle().prompts[:40].tolist()
    mine = generate_after(policy, vectors(40, 0), asked, 6, torch.Generator().manual_seed(3))
    theirs = generate(policy, asked, 6, torch.Generator().manual_seed(3), stop=())
    assert float((mine.ids == theirs.ids).float().mean()) > 0.99  # a draw on the edge may fall to either side
    greedy = [
        generate_after(policy, vectors(40, 0), asked, 6, torch.Generator(), greedy=True).ids for _ in range(2)
    ]
    assert torch.equal(*greedy)
    assert torch.equal(greedy[0], generate(policy, asked, 6, torch.Generator(), stop=(), greedy=True).ids)


def test_prior():
    rng = torch.Generator().manual_seed(0)
    tiled = prior(5, 4, 3, rng, tiled=True)
    assert tiled.shape == (5, 4, 3)
    assert bool((tiled == tiled[:, :1]).all())
    free = prior(2000, 4, 3, rng)
    assert float(free.mean()) == pytest.approx(0, abs=0.03)
    assert float(free.std()) == pytest.approx(1, abs=0.03)


def palette_turn(share, length=3):
    game = puzzle()
    vae = EmbeddingVAE(16, 4, 8)
    return PaletteTurn(game.prompts, game.max_new, game.verify, vae, Anneal("constant", share), 10, length)


def palette(policy, share, which, length=3):
    turn = palette_turn(share, length)
    return turn.rollouts(policy, which, torch.Generator().manual_seed(0)), turn


def test_mixed_groups_are_scored_as_they_were_sampled():
    policy, which = model(), [3] * 8 + [9] * 8
    rows, _ = palette(policy, 0.5, which)
    assert rows.prefixed.tolist() == ([True] * 4 + [False] * 4) * 2
    rows = fill(rows, policy, frozenset({"entropy"}), micro_rows=5)  # any split of the batch
    assert float((rows.logp_old - rows.logp_roll).abs().max()) < 1e-5
    order = torch.randperm(16, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(policy.score(rows.select(order)).logp, rows.logp_old[order], atol=1e-5)
    assert torch.allclose(policy.score(rows.with_width(11)).logp[:, :8], rows.logp_old, atol=1e-5)
    swapped = dataclasses.replace(rows, prefixed=~rows.prefixed)
    assert float((policy.score(swapped).logp - rows.logp_old).abs().sum(1).min()) > 1e-3


@dataclasses.dataclass
class Delayed(SingleTurn):
    """The plain puzzle, after as many normal numbers were drawn as the palette's latents take."""

    latents: int

    def rollouts(self, policy, which, rng, **settings):
        prior(len(which), self.latents, 4, rng)
        return super().rollouts(policy, which, rng, **settings)


def assert_same_rows(mine, theirs):
    """Every tensor that the plain rows have, bit for bit."""
    for field in ("group_id", "ids", "mask", "reward", "correct", "prompt_id", "logp_roll"):
        assert torch.equal(getattr(mine, field), getattr(theirs, field)), field


@pytest.mark.parametrize("length", [0, 8])
def test_without_guided_rollouts_it_is_grpo(length):
    """Share 0: the same rows, scores and advantages, and bit for bit the same network after three updates."""
    plain, guided = model(1, scale=2.0), model(1, scale=2.0)
    game = puzzle()
    baseline = Delayed(game.prompts, game.max_new, lambda which, ids: ids[:, 0] % 2 == 0, length)
    turn = palette_turn(0.0, length)
    turn.verify = baseline.verify  # a coin that both can win: an untrained model is never right
    hooks, which = build("grpo:entropy_coef=.1"), [4] * 6 + [7] * 6
    rows, mine = (kind.rollouts(plain, which, torch.Generator().manual_seed(0)) for kind in (baseline, turn))
    assert_same_rows(mine, rows)
    assert not mine.prefixed.any()
    rows, mine = fill(rows, plain, hooks.needs), fill(mine, plain, hooks.needs)
    assert torch.equal(rows.logp_old, mine.logp_old)
    advantages = token_advantages(rows, hooks, {})
    assert torch.equal(advantages, token_advantages(mine, hooks, {}))
    assert float(advantages.abs().max()) > 0
    before = [p.clone() for p in plain.parameters()]
    for policy, kind in ((plain, baseline), (guided, turn)):
        reinforce(policy, kind, hooks, range(9), n=8, batch=2, steps=3, lr=1e-2, seed=0)
    for old, a, b in zip(before, plain.parameters(), guided.parameters(), strict=True):
        assert not torch.equal(old, a)
        assert torch.equal(a, b)


def test_guided_rollouts_behind_no_vector_are_plain_ones():
    """Share 1 and L = 0: rows marked as prefixed are scored, and move the network, as rows without a mark.

    The former go through the layers one by one, the latter through the compiled trunk: equal but for rounding."""
    plain, guided = model(1), model(1)
    rows, _ = palette(plain, 1.0, [4] * 6, length=0)
    assert rows.prefixed.all()
    unmarked = dataclasses.replace(rows, prefixed=torch.zeros_like(rows.prefixed))
    scores = [policy.score(some).logp for policy, some in ((plain, unmarked), (guided, rows))]
    assert float((scores[0] - scores[1]).detach().abs().max()) < 1e-5
    for score in scores:
        (score * rows.mask).sum().backward()
    for a, b in zip(plain.parameters(), guided.parameters(), strict=True):
        assert torch.allclose(a.grad, b.grad, atol=1e-4, rtol=1e-4)


def test_greedy_answers_behind_no_latents_are_the_plain_ones():
    policy, which = model(scale=3.0), np.array([3, 9, 40])
    found = greedy(policy, EmbeddingVAE(16, 4, 8), which, 0, seed=5)
    game = puzzle()
    plain = generate(policy, game.prompts[which].tolist(), 6, torch.Generator(), stop=(), greedy=True)
    right = float(game.verify(torch.as_tensor(which), plain.ids).float().mean())
    assert found == (right, right, 1.0)


def test_autoencoder_learns_and_decodes_to_the_scale_of_embeddings():
    table = 0.02 * torch.randn(VOCABULARY, 16, generator=torch.Generator().manual_seed(0))
    rng = np.random.default_rng(0)
    which = rng.integers(len(ring_ops.prompts()), size=400)
    found = [ring_ops.solutions(*ring_ops.prompts()[i]) for i in which]
    symbols = [f[rng.integers(len(f))] for f in found]
    h = summary(table, taught(which, symbols).ids)
    vae = EmbeddingVAE(16, 8, 32)
    vae.fit(h, steps=300, seed=0)
    centred = h - h.mean(0)
    mu, _ = vae.encode(h)
    left = (vae.decode(mu) - h).square().sum() / centred.square().sum()
    assert float(left) < 0.6
    made = vae.decode(prior(500, 1, 8, torch.Generator().manual_seed(1))).norm(dim=-1)
    assert float(made.mean()) == pytest.approx(float(h.norm(dim=-1).mean()), rel=0.35)
    assert float(made.max()) < float(table.norm(dim=-1).max())
    assert not any(p.requires_grad for p in vae.parameters())
    # The order of tokens is lost.
    assert torch.allclose(summary(table, IDS.flip(1)), summary(table, IDS), atol=1e-7)


def test_families_and_distinct_answers():
    start = np.zeros(3, int)
    answers = ring_ops.executed(start, np.array([[0, 1, 2], [0, 3, 2], [3, 5, 0]]))
    assert family(answers).tolist() == [0, 1, 2]
    answers = torch.tensor([[1, 2], [1, 3], [1, 2], [1, 2]])
    assert distinct(answers, torch.tensor([0, 0, 1, 1])) == 1.5
