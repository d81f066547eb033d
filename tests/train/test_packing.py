"""Shared beginnings and no padding: loss and gradient are those of the padded rows, in float64 (plain torch) to 1e-12,
and to rounding in float32, where closed-form kernels compute them."""

import pytest
import torch

from leadline.errors import UsageError
from leadline.train.policies import fused
from leadline.train.policies.packing import pack, parts
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.policies.trunk import divided
from leadline.train.rows import padded
from leadline.train.threads import threads

torch.set_num_threads(1)
SHAPE = Shape(12, layers=2, channels=16, heads=2, inner=24, context=32)


def rows(seed=0, groups=3, n=4):
    """Groups that share a prompt, answers of 1 to 8 tokens, tool output with mask 0 inside some of them."""
    rng = torch.Generator().manual_seed(seed)

    def number(low, high):
        return int(torch.randint(low, high, (1,), generator=rng))

    ids, masks = [], []
    for _ in range(groups):
        prompt = torch.randint(2, 12, (number(1, 7),), generator=rng).tolist()
        for _ in range(n):
            answer = torch.randint(2, 12, (number(1, 9),), generator=rng).tolist()
            mask = [1.0] + [float(number(0, 4) > 0) for _ in answer[1:]]
            ids.append(prompt + answer)
            masks.append([0.0] * len(prompt) + mask)
    return padded(ids, torch.long), padded(masks)


def plain(policy, ids, mask):
    """[M] log probabilities from the padded rows with causal attention."""
    hidden = policy(ids[:, :-1])
    logp = torch.log_softmax(policy.logits(hidden), -1).gather(-1, ids[:, 1:, None])[..., 0]
    return logp[mask[:, 1:] > 0]


def packed(policy, ids, mask):
    labels = ids[:, 1:][mask[:, 1:] > 0]
    return torch.log_softmax(policy.logits(policy.predictors(ids, mask)), -1).gather(-1, labels[:, None])[
        :, 0
    ]


def loss_and_gradient(how, policy, ids, mask):
    weight = torch.linspace(-1, 1, int((mask[:, 1:] > 0).sum()), dtype=policy.embedding.weight.dtype)
    policy.zero_grad()
    loss = (how(policy, ids, mask) * weight).sum()
    loss.backward()
    return loss.detach(), torch.cat([p.grad.flatten() for p in policy.parameters()])


@pytest.mark.parametrize("seed", range(4))
def test_loss_and_gradient_equal_those_of_padded_rows(seed):
    policy, (ids, mask) = Transformer(SHAPE, seed=1).double(), rows(seed)
    loss, gradient = loss_and_gradient(plain, policy, ids, mask)
    again, same = loss_and_gradient(packed, policy, ids, mask)
    assert float((loss - again).abs()) < 1e-12
    assert float((gradient - same).abs().max()) < 1e-12


SIZES = {
    "vectors and halves": Shape(12, layers=2, channels=48, heads=2, inner=40, context=32),
    "odd": Shape(12, layers=3, channels=30, heads=3, inner=21, context=32),
    "one layer": Shape(12, layers=1, channels=16, heads=1, inner=64, context=32),
}


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("size", SIZES)
def test_closed_form_equals_autograd_in_float64(size, n_threads):
    """Many groups, so that blocks of tokens fill, and two threads share them."""
    ids, mask = rows(seed=5, groups=12, n=6)
    exact = Transformer(SIZES[size], seed=1).double()
    exact.embedding.weight.data *= 8  # far from uniform, so that mistakes show
    loss, gradient = loss_and_gradient(plain, exact, ids, mask)
    policy = Transformer(SIZES[size]).float()
    policy.load_state_dict(exact.state_dict())
    with threads(n_threads):
        assert len(divided(ids, mask, n_threads)) == n_threads
        again, same = loss_and_gradient(packed, policy, ids, mask)
    scale = float(gradient.abs().max())
    assert float((loss - again).abs()) < 1e-6 * float(loss.abs()) + 1e-5
    assert float((gradient - same).abs().max()) < 3e-6 * scale


