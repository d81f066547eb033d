"""Contrastive losses by numbers (UniICL's specification, section 6), and the two towers."""

import pytest
import torch

from leadline.bench.drawn_scenes import draw_scenes, pictures
from leadline.train.pilots.contrastive import cosines, info_nce, symmetric


def test_numbers_of_uniicl():
    query = torch.tensor([[1.0, 0, 1], [0, 1, 1]]).mean(0)
    good = torch.tensor([[1.0, 1, 0], [1, 1, 2]]).mean(0)
    bad = torch.tensor([[-1.0, 0, 1], [0, 0, 1]]).mean(0)
    similarity = cosines(query[None], torch.stack([good, bad]))
    assert similarity[0].tolist() == pytest.approx([0.942809, 0.547723], abs=1e-6)
    loss = info_nce(similarity, torch.tensor([0]))
    assert float(torch.exp(-loss)) == pytest.approx(0.597507, abs=1e-6)
    assert float(loss) == pytest.approx(0.514990, abs=1e-6)
    assert float(info_nce(similarity, torch.tensor([0]), 0.1)) == pytest.approx(0.019055, abs=1e-6)


def test_a_gap_of_two_moves_the_loss_little_at_temperature_one():
    far = info_nce(torch.tensor([[1.0, -1.0], [0.0, 0.0]]), torch.tensor([0, 0]))
    assert far.tolist() == pytest.approx([0.126928, 0.693147], abs=1e-6)


def test_losses_do_not_depend_on_the_order():
    torch.manual_seed(0)
    similarity, order = torch.randn(5, 5), torch.randperm(5)
    assert torch.allclose(symmetric(similarity, 0.2), symmetric(similarity[order][:, order], 0.2))
    others = torch.randn(3, 4)
    moved = info_nce(others[:, [2, 0, 1, 3]], torch.tensor([1, 1, 1]))
    assert torch.allclose(info_nce(others, torch.tensor([0, 0, 0])), moved)


def test_the_judge_scores_each_pair_alone():
    import numpy as np

    from leadline.train.pilots.two_towers import PictureIndex, train_stages

    models = train_stages(0, 1, batch=8)
    rng = np.random.default_rng(0)
    images = torch.from_numpy(pictures(draw_scenes(6, rng), rng))
    ids = torch.tensor([[3, 0, 0], [4, 18, 0]])
    both = models.judge(images, ids.expand(6, 2, 3))
    alone = models.judge(images[:1], ids[None, 1:])
    assert torch.allclose(both[0, 1], alone[0, 0], atol=1e-6)
    assert models.towers(images, ids).shape == (6, 2)
    first, second = PictureIndex(models, images).search(ids[0], torch.arange(6), 4)
    assert sorted(first) == sorted(second)
    assert len(first) == 4
