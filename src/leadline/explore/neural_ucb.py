"""NeuralUCB with a diagonal covariance, as EASE uses it (arXiv:2405.16122): a small MLP and the gradient of its output.

sigma(h) = sqrt(sum_p lambda nu g_p(h)^2 / U_p), score = m(h) + sigma(h), U <- U + g(chosen)^2. NumPy, float64.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


class Scores(NamedTuple):
    mean: Array
    sigma: Array

    @property
    def ucb(self) -> Array:
        return self.mean + self.sigma


def diagonal_sigma(gradients: Array, u: Array, lam: float = 0.1, nu: float = 0.01) -> Array:
    """Exploration bonus from gradients [n, p] and the diagonal U [p]."""
    return np.asarray(np.sqrt((lam * nu * gradients**2 / u).sum(1)))


class NeuralUCB:
    """m(h): ReLU layers and one output. It starts again from the same weights at each `fit`; U is never reset."""

    def __init__(
        self, n_inputs: int, hidden: tuple[int, ...] = (100, 100, 100), *, lam: float = 0.1, nu: float = 0.01,
        lr: float = 1e-3, steps: int = 1000, seed: int = 0,
    ) -> None:  # fmt: skip
        rng = np.random.default_rng((seed, 51))
        sizes = (n_inputs, *hidden, 1)
        self.start = []
        for a, b in pairwise(
            sizes
        ):  # torch's default for linear layers, as in the released code: small outputs
            bound = 1 / np.sqrt(a)
            self.start.append((rng.uniform(-bound, bound, (a, b)), rng.uniform(-bound, bound, b)))
        self.weights = [(w.copy(), b.copy()) for w, b in self.start]
        self.lam, self.nu, self.lr, self.steps = lam, nu, lr, steps
        self.u = [(np.full(w.shape, lam), np.full(b.shape, lam)) for w, b in self.start]
        self.shift, self.scale = np.zeros(n_inputs), np.ones(n_inputs)

    def fit(self, h: Array, reward: Array) -> None:
        """From the first weights, full-batch Adam on squared errors, weight decay lambda / t."""
        self.shift, self.scale = h.mean(0), h.std(0) + 1e-8
        x, decay = (h - self.shift) / self.scale, self.lam / len(h)
        flat = np.concatenate([p.ravel() for layer in self.start for p in layer])
        layers = self._views(flat)  # they show the parameters as Adam moves them
        m, v = np.zeros_like(flat), np.zeros_like(flat)
        for step in range(1, self.steps + 1):
            activations = self._forward(x, layers)
            error = 2 * (activations[-1][:, 0] - reward) / len(h)
            parts = self._backward(activations, layers, error[:, None])
            g = np.concatenate([part.ravel() for part in parts]) + decay * flat
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            flat -= self.lr / (1 - 0.9**step) * m / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
        self.weights = layers

    def _views(self, flat: Array) -> list[tuple[Array, Array]]:
        found, at = [], 0
        for w, b in self.start:
            bias = at + w.size
            found.append((flat[at:bias].reshape(w.shape), flat[bias : bias + b.size]))
            at = bias + b.size
        return found

    def score(self, h: Array) -> Scores:
        """Mean and bonus of every row of h [n, d]. The sum over parameters is a product per layer: no [n, p] array."""
        activations = self._forward((h - self.shift) / self.scale, self.weights)
        total, delta = np.zeros(len(h)), np.ones((len(h), 1))
        for k in range(len(self.weights) - 1, -1, -1):
            uw, ub = self.u[k]
            total += (((activations[k] ** 2) @ (1 / uw)) * delta**2).sum(1) + (delta**2 / ub).sum(1)
            delta = (delta @ self.weights[k][0].T) * (activations[k] > 0)
        return Scores(activations[-1][:, 0], np.sqrt(self.lam * self.nu * total))

    def chose(self, h: Array) -> None:
        """U <- U + g(h)^2 for one row [d]."""
        activations = self._forward(((h - self.shift) / self.scale)[None], self.weights)
        gradients = self._backward(activations, self.weights, np.ones((1, 1)))
        self.u = [
            (uw + gw**2, ub + gb**2)
            for (uw, ub), gw, gb in zip(self.u, gradients[::2], gradients[1::2], strict=True)
        ]

    def _forward(self, x: Array, layers: list[tuple[Array, Array]]) -> list[Array]:
        activations = [x]
        for k, (w, b) in enumerate(layers):
            x = x @ w + b
            x = np.maximum(x, 0) if k < len(layers) - 1 else x
            activations.append(x)
        return activations

    def _backward(
        self, activations: list[Array], layers: list[tuple[Array, Array]], delta: Array
    ) -> list[Array]:
        """Gradients of sum(delta * output): W1, b1, W2, b2, ..."""
        gradients: list[Array] = []
        for k in range(len(layers) - 1, -1, -1):
            gradients = [activations[k].T @ delta, delta.sum(0), *gradients]
            delta = (delta @ layers[k][0].T) * (activations[k] > 0)
        return gradients
