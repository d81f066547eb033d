"""A simulated in-context learner: order matters, evaluation is free, labels may be wrong (arXiv:2405.16122's spec).

Unit vectors of 8 clusters in R^12 and 4 classes; the prediction weighs exemplar j by exp(cos(z, x_j) / .25) and
.75^(k - 1 - j): late exemplars count more. A share `noise` of the pool carries a wrong label; validation and test
are clean. With `instructions`, each says something of the classes, from nothing to much of the truth (in a random
order), and the learner mixes that with what the exemplars show.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leadline.explore.exemplars import Arm, cosine_cost, transport_cost

Array = np.ndarray[Any, Any]
CLUSTERS, CLASSES, DIMENSION, DECAY, WIDTH = 8, 4, 12, 0.75, 0.25


class InContextLearner:
    """score(arm): accuracy on 20 validation items; test(arm): on 200 others."""

    def __init__(self, seed: int = 0, *, noise: float = 0.7, pool: int = 100, instructions: int = 1) -> None:
        rng = np.random.default_rng((seed, 55))
        centres, labels = rng.standard_normal((CLUSTERS, DIMENSION)), np.arange(CLUSTERS) % CLASSES
        parts = []
        for n in (pool, 20, 200):
            cluster = rng.integers(CLUSTERS, size=n)
            x = centres[cluster] + 0.6 * rng.standard_normal((n, DIMENSION))
            parts.append((x / np.linalg.norm(x, axis=1, keepdims=True), labels[cluster]))
        (self.x, y), self.validation, self.held_out = parts
        self.wrong = np.zeros(pool, bool)
        self.wrong[rng.permutation(pool)[: round(noise * pool)]] = True  # exactly that share
        self.y = np.where(self.wrong, (y + rng.integers(1, CLASSES, pool)) % CLASSES, y)
        self.rows, self.validation_rows = self._with_label(self.x, self.y), self._with_label(*self.validation)
        self._costs = cosine_cost(self.rows, self.validation_rows)
        self.hints: Array | None = None
        """Per instruction the direction of each class in its words [instructions, classes, 12]."""
        if instructions > 1:
            truth = np.array([centres[labels == c].mean(0) for c in range(CLASSES)])
            quality = rng.permutation(np.linspace(0, 1, instructions))[:, None, None]
            guess = rng.standard_normal((instructions, CLASSES, DIMENSION))
            self.hints = quality * truth + (1 - quality) * guess
        self.evaluations = 0

    def score(self, arm: Arm) -> float:
        self.evaluations += 1
        return self._accuracy(arm, *self.validation)

    def test(self, arm: Arm) -> float:
        return self._accuracy(arm, *self.held_out)

    def cost(self, exemplars: Sequence[int]) -> float:
        """Optimal-transport distance to the validation set; labels included, order not."""
        return transport_cost(self._costs[list(exemplars)])

    def embed(self, arms: Sequence[Arm]) -> Array:
        """[x_j, one-hot y_j] side by side over positions, so that order is visible; then the instruction, one-hot."""
        lists = np.array([self.rows[list(arm.exemplars)].ravel() for arm in arms])
        if self.hints is None:
            return lists
        return np.concatenate([lists, np.eye(len(self.hints))[[arm.instruction for arm in arms]]], axis=1)

    def embed_bag(self, arms: Sequence[Arm]) -> Array:
        """The mean over positions: order is invisible (the ablation)."""
        return np.array([self.rows[list(arm.exemplars)].mean(0) for arm in arms])

    def _accuracy(self, arm: Arm, z: Array, truth: Array) -> float:
        chosen = list(arm.exemplars)
        weight = np.exp(z @ self.x[chosen].T / WIDTH) * DECAY ** np.arange(len(chosen) - 1, -1, -1)
        votes = weight @ np.eye(CLASSES)[self.y[chosen]]
        if self.hints is not None:  # half from the exemplars, half from the instruction
            said = np.exp(z @ self.hints[arm.instruction].T)
            votes = votes / votes.sum(1, keepdims=True) + said / said.sum(1, keepdims=True)
        return float((votes.argmax(1) == truth).mean())

    @staticmethod
    def _with_label(x: Array, y: Array) -> Array:
        return np.concatenate([x, np.eye(CLASSES)[y]], axis=1)
