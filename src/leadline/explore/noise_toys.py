"""Landscapes for noise optimisation: one where restarts must help, one where they must not, and a small generator.

Sources: sections 5A-5C of CARINOX's specification (arXiv:2509.17458). The generator is a tiny flow that a few
hundred steps of gradient descent train here on procedural shapes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from leadline.explore.noise import Array, Rewards, correlations


def bumps(seed: int, d: int = 8) -> Rewards:
    """Four rewards, each the highest of Gaussian bumps exp(-|z - c|^2 / 5) at one common target and at three of six
    decoys that this reward alone likes. Loss 1 - reward; the best total is 0."""
    rng = np.random.default_rng((seed, 62))
    centres = rng.standard_normal((7, d))
    likes = [np.array([0, *(1 + rng.permutation(6)[:3])]) for _ in range(4)]

    def rewards(z: Array) -> tuple[Array, Array]:
        away = z - centres
        height = np.exp(-(away**2).sum(1) / 5)
        top = [int(c[np.argmax(height[c])]) for c in likes]
        return 1 - height[top], height[top][:, None] * 2 * away[top] / 5

    return rewards


def tangled(seed: int, d: int = 32, out: int = 48) -> Rewards:
    """A smooth landscape without traps: a random two-layer tanh net, rewards of very different scales. Restarts
    only cost here."""
    rng = np.random.default_rng((seed, 63))
    w1 = rng.standard_normal((out, d)) / np.sqrt(d)
    w2 = rng.standard_normal((out, out)) / np.sqrt(out)
    f, phase, v = (
        rng.standard_normal((4, 6, out)) / np.sqrt(out),
        rng.uniform(0, 6.28, (4, 6)),
        rng.standard_normal((4, 6)),
    )
    scale = np.array([1.0, 0.2, 5.0, 1.0])

    def rewards(z: Array) -> tuple[Array, Array]:
        a = np.tanh(w1 @ z)
        x = np.tanh(w2 @ a)
        inner = f @ x + phase
        r = 1 / (1 + np.exp(-scale * (v * np.sin(inner)).sum(1)))
        dx = np.einsum("ks,kso->ko", v * np.cos(inner), f) * (scale * r * (1 - r))[:, None]
        return 1 - r, -(((dx * (1 - x**2)) @ w2) * (1 - a**2)) @ w1

    return rewards


def shape_grids(rng: np.random.Generator, n: int, size: int = 8) -> Array:
    """Images [n, size * size] in [-1, 1]: one bright rectangle or disc at a random place."""
    y, x = np.mgrid[:size, :size]
    cy, cx = rng.uniform(2, size - 3, (2, n, 1, 1))
    r = rng.uniform(1.2, 2.5, (n, 1, 1))
    disc = (y - cy) ** 2 + (x - cx) ** 2 <= r**2
    box = np.maximum(abs(y - cy), abs(x - cx)) <= r
    return np.where(np.where(rng.random((n, 1, 1)) < 0.5, disc, box), 1.0, -1.0).reshape(n, -1)


class FlowGenerator:
    """A one-step generator: rectified flow x = z + v(z), one hidden layer, trained here by regression of x1 - z on
    random pairs (numpy, seeded). It is small and blurred: good enough to have a landscape, not to be looked at."""

    def __init__(self, seed: int = 0, *, size: int = 8, hidden: int = 96, steps: int = 400) -> None:
        rng = np.random.default_rng((seed, 64))
        d = size * size
        self.size = size
        self.w1, self.b1 = rng.standard_normal((d, hidden)) / np.sqrt(d), np.zeros(hidden)
        self.w2, self.b2 = np.zeros((hidden, d)), np.zeros(d)
        self.losses: list[float] = []
        for _ in range(steps):
            x, z = shape_grids(rng, 64, size), rng.standard_normal((64, d))
            x = x[_pairing(x, z)]  # straighter paths: each noise gets the image that it resembles
            a = np.tanh(z @ self.w1 + self.b1)
            error = a @ self.w2 + self.b2 - (x - z)
            self.losses.append(float((error**2).mean()))
            da = (error @ self.w2.T) * (1 - a**2)
            for p, g in (
                (self.w2, a.T @ error),
                (self.b2, error.sum(0)),
                (self.w1, z.T @ da),
                (self.b1, da.sum(0)),
            ):
                p -= 0.05 * g / 64

    def __call__(self, z: Array) -> Array:
        return np.asarray(z + np.tanh(z @ self.w1 + self.b1) @ self.w2 + self.b2)

    def rewards(self, seed: int = 0) -> Rewards:
        """Three differentiable wishes: bright in one place, dark in another, a given share of bright cells."""
        rng = np.random.default_rng((seed, 65))
        d = self.size**2
        bright, dark = (np.roll(np.eye(d)[:4].sum(0), k) for k in rng.choice(d, 2, replace=False))
        wish = np.stack([bright / 4, -dark / 4, np.full(d, rng.choice([-1.0, 1.0]) / d)])

        def rewards(z: Array) -> tuple[Array, Array]:
            a = np.tanh(z @ self.w1 + self.b1)
            x = np.tanh(z + a @ self.w2 + self.b2)
            r = 1 / (1 + np.exp(-3 * (wish @ x)))
            dx = wish * (3 * r * (1 - r))[:, None] * (1 - x**2)
            return 1 - r, -(dx + ((dx @ self.w2.T) * (1 - a**2)) @ self.w1.T)

        return rewards


def _pairing(x: Array, z: Array) -> np.ndarray[Any, Any]:
    """Greedy: noise i takes the free image with the largest inner product."""
    likeness, taken = z @ x.T, np.empty(len(z), int)
    for i in range(len(z)):
        taken[i] = int(np.argmax(likeness[i]))
        likeness[:, taken[i]] = -np.inf
    return taken


def rated_items(rng: np.random.Generator, n: int = 300) -> tuple[Array, Array, Array]:
    """Items of three categories with a human score and five metrics whose correlation with it depends on the
    category: (category [n], human [n], metrics [n, 5])."""
    strength = np.array([[0.8, 0.6, 0.2, 0.1, 0.0], [0.1, 0.2, 0.8, 0.5, 0.0], [0.3, 0.0, 0.1, 0.7, 0.6]])
    category = rng.integers(3, size=n)
    human = rng.standard_normal(n)
    rho = strength[category]
    metrics = rho * human[:, None] + np.sqrt(1 - rho**2) * rng.standard_normal((n, 5))
    return category.astype(float), human, metrics


def spearman_by_category(category: Array, human: Array, scores: Array) -> float:
    """Mean over categories of the rank correlation with the human score."""
    return float(
        np.mean(
            [correlations(human[category == c], scores[category == c]).spearman for c in np.unique(category)]
        )
    )
