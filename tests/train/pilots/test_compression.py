"""UniICL by numbers (specification, section 6); alone, in a batch and from the bank a text is the same."""

import numpy as np
import pytest
import torch

from leadline.environments.key_labels import TOKENS, episodes
from leadline.train.pilots.compression import (
    Bank,
    Compressor,
    Triple,
    fingerprint,
    label,
    n_slots,
    perplexity,
    segments,
    select,
)
from leadline.train.pilots.demonstrations import (
    compressed,
    language_loss,
    new_compressor,
    shown_before,
    train,
    virtual_accuracy,
)
from leadline.train.policies.induction import InductionTransformer, freeze
from leadline.train.policies.transformer import Shape


@pytest.fixture
def compressor():
    model = InductionTransformer(Shape(TOKENS, 2, 16, 2, 32, 128), 0)
    freeze(model)
    return new_compressor(model, 1)


def test_parameters_that_learn():
    for width, expected in ((64, 4_160), (4096, 16_781_312)):
        model = InductionTransformer(Shape(8, 0, width, 4, 8, 8), 0)
        assert sum(p.numel() for p in Compressor(model, 3).parameters()) == expected


def test_slots_and_segments():
    assert [n_slots(length) for length in (512, 100, 18, 7)] == [43, 8, 2, 1]
    assert 64 * n_slots(300) == 1_600
    assert [len(piece) for piece in segments(1100)] == [512, 512, 76]


def test_virtual_tokens_are_w_times_h(compressor):
    project = torch.nn.Linear(2, 2, bias=False)
    project.weight.data = torch.tensor([[2.0, 0], [1, 1]])
    assert project(torch.tensor([3.0, -1])).tolist() == [6, 2]
    ids = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        slots = compressor.slot.expand(1, 2, -1)
        hidden = compressor.model.embedded(torch.cat([compressor.model.embedding(ids), slots], 1))
        by_hand = hidden[:, 3:] @ compressor.project.weight.T
        assert torch.allclose(compressor(ids, 2), by_hand, atol=1e-6)


def test_perplexity_and_labels():
    assert float(perplexity(torch.tensor([-0.1, -0.7, -0.4]))) == pytest.approx(1.491825, abs=1e-6)
    assert label(2.5, [2.4, 1.7, 3.1, 2.2]) == Triple(1, 2)
    assert label(1.5, [2.4, 1.7]) is None  # nothing helps: no triple


def test_selection_is_by_cosine_and_does_not_depend_on_the_order_of_the_pool():
    pool = torch.tensor([[1.0, 0], [0, 1], [3, 3], [2, 0]])
    query = torch.tensor([1.0, 0.2])
    assert select(pool, query, 3) == [0, 3, 2]  # equal ones by their number
    assert select(pool[[2, 1]], query, 1) == [0]


def test_padding_and_neighbours_change_nothing(compressor):
    texts = [[5, 9, 12], [8, 7, 6, 20, 21], [30]]
    width = max(map(len, texts))
    ids = torch.tensor([text + [0] * (width - len(text)) for text in texts])
    with torch.no_grad():
        batch = compressor(ids, 2, torch.tensor([len(text) for text in texts]))
        for row, text in enumerate(texts):
            assert torch.allclose(batch[row], compressor(torch.tensor([text]), 2)[0], atol=1e-6)
        demos = episodes(np.random.default_rng(0), 2, 4).demos
        order = [2, 0, 3, 1]
        assert torch.allclose(
            compressed(compressor, demos)[:, order], compressed(compressor, demos[:, order]), atol=1e-6
        )


def test_the_bank_compresses_once_and_again_when_weights_change(compressor):
    bank, text = Bank(compressor, ratio=3, window=8), list(range(5, 15))
    first = bank.get(text)
    assert bank.get(text) is first
    assert bank.misses == 1
    assert first.shape == (n_slots(8, 3) + n_slots(2, 3), 16)
    with torch.no_grad():
        assert torch.allclose(first[:3], compressor(torch.tensor([text[:8]]), 3)[0], atol=1e-6)
        compressor.project.weight[0, 0] += 1
    assert not torch.equal(bank.get(text), first)
    assert bank.misses == 2


def test_only_the_compressor_learns(compressor):
    before, rng = fingerprint(compressor.model), np.random.default_rng(0)
    drawn = episodes(rng, 4, 3)
    language_loss(compressor, drawn, compressed(compressor, drawn.demos)).backward()
    assert all(p.grad.abs().sum() > 0 for p in compressor.parameters())
    train(compressor, lambda: language_loss(compressor, drawn, compressed(compressor, drawn.demos)), 3)
    assert fingerprint(compressor.model) == before
    assert 0 <= virtual_accuracy(compressor, drawn) <= 1


def test_labels_count_in_the_base_model_once_their_key_was_shown():
    keys = torch.tensor([[4, 5, 4, 4, 6]])
    assert shown_before(keys).tolist() == [[False, False, True, True, False]]


def test_a_later_token_changes_nothing_before_it(compressor):
    a, b = torch.tensor([[5, 6, 7, 8]]), torch.tensor([[5, 6, 7, 30]])
    with torch.no_grad():
        assert torch.allclose(compressor.model(a)[:, :3], compressor.model(b)[:, :3])
