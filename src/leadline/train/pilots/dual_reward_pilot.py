"""Two rewards for one brief: a pilot of the dual reward on two choices (Gen-Searcher, arXiv:2603.28767, section 2.4).

A policy picks a fact (information t) and a reference (visual value v), eight of each, t and v evenly from 0 to 1. The
generator's picture scores .4 t + .6 v with noise, to the nearest half, and 0 in an outage; the text's mark is t. Worth
is .5 E[t] + .5 E[v] under the final policy: the weights were set by hand, as noise and outages were, so all are varied.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from leadline.chances import softmax
from leadline.train.pilots.tabular import group_step
from leadline.train.rewards.gen_searcher import ALPHA, dual_reward

VALUES = np.linspace(0, 1, 8)
ALPHAS = {"image": 0.0, "text": 1.0, "dual": ALPHA}
"""Weight of the text's mark in each arm."""


class World(NamedTuple):
    """How far marks of pictures can be trusted."""

    noise: float = 0.35
    """Standard deviation of the judge, before it rounds."""
    outage: float = 0.25
    """Share of rollouts without a picture."""
    outages: Literal["zero mark", "mask", "zero"] = "zero mark"
    """What an outage does: the picture's mark is 0 (the specification's pilot), the rollout is left out, or its whole
    reward is 0 (the released code)."""


def picture_mark(t: float, v: float, noise: float, rng: np.random.Generator) -> float:
    """The judge's mark of a picture: 0, .5 or 1."""
    return float(np.clip(np.round(2 * (0.4 * t + 0.6 * v + noise * rng.standard_normal())) / 2, 0, 1))


class Reached(NamedTuple):
    """E[t] and E[v] under the final policy."""

    text: float
    visual: float

    def worth(self, of_text: float = 0.5) -> float:
        """Of both together; `of_text` is the text's share."""
        return of_text * self.text + (1 - of_text) * self.visual


def train(
    arm: str, seed: int, world: World | None = None, *, updates: int = 300, group: int = 6, lr: float = 0.25
) -> Reached:
    """What GRPO reaches with one arm's reward."""
    world, rng = world or World(), np.random.default_rng([seed, 71])
    logits = np.zeros((2, len(VALUES)))
    for _ in range(updates):
        chances = [softmax(row) for row in logits]
        rollouts = []
        for _ in range(group):
            a, b = (int(rng.choice(len(VALUES), p=p)) for p in chances)
            mark = picture_mark(VALUES[a], VALUES[b], world.noise, rng)
            seen: float | None = mark if rng.random() >= world.outage else None
            if seen is None and world.outages == "zero mark":
                seen = 0.0
            how: Literal["mask", "zero"] = "mask" if world.outages == "mask" else "zero"
            reward = dual_reward(seen, VALUES[a], alpha=ALPHAS[arm], outage=how)
            if reward is not None:
                rollouts.append((((0, a), (1, b)), reward))
        if rollouts:
            group_step(logits, rollouts, lr)
    return Reached(*(float(softmax(row) @ VALUES) for row in logits))
