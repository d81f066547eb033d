"""Values that change hands within their groups, and nowhere else."""

import torch

from leadline.train.groups import members, shuffled

GROUP = torch.tensor([7, 2, 7, 2, 9, 7, 7])


def test_every_group_keeps_its_values():
    values = torch.arange(7.0)
    found = shuffled(values, GROUP, torch.Generator().manual_seed(0))
    for rows in members(GROUP):
        assert sorted(found[rows].tolist()) == values[rows].tolist()
    assert found[4] == 4  # alone in its group


def test_all_deals_come_up():
    rng = torch.Generator().manual_seed(1)
    deals = {tuple(shuffled(torch.arange(7.0), GROUP, rng)[GROUP == 7].tolist()) for _ in range(400)}
    assert len(deals) == 24
