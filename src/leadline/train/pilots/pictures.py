"""Questions about pictures, answered by one token: sampling in two views, and exact evaluation.

P scenes in the pool, R rows, V vocabulary. Ids: 2.. are the symbols of environments.digit_scenes, then its questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from leadline.environments.digit_scenes import ANSWERS, MEAN, QUESTIONS, STD, Array, DigitScenes
from leadline.train.anneal import Anneal
from leadline.train.paired import symmetric_kl
from leadline.train.policies.tiny_vlm import Album, PictureRows, TinyVLM
from leadline.train.single_turn import SingleTurn

FIRST = 2
VOCABULARY = FIRST + ANSWERS + len(QUESTIONS)


def normalised(pixels: Array) -> Tensor:
    """[...] pixels of [0, 1] with mean 0 and deviation 1 over many scenes."""
    return torch.from_numpy((pixels.astype(np.float32) - np.float32(MEAN)) / np.float32(STD))


def noised(images: Tensor, sigma: float, rng: torch.Generator) -> Tensor:
    """Gaussian noise on normalised pixels, clipped to what a pixel can be. No flips: a 6 must not become a 9."""
    black, white = normalised(np.array([0, 1])).tolist()
    return (images + sigma * torch.randn(images.shape, generator=rng)).clamp(black, white)


def asked(scenes: DigitScenes) -> Tensor:
    """[P, 1] the prompt: one token that is the question."""
    return torch.from_numpy(scenes.question)[:, None] + FIRST + ANSWERS


def next_logits(policy: TinyVLM, images: Tensor, prompts: Tensor) -> Tensor:
    """[P, V]"""
    return policy.logits(policy.look(Album(images), torch.arange(len(images)), prompts)[:, -1])


@dataclass
class PictureTurn(SingleTurn):
    """A puzzle whose rollouts look at the plain picture or, with probability share.at(step), at a noised copy.

    A step has one noised copy per scene. `update_on="raw"` trains every row on the plain picture, whatever it was
    sampled from (NoisyRollout, arXiv:2504.13055); "branch" on the one that it saw.
    """

    images: Tensor
    """[P, S, S] normalised."""
    share: Anneal
    steps: int
    sigma: float = 0.4
    update_on: str = "branch"

    @torch.no_grad()
    def rollouts(
        self,
        policy: Any,
        which: Sequence[int],
        rng: torch.Generator,
        *,
        temperature: Any = None,
        step: int = 0,
    ) -> PictureRows:
        index = torch.as_tensor(which)
        scenes, place = index.unique(return_inverse=True)
        plain = self.images[scenes]
        album = Album(torch.cat([plain, noised(plain, self.sigma, rng)]))
        logits = next_logits(policy, album.images, self.prompts[scenes].repeat(2, 1))
        between = symmetric_kl(*logits.chunk(2))[place]
        perturbed = torch.rand(len(index), generator=rng) < self.share.at(step, self.steps)
        saw = place + len(scenes) * perturbed
        logp = torch.log_softmax(logits[saw], -1)
        answer = torch.multinomial(logp.exp(), 1, generator=rng)
        correct = self.verify(index, answer)
        zero = torch.zeros(len(index), 1)
        return PictureRows(
            index, torch.cat([self.prompts[index], answer], 1), torch.cat([zero, zero + 1], 1), correct.float(),
            correct, prompt_id=index, logp_roll=torch.cat([zero, logp.gather(-1, answer)], 1), perturbed=perturbed,
            uncertainty=torch.cat([zero, between[:, None]], 1), view=place if self.update_on == "raw" else saw,
            album=album,
        )  # fmt: skip


def picture_turn(scenes: DigitScenes, share: Anneal, steps: int, **settings: Any) -> PictureTurn:
    answer = torch.from_numpy(scenes.answer) + FIRST

    def verify(index: Tensor, ids: Tensor) -> Tensor:
        return ids[:, 0] == answer[index]

    return PictureTurn(asked(scenes), 1, verify, normalised(scenes.image), share, steps, **settings)


class Seen(NamedTuple):
    """Exact, because an answer is one token: p is the probability of the right one, means over scenes."""

    pass_1: float
    pass_4: float
    entropy: float


@torch.no_grad()
def evaluate(policy: TinyVLM, scenes: DigitScenes, *, sigma: float = 0.0, seed: int = 0) -> Seen:
    """At temperature 1; with `sigma` on noised pictures."""
    images = noised(normalised(scenes.image), sigma, torch.Generator().manual_seed(seed))
    logp = torch.log_softmax(next_logits(policy, images, asked(scenes)), -1)
    p = logp.exp()
    right = p.gather(-1, torch.from_numpy(scenes.answer)[:, None] + FIRST)[:, 0]
    return Seen(float(right.mean()), float((1 - (1 - right) ** 4).mean()), float(-(p * logp).sum(-1).mean()))


@torch.no_grad()
def uncertainty(policy: TinyVLM, scenes: DigitScenes, *, sigma: float = 0.4, seed: int = 0) -> Array:
    """[P] symmetric KL between the answers to each picture and to a noised copy."""
    images, prompts = normalised(scenes.image), asked(scenes)
    other = noised(images, sigma, torch.Generator().manual_seed(seed))
    found = symmetric_kl(next_logits(policy, images, prompts), next_logits(policy, other, prompts))
    return np.asarray(found.numpy())
