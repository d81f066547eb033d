"""Generation: log probabilities are exact, rows do not influence each other, prompts may be ragged."""

import numpy as np
import pytest
import torch

from leadline.errors import UsageError
from leadline.explore.decoding import Annealing
from leadline.train.policies import decode
from leadline.train.policies.alphabet import Alphabet
from leadline.train.policies.generate import generate, nothing, say
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.rows import Rows, padded
from leadline.train.threads import threads

torch.set_num_threads(1)
POLICY = Transformer(Shape(12, layers=2, channels=16, heads=2, inner=32, context=40), seed=2)
POLICY.embedding.weight.data *= 8  # far from uniform, so that mistakes show
PROMPTS = [[5], [6, 7, 8], [5], [2, 3, 4, 5, 6, 7]]


def rows_of(made, prompts):
    ids = [[*p, *made.ids[i][made.mask[i] > 0].tolist()] for i, p in enumerate(prompts)]
    masks = [[0.0] * len(p) + [1.0] * (len(s) - len(p)) for p, s in zip(prompts, ids, strict=True)]
    n = len(prompts)
    return Rows(torch.arange(n), padded(ids, torch.long), padded(masks), torch.zeros(n), torch.zeros(n) > 0)


@pytest.mark.parametrize(
    "temperature",
    [None, lambda t, s: torch.from_numpy(Annealing(d0=6, growth=0, cutoff=0).tau(t.numpy(), s))],
)
def test_behaviour_logprobs_equal_a_forward_over_the_whole_sequence(temperature):
    made = generate(POLICY, PROMPTS, 12, torch.Generator().manual_seed(0), temperature=temperature)
    rows = rows_of(made, PROMPTS)
    scores = POLICY.score(rows, frozenset({"logits", "entropy"}))
    for i in range(len(PROMPTS)):
        used, own = rows.mask[i] > 0, made.mask[i] > 0
        logits = scores.logits[i][used] / made.tau[i][own][:, None]
        expected = torch.log_softmax(logits, -1).gather(1, made.ids[i][own][:, None])[:, 0]
        assert torch.allclose(expected, made.logp[i][own], atol=1e-5)
        assert torch.allclose(scores.entropy[i][used], made.entropy[i][own], atol=1e-5)


@pytest.mark.parametrize(("channels", "heads", "n_threads"), [(30, 3, 1), (72, 2, 1), (72, 2, 2)])
def test_many_rows_of_one_prompt_are_exact_for_any_size_of_head(channels, heads, n_threads):
    shape = Shape(12, layers=3, channels=channels, heads=heads, inner=40, context=60)
    policy = Transformer(shape, seed=2)
    policy.embedding.weight.data *= 8
    rng = torch.Generator().manual_seed(5)
    prompts = [p for n in (1, 17, 30) for p in [torch.randint(2, 12, (n,), generator=rng).tolist()] * 23]
    with threads(n_threads):
        made = generate(policy, prompts, 20, rng)
    rows = rows_of(made, prompts)
    scores = policy.score(rows, frozenset({"entropy"}))
    assert float((scores.logp.detach()[rows.mask > 0] - made.logp[made.mask > 0]).abs().max()) < 1e-5
    assert float((scores.entropy.detach()[rows.mask > 0] - made.entropy[made.mask > 0]).abs().max()) < 1e-5


def test_tau_one_is_plain_sampling_with_the_same_generator():
    one = generate(
        POLICY, PROMPTS, 12, torch.Generator().manual_seed(1), temperature=lambda t, s: torch.ones(len(t))
    )
    plain = generate(POLICY, PROMPTS, 12, torch.Generator().manual_seed(1))
    assert torch.equal(one.ids, plain.ids)


def test_a_row_does_not_depend_on_when_its_neighbours_end():
    stopping = generate(POLICY, PROMPTS, 12, torch.Generator().manual_seed(4), stop=(1, 9))
    going = generate(POLICY, PROMPTS, 12, torch.Generator().manual_seed(4), stop=())
    for i in range(len(PROMPTS)):
        own = stopping.mask[i] > 0
        assert torch.equal(stopping.ids[i][own], going.ids[i][own])
    assert int(stopping.mask.sum()) < int(going.mask.sum())


@pytest.mark.parametrize("n_threads", [1, 2])
def test_rows_that_wait_for_a_line_say_what_they_say_alone(n_threads, monkeypatch):
    waiting = [p for p in PROMPTS for _ in range(9)]
    at_once = generate(POLICY, waiting, 12, torch.Generator().manual_seed(5), stop=(1, 9))
    monkeypatch.setattr(decode, "LINES", 4)
    monkeypatch.setattr(decode, "READ", 5)
    with threads(n_threads):
        in_turn = generate(POLICY, waiting, 12, torch.Generator().manual_seed(5), stop=(1, 9))
    assert at_once.mask.sum(1).min() < at_once.mask.sum(1).max()
    for name in ("ids", "mask", "ended", "tau"):
        assert torch.equal(getattr(at_once, name), getattr(in_turn, name))
    assert torch.allclose(at_once.logp, in_turn.logp, atol=1e-6)


