"""Learning latents for a frozen model on puzzles of one turn: propose, filter, decode once, compare.

B prompts, G latents, K decoded ones, S vectors of a latent, D channels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from leadline.train.advantages import standardised
from leadline.train.descend import descend
from leadline.train.pilots.latent_policy import (
    Assistant,
    Weights,
    assistant_loss,
    dual_reward,
    log_density,
    promising,
)
from leadline.train.policies.prefixed import PrefixTransformer, generate_after
from leadline.train.single_turn import SingleTurn


class Latents(NamedTuple):
    """Settings of the search. `keep` + 1 random one of the `drawn` latents are decoded after `warm` updates."""

    drawn: int = 8
    keep: int = 8
    warm: int = 20
    weights: Weights = Weights()
    lr: float = 1e-3


def decoded(main: PrefixTransformer, game: SingleTurn, index: Tensor, z: Tensor) -> Tensor:
    """[R, N] greedy answers of the frozen model to prompts `index` behind z [R, S, D] at its embeddings' scale."""
    prefix = z * main.embedding.weight.detach().std()
    return generate_after(
        main, prefix, game.prompts[index].tolist(), game.max_new, torch.Generator(), greedy=True
    ).ids


def train_assistant(
    main: PrefixTransformer,
    assistant: Assistant,
    game: SingleTurn,
    formed: Callable[[Tensor], Tensor],
    pool: Sequence[int],
    settings: Latents,
    *,
    decodes: int,
    batch: int,
    seed: int,
) -> int:
    """Updates in place until the frozen model has decoded `decodes` answers, those that taught the value head counted.

    Returns how many it has.
    """
    optimizer = torch.optim.Adam(assistant.parameters(), lr=settings.lr)
    order, rng = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed + 1)
    used = step = 0
    while used < decodes:
        index = torch.tensor(pool)[torch.randperm(len(pool), generator=order)[:batch]]
        prompts, g = game.prompts[index], settings.drawn
        with torch.no_grad():
            mu, sigma = (x[:, None] for x in assistant(prompts))
            z = mu + sigma * torch.randn(len(index), g, *mu.shape[2:], generator=rng)
            values = assistant.value(prompts.repeat_interleave(g, 0), z.flatten(0, 1)).view(-1, g)
            picked = promising(values, g if step < settings.warm else settings.keep, rng)
            z = z[torch.arange(len(index))[:, None], picked]
            logp_old = log_density(z, mu, sigma)
        k = picked.shape[1]
        owner = index.repeat_interleave(k)
        answers = decoded(main, game, owner, z.flatten(0, 1))
        right = game.verify(owner, answers)
        reward = dual_reward(right, formed(answers))
        advantage = standardised(reward, torch.arange(len(index)).repeat_interleave(k))
        shape = (len(index), k)
        loss = assistant_loss(
            assistant, prompts, z, logp_old, advantage.view(shape), reward.view(shape), right.view(shape),
            settings.weights,
        )  # fmt: skip
        descend(loss, assistant, optimizer)
        used, step = used + len(owner), step + 1
    return used
