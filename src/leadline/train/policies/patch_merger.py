"""Eyes whose patches are merged two by two before the text reads them (Innovator-VL, arXiv:2601.19325, section 2.1).

M pictures, P x P patches, D vision width, C channels of the language model.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from leadline.train.policies.tiny_vlm import Eyes
from leadline.train.policies.transformer import Shape


class PatchMerger(nn.Module):
    """LayerNorm over D, each 2 x 2 block side by side (4D), Linear(4D, 4D), GELU, Linear(4D, C)."""

    def __init__(self, width: int, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.body = nn.Sequential(nn.Linear(4 * width, 4 * width), nn.GELU(), nn.Linear(4 * width, channels))

    def forward(self, patches: Tensor, rows: int) -> Tensor:
        """[M, rows * columns, D] in reading order -> [M, rows / 2 * columns / 2, C]."""
        grid = self.norm(patches).unflatten(1, (rows // 2, 2, -1, 2))
        blocks = grid.permute(0, 1, 3, 2, 4, 5).flatten(3).flatten(1, 2)
        out: Tensor = self.body(blocks)
        return out


class MergingEyes(Eyes):
    """[M, S, S] -> [M, (S / patch / 2)^2, C]: the picture's own layers at width D, then the merger."""

    def __init__(self, shape: Shape, channels: int, side: int, patch: int, seed: int) -> None:
        super().__init__(shape, side, patch, seed)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.merger = PatchMerger(shape.channels, channels)

    def forward(self, images: Tensor) -> Tensor:
        out: Tensor = self.merger(super().forward(images), images.shape[1] // self.patch)
        return out
