"""Shared prompts and no padding: the loss and the gradient are those of the padded rows, in float64 to 1e-12."""

import pytest
import torch

from leadline.train.policies import fused
from leadline.train.policies.packing import pack
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.rollouts import padded

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
    p = pack(ids, mask)
    hidden = policy(p.ids, p.position, p.attend)[p.predictor]
    labels = ids[:, 1:][mask[:, 1:] > 0]
    return torch.log_softmax(policy.logits(hidden), -1).gather(-1, labels[:, None])[:, 0]


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


def test_every_prompt_is_there_once_and_nothing_is_padding():
    ids = torch.tensor([[5, 6, 7, 8, 0, 0], [5, 6, 9, 9, 9, 9], [4, 3, 2, 0, 0, 0]])
    mask = torch.tensor([[0, 0, 1, 1, 0, 0], [0, 0, 1, 0, 1, 1], [0, 1, 1, 0, 0, 0]]).float()
    p = pack(ids, mask)
    assert p.ids.tolist() == [5, 6, 4, 7, 9, 9, 9, 3]
    assert p.position.tolist() == [0, 1, 0, 2, 2, 3, 4, 1]
    assert p.owner.tolist() == [0, 0, 1]
    # 7 and 8 after 6 and 7; 9, 9, 9 after 6, the second and the third 9; 3 and 2 after 4 and 3
    assert p.predictor.tolist() == [1, 3, 1, 5, 6, 2, 7]


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
