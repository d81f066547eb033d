"""Latents of reasoning: a variational autoencoder over mean token embeddings, whose samples become prefix vectors.

Reasoning Palette (arXiv:2512.17206, sections 3.1 to 3.4). N texts, T tokens, C channels, k the size, L their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from leadline.train.anneal import Anneal
from leadline.train.policies.generate import generate
from leadline.train.policies.prefixed import PrefixRows, PrefixTransformer, generate_after, prior
from leadline.train.single_turn import SingleTurn


class VaeLoss(NamedTuple):
    reconstruction: Tensor
    """[N] |h - h'|^2."""
    kl: Tensor
    """[N] KL(N(mu, sigma^2) || N(0, 1)) in nats."""


def gaussian_kl(
    mu: Tensor, sigma: Tensor, prior_mu: Tensor | float = 0.0, prior_sigma: Tensor | float = 1.0
) -> Tensor:
    """[...] KL(N(mu, diag sigma^2) || N(prior_mu, diag prior_sigma^2)) over the last dimension.

    >>> float(gaussian_kl(torch.zeros(3), torch.ones(3)))
    0.0
    """
    ratio = sigma / prior_sigma
    return (((mu - prior_mu) / prior_sigma).square() + ratio.square() - 1 - 2 * ratio.log()).sum(-1) / 2


def vae_loss(h: Tensor, made: Tensor, mu: Tensor, sigma: Tensor) -> VaeLoss:
    """The two terms of section 3.2, one value per text."""
    return VaeLoss((h - made).square().sum(-1), gaussian_kl(mu, sigma))


def summary(embedding: Tensor, ids: Tensor) -> Tensor:
    """[N, C] mean embedding of the tokens ids [N, T] of question and answer: their order is lost."""
    return embedding[ids].mean(1)


class EmbeddingVAE(nn.Module):
    """Encoder and decoder of one hidden layer each. Summaries are centred and scaled to unit variance inside, because
    those of a small vocabulary hardly differ; `decode` gives vectors on the embeddings' own scale.
    """

    def __init__(self, channels: int, latent: int = 16, hidden: int = 64, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.encoder = nn.Sequential(
                nn.Linear(channels, hidden), nn.SiLU(), nn.Linear(hidden, 2 * latent)
            )
            self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.SiLU(), nn.Linear(hidden, channels))
        self.latent = latent
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("scale", torch.ones(()))

    def encode(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """mu and sigma, [N, k] each."""
        mu, log_sigma = self.encoder((h - self.mean) / self.scale).chunk(2, -1)
        return mu, log_sigma.clamp(-6, 3).exp()

    def decode(self, z: Tensor) -> Tensor:
        """[..., k] -> [..., C]"""
        out: Tensor = self.decoder(z) * self.scale + self.mean
        return out

    def fit(
        self, h: Tensor, *, steps: int, beta: float = 0.01, lr: float = 2e-3, batch: int = 128, seed: int = 0
    ) -> float:
        """Adam on reconstruction + beta KL over summaries [N, C]; frozen afterwards. Returns the last loss."""
        self.mean, self.scale = h.mean(0), h.std(0).square().mean().sqrt()
        rng = torch.Generator().manual_seed(seed)
        optimizer = torch.optim.Adam(self.parameters(), lr=lr)
        loss = torch.zeros(())
        for _ in range(steps):
            some = h[torch.randint(len(h), (batch,), generator=rng)]
            mu, sigma = self.encode(some)
            z = mu + sigma * torch.randn(mu.shape, generator=rng)
            parts = vae_loss((some - self.mean) / self.scale, self.decoder(z), mu, sigma)
            loss = (parts.reconstruction + beta * parts.kl).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        self.requires_grad_(False)
        return float(loss.detach())


def guided_count(share: float, n: int) -> int:
    """How many of a group's n rollouts get a prefix: rounded down.

    >>> [guided_count(1 - t / 10, 8) for t in range(10)]
    [8, 7, 6, 5, 4, 4, 3, 2, 1, 0]
    """
    return int(share * n + 1e-9)


@dataclass
class PaletteTurn(SingleTurn):
    """A puzzle in which the first int(share n) rollouts of each group follow a prefix of `length` fresh latents."""

    vae: EmbeddingVAE
    share: Anneal
    steps: int
    length: int = 8
    rewards: list[float] = field(default_factory=list)
    """Mean reward of each call."""

    @torch.no_grad()
    def rollouts(
        self,
        policy: Any,
        which: Sequence[int],
        rng: torch.Generator,
        *,
        temperature: Any = None,
        step: int = 0,
    ) -> PrefixRows:
        index = torch.as_tensor(which)
        prefixed = first_of_each(index, self.share.at(step, self.steps))
        prefix = self.vae.decode(prior(len(index), self.length, self.vae.latent, rng))
        ids = torch.zeros(len(index), self.max_new, dtype=torch.long)
        logp = torch.zeros(len(index), self.max_new)
        for some in (prefixed, ~prefixed):
            if not bool(some.any()):
                continue
            asked = self.prompts[index[some]].tolist()
            if bool(prefixed[some][0]):
                assert isinstance(policy, PrefixTransformer)
                made = generate_after(policy, prefix[some], asked, self.max_new, rng)
            else:
                made = generate(policy, asked, self.max_new, rng, stop=())
            ids[some], logp[some] = made.ids, made.logp
        correct, none = self.verify(index, ids), torch.zeros(self.prompts[index].shape)
        self.rewards.append(float(correct.float().mean()))
        return PrefixRows(
            index, torch.cat([self.prompts[index], ids], 1), torch.cat([none, torch.ones(ids.shape)], 1),
            correct.float(), correct, prompt_id=index, logp_roll=torch.cat([none, logp], 1), prefix=prefix,
            prefixed=prefixed,
        )  # fmt: skip


def first_of_each(group: Tensor, share: float) -> Tensor:
    """[R] bool: the first int(share * n) rows of each group of n."""
    flags = torch.zeros(len(group), dtype=torch.bool)
    for value in group.unique():
        rows = (group == value).nonzero()[:, 0]
        flags[rows[: guided_count(share, len(rows))]] = True
    return flags
