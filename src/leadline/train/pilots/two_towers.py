"""Pictures and short queries: two towers whose dot product ranks, and a judge that sees both and says yes or no.

INQUIRE's two stages (arXiv:2411.02537, section 2) at the size of drawn scenes. B pictures, T tokens, F features.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from leadline.bench.drawn_scenes import (
    CELL,
    KINDS,
    TOKENS,
    draw_scenes,
    near_misses,
    pictures,
    relevant,
    true_queries,
)
from leadline.train.pilots.contrastive import cosines, symmetric

T, F = 3, 64


def eyes() -> nn.Sequential:
    """[B, 3, 18, 18] -> [B, F, 3, 3]: patches of one cell each, and two layers over every patch."""
    return nn.Sequential(nn.Conv2d(3, 128, CELL, CELL), nn.ReLU(), nn.Conv2d(128, F, 1), nn.ReLU())


class Words(nn.Module):
    """[B, T] tokens -> [B, out]: embeddings in their order, then a hidden layer."""

    def __init__(self, out: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(TOKENS, 32)
        self.body = nn.Sequential(nn.Linear(32 * T, 128), nn.ReLU(), nn.Linear(128, out))

    def forward(self, ids: Tensor) -> Tensor:
        out: Tensor = self.body(self.embedding(ids).flatten(1))
        return out


class TwoTowers(nn.Module):
    """Score of picture and query: the cosine of two vectors made apart."""

    def __init__(self) -> None:
        super().__init__()
        self.eyes, self.words = eyes(), Words(F)
        self.head = nn.Linear(9 * F, F)
        self.log_scale = nn.Parameter(torch.tensor(np.log(10.0), dtype=torch.float32))

    def look(self, image: Tensor) -> Tensor:
        """[B, F] vectors of pictures: what an index keeps."""
        out: Tensor = self.head(self.eyes(image).flatten(1))
        return out

    def forward(self, image: Tensor, ids: Tensor) -> Tensor:
        """[B, B'] cosines of every picture with every query."""
        return cosines(self.look(image), self.words(ids))


class Judge(nn.Module):
    """Log-odds of yes. The query looks at every cell through H heads; a hidden layer reads the H x 9 maps beside it."""

    def __init__(self, heads: int = 8) -> None:
        super().__init__()
        self.eyes, self.words = eyes(), Words(heads * F)
        self.head = nn.Sequential(nn.Linear(heads * 10 + 32 * T, 128), nn.ReLU(), nn.Linear(128, 1))

    def forward(self, image: Tensor, ids: Tensor) -> Tensor:
        """[B, N] for N queries of each picture, ids [B, N, T]."""
        flat = ids.flatten(0, 1)
        heads = self.words(flat).view(*ids.shape[:2], -1, F)
        maps = torch.einsum("bnhf,bfc->bnhc", heads, self.eyes(image).flatten(2)) / F**0.5
        maps = torch.cat([maps, maps.amax(-1, keepdim=True)], -1).flatten(2)
        said = self.words.embedding(ids).flatten(2)
        out: Tensor = self.head(torch.cat([maps, said], -1))[..., 0]
        return out


class Trained(NamedTuple):
    towers: TwoTowers
    judge: Judge


def train_stages(seed: int, steps: int, *, batch: int = 128, lr: float = 2e-3) -> Trained:
    """Both stages, trained on the same stream of drawn pictures with a query that is true of each.

    The towers learn from the pairs of a batch (symmetric contrastive loss); the judge from each picture with its own
    query and with the next picture's, labelled by what the scene shows.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 1])
    towers, judge = TwoTowers(), Judge()
    parameters = [*towers.parameters(), *judge.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=lr)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, steps)
    for _ in range(steps):
        scenes = draw_scenes(batch, rng)
        asked = true_queries(scenes, rng.integers(0, len(KINDS), batch), rng)
        image, ids = torch.from_numpy(pictures(scenes, rng)), torch.from_numpy(asked)
        others = [asked, near_misses(asked, rng), np.roll(asked, 1, axis=0)]
        labels = torch.from_numpy(np.stack([relevant(scenes, each) for each in others], 1)).float()
        logits = judge(image, torch.from_numpy(np.stack(others, 1)))
        loss = symmetric(towers(image, ids), torch.exp(-towers.log_scale))
        loss = loss + functional.binary_cross_entropy_with_logits(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return Trained(towers.eval(), judge.eval())


class PictureIndex:
    """Pictures [B, 3, 18, 18] with their vectors, searched in two stages."""

    @torch.no_grad()
    def __init__(self, models: Trained, images: Tensor) -> None:
        self.models, self.images, self.vectors = models, images, models.towers.look(images)

    @torch.no_grad()
    def search(self, query: Tensor, rows: Tensor, depth: int = 100) -> tuple[list[int], list[int]]:
        """Places in `rows` for a query [T]: the first `depth` by dot product, and the same in the judge's order."""
        dots = cosines(self.vectors[rows], self.models.towers.words(query[None]))[:, 0]
        order = torch.argsort(-dots, stable=True)[:depth]
        yes = self.models.judge(self.images[rows[order]], query.expand(len(order), 1, -1))[:, 0]
        return order.tolist(), order[torch.argsort(-yes, stable=True)].tolist()
