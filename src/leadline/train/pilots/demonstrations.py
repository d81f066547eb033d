"""UniICL's two phases on key-label episodes: a base model, its frozen use, and a compressor trained over it.

B episodes, N demonstrations of L tokens, K slots each, D channels (arXiv:2405.17062, section 3).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from leadline.environments.key_labels import (
    DEMO,
    LABEL,
    LABELS,
    RARE,
    SEP,
    TOKENS,
    Array,
    Episodes,
    as_demonstration,
    episodes,
)
from leadline.train.pilots.compression import Compressor
from leadline.train.pilots.contrastive import cosines, info_nce
from leadline.train.policies.induction import InductionTransformer, freeze
from leadline.train.policies.transformer import Shape

SLOTS = 2


def base_model(
    seed: int, steps: int, *, layers: int = 2, batch: int = 32, n: int = 8
) -> InductionTransformer:
    """A model from scratch that reads labels off its context, frozen. Loss: labels whose key was shown before, and
    .02 of that of all tokens."""
    rng = np.random.default_rng([seed, 11])
    model = InductionTransformer(Shape(TOKENS, layers, 64, 4, 256, 512), seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(steps):
        drawn = episodes(rng, batch, n)
        asked = np.concatenate([drawn.query, drawn.answer[:, None], np.full((batch, 1), SEP)], 1)
        ids = torch.from_numpy(np.concatenate([drawn.demos.reshape(batch, -1), asked], 1))
        logp = torch.log_softmax(model.logits(model(ids[:, :-1])), -1).gather(-1, ids[:, 1:, None])[..., 0]
        known = shown_before(ids[:, 2::DEMO])
        loss = -(logp[:, 3::DEMO] * known).sum() / known.sum() - 0.02 * logp.mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    freeze(model)
    return model.eval()


def shown_before(keys: Tensor) -> Tensor:
    """[B, N] -> [B, N] whether a key stands earlier in its row."""
    same = keys[:, :, None] == keys[:, None, :]
    return same.tril(-1).any(-1)


def compressed(compressor: Compressor, demos: Array, slots: int = SLOTS) -> Tensor:
    """[B, N, L] demonstrations -> [B, N, K, D], each compressed alone."""
    b, n, length = demos.shape
    virtual = compressor(torch.from_numpy(demos.reshape(b * n, length)), slots)
    return virtual.view(b, n, slots, -1)


def language_loss(compressor: Compressor, drawn: Episodes, virtual: Tensor) -> Tensor:
    """Phase 1: -log P(answer | C, query) with the frozen model."""
    logits = compressor.answer_logits(virtual.flatten(1, 2), torch.from_numpy(drawn.query))
    return functional.cross_entropy(logits, torch.from_numpy(drawn.answer))


def similarities(compressor: Compressor, drawn: Episodes, *, shaped: bool = True) -> Tensor:
    """[B, N] cosines of pooled vectors. `shaped`: the query is given a demonstration's shape before it is compressed,
    so that its slots see it at the same offsets."""
    asked = as_demonstration(drawn.query) if shaped else drawn.query
    query = compressor(torch.from_numpy(asked), SLOTS)
    pool = compressor.pooled(compressed(compressor, drawn.demos))
    return cosines(compressor.pooled(query)[:, None], pool)[:, 0]


def choice_loss(
    compressor: Compressor, drawn: Episodes, *, shaped: bool = True, temperature: float = 0.1
) -> Tensor:
    """L_ctr with every other candidate as negative; the positive is the one that shows the query's key (oracle
    labels; `perplexities` gives those of the frozen model)."""
    found = similarities(compressor, drawn, shaped=shaped)
    return info_nce(found, torch.from_numpy(drawn.match.argmax(1)), temperature).mean()


def train(compressor: Compressor, loss: Callable[[], Tensor], steps: int, lr: float = 1e-2) -> None:
    """Adam from lr to a twentieth of it, linearly."""
    optimizer = torch.optim.Adam(compressor.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, max(1, steps))
    for _ in range(steps):
        value = loss()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        schedule.step()


@torch.no_grad()
def answered(logits: Tensor, answer: Array) -> float:
    """Share of episodes whose most likely label is right: the option of lowest perplexity."""
    best = logits[:, LABEL : LABEL + LABELS].argmax(-1) + LABEL
    return float((best == torch.from_numpy(answer)).float().mean())


@torch.no_grad()
def plain_accuracy(model: InductionTransformer, drawn: Episodes, budget: int | None = None) -> float:
    """Accuracy with the demonstrations as text; `budget` keeps the last positions only (plain truncation)."""
    ids = np.concatenate([drawn.demos.reshape(len(drawn.query), -1), drawn.query], 1)
    ids = ids if budget is None else ids[:, -budget:]
    return answered(model.logits(model(torch.from_numpy(ids))[:, -1]), drawn.answer)


@torch.no_grad()
def virtual_accuracy(compressor: Compressor, drawn: Episodes, *, shift: int = 0, slots: int = SLOTS) -> float:
    """Accuracy with virtual demonstrations; `shift` gives every episode those of another."""
    virtual = compressed(compressor, np.roll(drawn.demos, shift, 0), slots).flatten(1, 2)
    return answered(compressor.answer_logits(virtual, torch.from_numpy(drawn.query)), drawn.answer)


@torch.no_grad()
def hit_rate(compressor: Compressor, drawn: Episodes, *, shaped: bool = True) -> float:
    """Share of episodes in which the nearest candidate is the matching one."""
    best = similarities(compressor, drawn, shaped=shaped).argmax(1).numpy()
    return float(drawn.match[np.arange(len(best)), best].mean())


@torch.no_grad()
def selected_accuracy(compressor: Compressor, drawn: Episodes, scores: Tensor, m: int = 2) -> float:
    """Accuracy with the m virtual demonstrations of highest score [B, N], the best next to the query."""
    chosen = torch.argsort(-scores, dim=1, stable=True)[:, :m].flip(1).numpy()
    demos = np.take_along_axis(drawn.demos, chosen[..., None], 1)
    virtual = compressed(compressor, demos).flatten(1, 2)
    return answered(compressor.answer_logits(virtual, torch.from_numpy(drawn.query)), drawn.answer)


@torch.no_grad()
def perplexities(model: InductionTransformer, drawn: Episodes) -> tuple[Tensor, Tensor]:
    """Perplexity of the gold answer after the query alone [B], and after a candidate as text and the query [B, N]."""
    b, n, _ = drawn.demos.shape
    query, answer = torch.from_numpy(drawn.query), torch.from_numpy(drawn.answer)
    pairs = torch.cat([torch.from_numpy(drawn.demos), query[:, None].expand(b, n, -1)], -1).flatten(0, 1)

    def of(ids: Tensor, gold: Tensor) -> Tensor:
        logp = torch.log_softmax(model.logits(model(ids)[:, -1]), -1)
        return torch.exp(-logp.gather(1, gold[:, None])[:, 0])

    return of(query, answer), of(pairs, answer.repeat_interleave(n)).view(b, n)


def new_compressor(model: InductionTransformer, seed: int) -> Compressor:
    """Starts from the identity with a little noise, so that seeds differ."""
    compressor = Compressor(model, RARE)
    noise = torch.randn(compressor.project.weight.shape, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        compressor.project.weight += 0.02 * noise
    return compressor
