"""A small assistant that proposes latents for a frozen model, and learns from what the frozen model makes of them.

After DeepLatent Reasoning (arXiv:2601.17275). Only its abstract and a reader's notes were readable: the formulas are
our completion. B prompts, K latents of a prompt, S vectors of a latent, D channels, R rows.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from leadline.train.pilots.contrastive import cosines

LOG_SIGMA = (-3.0, 1.0)


def log_density(z: Tensor, mu: Tensor, sigma: Tensor) -> Tensor:
    """[...] log N(z; mu, sigma^2) of each coordinate.

    >>> at = log_density(torch.tensor([0.5, 1.2]), torch.tensor([0.0, 1.0]), torch.tensor([1.0, 0.5]))
    >>> [round(x, 5) for x in at.tolist()]
    [-1.04394, -0.30579]
    """
    return torch.distributions.Normal(mu, sigma).log_prob(z)


def ratio_per_dimension(logp: Tensor, logp_old: Tensor) -> Tensor:
    """[R] exp of the mean over coordinates [R, ...] of logp - logp_old; the plain ratio overflows."""
    return (logp - logp_old).flatten(1).mean(1).exp()


def pull_winners(u: Tensor, winner: Tensor, loser: Tensor, tau: float = 0.5) -> Tensor:
    """Mean over winners i of -log(sum over other winners / (the same + sum over losers)) of exp(cos / tau).

    u [B, K, D], winner and loser [B, K] bool; compared within a prompt. A winner without another one, or without
    losers, adds 0.
    """
    grown = (cosines(u, u) / tau).exp()
    others = winner[:, None] & ~torch.eye(u.shape[1], dtype=torch.bool)
    good, bad = (grown * others).sum(-1), (grown * loser[:, None]).sum(-1)
    counts = winner & others.any(-1)
    terms = torch.where(counts, ((good + bad) / torch.where(counts, good, torch.ones_like(good))).log(), 0.0)
    return terms.sum() / counts.sum().clamp(min=1)


def spread_winners(u: Tensor, winner: Tensor, margin: float = 0.5) -> Tensor:
    """Mean over pairs of winners of a prompt of max(0, cos - margin)^2: winners must not become one point."""
    pairs = winner[:, None] & winner[:, :, None] & ~torch.eye(u.shape[1], dtype=torch.bool)
    return ((cosines(u, u) - margin).clamp(min=0).square() * pairs).sum() / pairs.sum().clamp(min=1)


def dual_reward(correct: Tensor, formed: Tensor, weight: float = 0.1) -> Tensor:
    """[R] 1 for a right answer, and `weight` for one of the right form."""
    return correct.float() + weight * formed.float()


def promising(values: Tensor, k: int, rng: torch.Generator, *, explore: int = 1) -> Tensor:
    """[B, k + explore] the k latents of highest value [B, G], and `explore` random others, which keep the value honest.

    True rewards exist only after decoding, so nothing else can choose. All G once k + explore reaches them.
    """
    if k + explore >= values.shape[1]:
        return torch.arange(values.shape[1]).expand(len(values), -1)
    order = values.argsort(dim=1, descending=True, stable=True)
    rest = torch.rand(len(values), values.shape[1] - k, generator=rng).argsort(1)[:, :explore]
    return torch.cat([order[:, :k], order[:, k:].gather(1, rest)], 1)


class Assistant(nn.Module):
    """Prompts [B, P] -> mean and deviation of a latent [B, S, D]; and a value head for (prompt, latent)."""

    def __init__(
        self, vocabulary: int, prompt: int, length: int, channels: int, *, hidden: int = 128, seed: int = 0
    ) -> None:
        super().__init__()
        self.length, self.channels = length, channels
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(vocabulary, hidden // 2)
            self.read = nn.Sequential(nn.Linear(prompt * hidden // 2, hidden), nn.SiLU())
            self.out = nn.Linear(hidden, 2 * length * channels)
            self.head = nn.Sequential(
                nn.Linear(hidden + length * channels, hidden), nn.SiLU(), nn.Linear(hidden, 1)
            )
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        with torch.no_grad():
            self.out.bias[length * channels :] = -0.5  # log sigma

    def features(self, prompts: Tensor) -> Tensor:
        out: Tensor = self.read(self.embedding(prompts).flatten(1))
        return out

    def forward(self, prompts: Tensor) -> tuple[Tensor, Tensor]:
        mu, log_sigma = (
            self.out(self.features(prompts)).unflatten(-1, (2, self.length, self.channels)).unbind(1)
        )
        return mu, log_sigma.clamp(*LOG_SIGMA).exp()

    def value(self, prompts: Tensor, z: Tensor) -> Tensor:
        """[R] expected reward of latents z [R, S, D]; its gradient does not reach the policy."""
        seen = torch.cat([self.features(prompts).detach(), z.flatten(1)], 1)
        out: Tensor = self.head(seen)[:, 0]
        return out


class Weights(NamedTuple):
    pull: float = 0.1
    spread: float = 0.1
    value: float = 0.5


def assistant_loss(
    assistant: Assistant, prompts: Tensor, z: Tensor, logp_old: Tensor, advantage: Tensor, reward: Tensor,
    right: Tensor, weights: Weights, *, clip: float = 0.2,
) -> Tensor:  # fmt: skip
    """prompts [B, P]; decoded latents z [B, K, S, D] with logp_old of the same shape; the rest [B, K].

    Only the assistant has a gradient: the frozen model is reached through rewards alone. The contrast acts on the
    latents as the policy would draw them again: mean + deviation * the noise that was drawn.
    """
    mu, sigma = (x[:, None] for x in assistant(prompts))
    ratio = ratio_per_dimension(log_density(z, mu, sigma).flatten(0, 1), logp_old.flatten(0, 1)).view_as(
        advantage
    )
    policy = -torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage).mean()
    drawn = mu + sigma * ((z - mu) / sigma).detach()
    u = functional.normalize(drawn.mean(2), dim=-1)
    contrast = weights.pull * pull_winners(u, right, ~right) + weights.spread * spread_winners(u, right)
    asked = prompts.repeat_interleave(z.shape[1], 0)
    error = (assistant.value(asked, z.flatten(0, 1)) - reward.flatten()).square().mean()
    return policy + contrast + weights.value * error
