"""One frozen language model compresses, selects and uses demonstrations (UniICL, arXiv:2405.17062, section 3).

A text's tokens are followed by k slots; the last hidden states at the slots, times W_p, are its virtual tokens C. They
stand in for the text in the same model's input, and their mean is the vector by which demonstrations are chosen. W_p
and the slot's embedding learn, nothing else. B texts, L tokens, K slots, D channels.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from leadline.train.fingerprint import fingerprint
from leadline.train.pilots.contrastive import cosines
from leadline.train.policies.induction import InductionTransformer

RATIO, WINDOW = 12, 512


def n_slots(length: int, ratio: float = RATIO) -> int:
    """Virtual tokens of a text: max(1, round(L / r)). Rounding is ours, the paper's is not found; never 0.

    >>> [n_slots(length) for length in (512, 100, 18, 7)]
    [43, 8, 2, 1]
    """
    return max(1, math.floor(length / ratio + 0.5))


def segments(length: int, window: int = WINDOW) -> list[range]:
    """A long text in pieces of at most `window` tokens; each is compressed alone and the outputs are joined.

    >>> [len(piece) for piece in segments(1100)]
    [512, 512, 76]
    """
    return [range(start, min(start + window, length)) for start in range(0, length, window)]


def perplexity(logp: Tensor) -> Tensor:
    """exp(-mean log-probability) over the last dimension.

    >>> round(float(perplexity(torch.tensor([-0.1, -0.7, -0.4]))), 6)
    1.491825
    """
    return torch.exp(-logp.mean(-1))


class Triple(NamedTuple):
    """The candidate that helps most and the one that hurts most."""

    positive: int
    negative: int


def label(query_only: float, with_candidate: Sequence[float]) -> Triple | None:
    """D+ and D- by the perplexity of the gold answer, or None when no candidate beats the query alone (our rule). Needs
    the gold answer: never for test queries.

    >>> label(2.5, [2.4, 1.7, 3.1, 2.2])
    Triple(positive=1, negative=2)
    """
    order = sorted(range(len(with_candidate)), key=lambda i: (with_candidate[i], i))
    return Triple(order[0], order[-1]) if with_candidate[order[0]] < query_only else None


def select(pool: Tensor, query: Tensor, m: int) -> list[int]:
    """The m rows of pool [N, D] nearest to the query [D] by cosine, best first; equal ones by their number."""
    return torch.argsort(-cosines(query[None], pool)[0], stable=True)[:m].tolist()


class Compressor(nn.Module):
    """D * D + D parameters over a frozen model: W_p without bias, and one slot embedding, which starts from that of a
    rarely used token."""

    def __init__(self, model: InductionTransformer, rare: int) -> None:
        super().__init__()
        self.frozen = (model,)  # in a tuple: not a sub-module, so neither saved nor counted
        width = model.shape.channels
        self.slot = nn.Parameter(model.embedding.weight[rare].detach().clone())
        self.project = nn.Linear(width, width, bias=False)
        nn.init.eye_(self.project.weight)

    @property
    def model(self) -> InductionTransformer:
        return self.frozen[0]

    def forward(self, ids: Tensor, k: int, length: Tensor | None = None) -> Tensor:
        """[B, L] right-padded ids (length [B], default L) -> [B, k, D] virtual tokens.

        Slots follow the last real token, padding stands behind them: a text gives the same alone and in any batch.
        Texts are rows of their own: none attends to another.
        """
        rows, width = ids.shape
        ends = torch.full((rows,), width, device=ids.device) if length is None else length
        place = torch.arange(width + k, device=ids.device)[None]
        is_slot = (place >= ends[:, None]) & (place < ends[:, None] + k)
        tokens = self.model.embedding(functional.pad(ids, (0, k)))
        hidden = self.model.embedded(torch.where(is_slot[..., None], self.slot, tokens))
        out: Tensor = self.project(hidden[is_slot].view(rows, k, -1))
        return out

    def pooled(self, virtual: Tensor) -> Tensor:
        """[..., K, D] -> [..., D]: the vector for choosing."""
        return virtual.mean(-2)

    def answer_logits(self, virtual: Tensor, query: Tensor) -> Tensor:
        """Next-token logits [B, V] after virtual tokens [B, K, D] and the query's plain tokens [B, L]."""
        x = torch.cat([virtual, self.model.embedding(query)], 1)
        return self.model.logits(self.model.embedded(x)[:, -1])


class Bank:
    """The demonstration bank: each text is compressed once per (text, ratio, model, compressor). `misses` counts."""

    def __init__(self, compressor: Compressor, ratio: float = RATIO, window: int = WINDOW) -> None:
        self.compressor, self.ratio, self.window = compressor, ratio, window
        self.kept: dict[tuple[str, ...], Tensor] = {}
        self.misses = 0

    @torch.no_grad()
    def get(self, ids: Sequence[int]) -> Tensor:
        """Virtual tokens [K, D] of a text, by its segments."""
        weights = fingerprint(self.compressor.model), fingerprint(self.compressor)
        key = (hashlib.sha256(str(list(ids)).encode()).hexdigest(), str(self.ratio), *weights)
        if key not in self.kept:
            self.misses += 1
            pieces = [torch.tensor([[ids[i] for i in piece]]) for piece in segments(len(ids), self.window)]
            made = [self.compressor(piece, n_slots(piece.shape[1], self.ratio))[0] for piece in pieces]
            self.kept[key] = torch.cat(made)
        return self.kept[key]
