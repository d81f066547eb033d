"""A small model that sees: patches of a picture through unmasked layers, then as a prefix before the text's tokens.

R rows, T tokens, M pictures of S x S pixels, L patches, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from leadline.train.paired import PairedRows
from leadline.train.policies.embedded import everything, scored, through
from leadline.train.policies.transformer import Shape, Transformer, causal
from leadline.train.rows import Rows
from leadline.train.scores import Scores


@dataclass(frozen=True)
class Album:
    """Pictures that rows refer to by number: not one of the rows' own tensors, so picking rows leaves it whole."""

    images: Tensor
    """[M, S, S] in [0, 1]."""


@dataclass
class PictureRows(PairedRows):
    view: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.long))
    """[R] the picture that the row is scored and trained with."""
    album: Album | None = None


class Eyes(nn.Module):
    """[M, S, S] -> [M, L, C]: square patches, learned places, unmasked layers."""

    def __init__(self, shape: Shape, side: int, patch: int, seed: int) -> None:
        super().__init__()
        self.patch = patch
        self.body = Transformer(shape, seed)
        count = (side // patch) ** 2
        rng = torch.Generator().manual_seed(seed)
        self.pixels = nn.Linear(patch * patch, shape.channels)
        self.place = nn.Parameter(0.02 * torch.randn(count, shape.channels, generator=rng))
        nn.init.normal_(self.pixels.weight, 0.0, patch**-1.0, generator=rng)
        nn.init.zeros_(self.pixels.bias)

    def forward(self, images: Tensor) -> Tensor:
        p = self.patch
        cut = images.unfold(1, p, p).unfold(2, p, p).flatten(3).flatten(1, 2)
        here = torch.zeros(cut.shape[1], dtype=torch.long)
        return through(self.body, self.pixels(cut) + self.place, here, everything)


class TinyVLM(Transformer):
    """The text's layers see all patches; patches have no position of their own in the text (RoPE at 0)."""

    def __init__(
        self, shape: Shape, seed: int = 0, *, side: int = 28, patch: int = 7, eyes: nn.Module | None = None
    ) -> None:
        """`eyes` [M, S, S] -> [M, L, C] instead of plain ones for pictures of `side`."""
        super().__init__(shape, seed)
        self.eyes = eyes or Eyes(shape, side, patch, seed + 1)

    def look(self, album: Album, view: Tensor, ids: Tensor) -> Tensor:
        """[R, T, C] hidden states of ids [R, T] beside pictures view [R]; equal rows are computed once."""
        rows, inverse = torch.unique(torch.cat([view[:, None], ids], 1), dim=0, return_inverse=True)
        seen = self.eyes(album.images[rows[:, 0]])
        x = torch.cat([seen, self.embedding(rows[:, 1:])], 1)
        before, t = seen.shape[1], ids.shape[1]
        position = torch.cat([torch.zeros(before, dtype=torch.long), torch.arange(t)])
        return through(self, x, position, causal)[inverse, before:]

    def score(self, rows: Rows, needs: frozenset[str] = frozenset()) -> Scores:
        assert isinstance(rows, PictureRows)
        assert rows.album is not None
        return scored(self, rows, self.look(rows.album, rows.view, rows.ids[:, :-1]), needs)