def test_equal_beginnings_are_there_once_and_nothing_is_padding():
    ids = torch.tensor([[5, 6, 7, 8, 0, 0], [5, 6, 9, 9, 9, 9], [4, 3, 2, 0, 0, 0], [5, 6, 9, 9, 7, 0]])
    mask = torch.tensor(
        [[0, 0, 1, 1, 0, 0], [0, 0, 1, 0, 1, 1], [0, 1, 1, 0, 0, 0], [0, 0, 1, 1, 1, 0]]
    ).float()
    p = pack(ids, mask)
    # sorted: 4 3 | 5 6 7 | (5 6) 9 9 | (5 6 9 9) 9, each without its last token
    assert p.ids.tolist() == [4, 3, 5, 6, 7, 9, 9, 9]
    assert p.position.tolist() == [0, 1, 0, 1, 2, 2, 3, 4]
    assert (p.begin.tolist(), p.end.tolist()) == ([0, 0, 2, 4], [2, 3, 4, 5])
    assert [p.path[i, :n].tolist() for i, n in enumerate(p.end)] == [
        [0, 1],
        [2, 3, 4],
        [2, 3, 5, 6],
        [2, 3, 5, 6, 7],
    ]
    # 7 and 8 after 6 and 7; 9, 9, 9 after 6, the second and the third 9; 3 and 2 after 4 and 3; 9, 9, 7 likewise
    assert p.predictor.tolist() == [3, 4, 3, 6, 7, 0, 1, 3, 5, 6]


def test_parts_hold_every_row_once_and_are_cut_where_rows_share_nothing():
    ids = torch.tensor([[5, 6, i, 8] for i in range(2, 8)] + [[4, 6, i, 8] for i in range(2, 6)])
    mask = torch.tensor([[0, 0, 1, 1]] * 10).float()
    assert [sorted(part) for part in parts(ids, mask, 2)] == [[6, 7, 8, 9], [0, 1, 2, 3, 4, 5]]
    assert sorted(i for part in parts(ids, mask, 3) for i in part) == list(range(10))


def test_an_id_beyond_the_vocabulary_is_refused():
    with pytest.raises(UsageError, match="12 is not in the policy's vocabulary of 12"):
        Transformer(SHAPE).predictors(torch.tensor([[2, 12, 3]]), torch.tensor([[0.0, 1, 1]]))


@pytest.mark.parametrize(
    "mask", [[[0, 0, 0, 1]], [[0, 1, 0, 0]], [[0, 0, 0, 0], [0, 0, 1, 1]], [[1, 1, 1, 1]], [[0, 0, 0, 0]]]
)
def test_one_token_answers_empty_masks_and_no_prompt(mask):
    mask = torch.tensor(mask).float()
    ids = torch.arange(2, 2 + mask.numel()).view(mask.shape)
    policy = Transformer(SHAPE, seed=1).double()
    assert torch.allclose(packed(policy, ids, mask), plain(policy, ids, mask), atol=1e-12)


def test_what_stands_after_the_last_trained_token_does_not_matter():
    policy, (ids, mask) = Transformer(SHAPE, seed=1), rows()
    other = torch.where(mask.flip(1).cumsum(1).flip(1) > 0, ids, torch.full_like(ids, 11))
    prompt = mask.cumsum(1) == 0
    other = torch.where(prompt, ids, other)
    assert torch.equal(packed(policy, ids, mask), packed(policy, other, mask))


def seeded():
    return torch.Generator().manual_seed(3)


def rotary(x, w):
    angles = torch.rand(2, 70, 1, 2, generator=seeded()).repeat(1, 1, 1, 2).to(x.dtype)
    return torch.stack(fused.rotary((x * w).unflatten(-1, (3, 2, 4)), *angles))


FUSED = {
    "norm": lambda x, w: fused.norm(x, w, 1e-6),
    "swiglu": lambda x, w: fused.swiglu(x * w),
    "rotary": rotary,
}


@pytest.mark.parametrize("name", FUSED)
@pytest.mark.parametrize("n_threads", [1, 2])
def test_fused_passes_have_the_values_and_gradients_of_plain_torch_in_float64(name, n_threads):
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    found = []
    for dtype in (torch.float32, torch.float64):  # float64 is computed by torch
        x = torch.randn(70, 24, generator=seeded()).to(dtype).requires_grad_()
        w = torch.linspace(0.5, 1.5, 24).to(dtype).requires_grad_()
        out = FUSED[name](x, w)
        out.backward(torch.randn(out.shape, generator=seeded()).to(dtype))
        found.append([t.double() for t in (out.detach(), x.grad, w.grad)])
    torch.set_num_threads(before)
    for ours, theirs in zip(*found, strict=True):
        assert float((ours - theirs).abs().max()) < 1e-5 * max(1.0, float(theirs.abs().max()))