def test_padding_of_a_batch_does_not_reach_a_row():
    both = generate(
        POLICY, [[5], [2, 3, 4, 5, 6, 7]], 8, torch.Generator().manual_seed(0), greedy=True, stop=()
    )
    alone = generate(POLICY, [[5]], 8, torch.Generator().manual_seed(0), greedy=True, stop=())
    assert torch.equal(both.ids[0], alone.ids[0])
    assert torch.allclose(both.logp[0], alone.logp[0], atol=1e-5)


def test_nothing_is_said_where_nothing_may_be():
    made = generate(POLICY, PROMPTS, 0, torch.Generator())
    assert made.ids.shape == (len(PROMPTS), 0)
    assert not made.ended.any()


def test_a_prompt_longer_than_the_context_is_refused():
    with pytest.raises(UsageError, match="do not fit the context of 40"):
        generate(POLICY, [[2] * 35], 10, torch.Generator())
    with pytest.raises(UsageError, match="longer than the policy's context"):
        POLICY(torch.zeros(1, 41, dtype=torch.long))


def test_drawn_frequencies_follow_the_probabilities():
    n = 100_000
    logits = torch.tensor([2.0, 1.0, 0.0]).expand(n, 3).contiguous()
    draws = torch.rand(n, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64).numpy()
    out = nothing(n, 1)
    token = say(out, np.zeros(n, int), np.arange(n), logits, np.ones(n, np.float32), draws, greedy=False)
    share = np.bincount(token, minlength=3) / n
    assert share.tolist() == pytest.approx([0.665241, 0.244728, 0.090031], abs=0.005)
    assert torch.allclose(out.logp[:, 0], torch.log_softmax(logits, -1).gather(1, out.ids)[:, 0], atol=1e-6)
    assert out.entropy[0, 0].item() == pytest.approx(0.832396, abs=1e-5)
    almost_one = np.array([[1.0 - 1e-16]])
    last = say(
        nothing(1, 1), np.zeros(1, int), np.arange(1), logits[:1], np.ones(1, np.float32), almost_one, False
    )
    assert last == [2]  # rounding cannot draw an id beyond the vocabulary


@pytest.mark.parametrize("v", [3, 16, 40, 2500])
@pytest.mark.parametrize("tau", [0.5, 1.0, 1.7])
def test_logprobs_and_entropy_are_those_of_float64_for_any_vocabulary(v, tau):
    logits = 3 * torch.randn(7, v, generator=torch.Generator().manual_seed(v))
    draws = torch.rand(7, 1, generator=torch.Generator().manual_seed(1), dtype=torch.float64).numpy()
    out = nothing(7, 1)
    say(out, np.zeros(7, int), np.arange(7), logits, np.full(7, tau, np.float32), draws, greedy=False)
    exact = torch.log_softmax(logits.double() / float(np.float32(tau)), -1)
    plain = torch.log_softmax(logits.double(), -1)
    assert torch.allclose(out.logp[:, 0].double(), exact.gather(1, out.ids)[:, 0], atol=2e-6)
    assert torch.allclose(out.entropy[:, 0].double(), -(plain.exp() * plain).sum(1), atol=2e-6)
    above = exact.exp().cumsum(1).gather(1, out.ids)[:, 0].numpy()
    assert (above > draws[:, 0] - 1e-6).all()
    assert (above - exact.exp().gather(1, out.ids)[:, 0].numpy() < draws[:, 0] + 1e-6).all()
    most = say(
        nothing(7, 1), np.zeros(7, int), np.arange(7), logits, np.ones(7, np.float32), draws, greedy=True
    )
    assert most.tolist() == logits.argmax(1).tolist()


def test_hidden_states_predict_the_token():
    made = generate(POLICY, PROMPTS, 6, torch.Generator().manual_seed(0))
    rows = rows_of(made, PROMPTS)
    scores = POLICY.score(rows, frozenset({"hidden"}))
    logp = torch.log_softmax(POLICY.logits(scores.hidden), -1).gather(-1, rows.ids[..., None])[..., 0]
    assert torch.allclose(logp[rows.mask > 0], scores.logp[rows.mask > 0], atol=1e-5)


def test_alphabet_round_trip_and_refusal():
    codec = Alphabet("ab")
    assert codec.encode("ba", end=True) == [3, 2, 1]
    assert codec.decode([3, 2, 1, 2]) == "ba"
    with pytest.raises(UsageError, match="'c'"):
        codec.encode("abc")
