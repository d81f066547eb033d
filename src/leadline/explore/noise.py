"""Optimising and exploring the initial noise of a generator by several rewards: CARINOX (arXiv:2509.17458).

`rewards(z)` gives the losses [K] and their gradients [K, d]. Each reward's
gradient, with the regulariser, is clipped alone, summed, clipped again; Nesterov SGD; the best image met on any path
wins by the unweighted total. ReNO is the same with one joint clip and selection by the weighted total.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

from leadline.errors import UsageError

Array = np.ndarray[Any, np.dtype[np.float64]]
Rewards = Callable[[Array], tuple[Array, Array]]
"""z [d] -> losses [K], about 0..1 and lower is better, and their gradients [K, d]."""


class NoiseConfig(msgspec.Struct, frozen=True):
    steps: int = 50
    """Generator calls per start."""
    starts: int = 5
    lr: float = 5.0
    """As released, for |z| about 128 (16,384 dimensions); scale it by |z| / 128 in small ones."""
    momentum: float = 0.9
    clip: float = 0.1
    regular: float = 0.01
    """lambda, added once per reward inside its clipped gradient."""
    mode: Literal["per-reward", "joint"] = "per-reward"
    select: Literal["total", "weighted"] = "total"


class NoiseFound(NamedTuple):
    z: Array
    losses: Array
    total: float
    calls: int


def norm_penalty(z: Array) -> tuple[float, Array]:
    """0.5 |z|^2 - (d - 1) ln |z| and its gradient: least at |z| = sqrt(d - 1), where Gaussian noise lives.

    >>> value, gradient = norm_penalty(np.array([1.0, 2.0, 2.0, 0.0]))
    >>> round(value, 8), gradient.round(4).tolist()
    (1.20416313, [0.6667, 1.3333, 1.3333, 0.0])
    """
    squared = float(z @ z)
    if squared == 0:
        raise UsageError("Noise of length 0 has no direction: start elsewhere.")
    d = len(z)
    return 0.5 * squared - 0.5 * (d - 1) * float(np.log(squared)), z * (1 - (d - 1) / squared)


def clip_norm(g: Array, limit: float) -> Array:
    """g, shortened to `limit` when it is longer."""
    norm = float(np.linalg.norm(g))
    return g if norm <= limit else g * (limit / norm)


def combined_gradient(gradients: Array, weights: Array, penalty: Array, config: NoiseConfig) -> Array:
    """Descent direction [d] from the gradients of K losses [K, d]."""
    if config.mode == "joint":
        return clip_norm(weights @ gradients + config.regular * penalty, config.clip)
    parts = [
        clip_norm(w * g + config.regular * penalty, config.clip)
        for w, g in zip(weights, gradients, strict=True)
    ]
    return clip_norm(np.sum(parts, axis=0), config.clip)


def optimise_noise(rewards: Rewards, z0: Array, weights: Array, config: NoiseConfig) -> NoiseFound:
    """One start: `config.steps` generator calls, the best of them. A non-finite loss ends the path there."""
    if config.steps < 1:
        raise UsageError("Optimising noise needs at least one step.")
    z, velocity = np.array(z0, float), np.zeros_like(z0, float)
    best: NoiseFound | None = None
    for step in range(config.steps):
        losses, gradients = rewards(z)
        if not (np.isfinite(losses).all() and np.isfinite(gradients).all()):
            break
        total = float(losses.sum() if config.select == "total" else weights @ losses)
        if best is None or total < best.total:
            best = NoiseFound(z.copy(), losses.copy(), total, step + 1)  # a copy: z moves on in place
        if step < config.steps - 1:
            g = combined_gradient(gradients, weights, norm_penalty(z)[1], config)
            velocity = config.momentum * velocity + g
            z -= config.lr * (g + config.momentum * velocity)
    if best is None:
        raise UsageError("The rewards of the start are not finite numbers.")
    return best._replace(calls=config.steps)


def explore_noise(rewards: Rewards, d: int, weights: Array, config: NoiseConfig, seed: int = 0) -> NoiseFound:
    """Every start its own Gaussian noise and full optimisation; the lowest total over all. A start that fails is
    skipped; all failing is an error."""
    rng = np.random.default_rng((seed, 61))
    found = []
    for z0 in rng.standard_normal((config.starts, d)):
        try:
            found.append(optimise_noise(rewards, z0, weights, config))
        except UsageError:
            continue
    if not found:
        raise UsageError("No start gave finite rewards.")
    return min(found, key=lambda f: f.total)._replace(calls=config.starts * config.steps)


def best_of_noise(rewards: Rewards, d: int, n: int, seed: int = 0) -> NoiseFound:
    """Exploration alone: n noises, the lowest total; those with losses that are not finite are left out."""
    z = np.random.default_rng((seed, 61)).standard_normal((n, d))
    losses = [rewards(row)[0] for row in z]
    totals = [float(loss.sum()) for loss in losses]
    if not np.isfinite(totals).any():
        raise UsageError(f"None of {n} noises gave finite rewards.")
    k = int(np.nanargmin(np.where(np.isfinite(totals), totals, np.nan)))
    return NoiseFound(z[k], losses[k], float(losses[k].sum()), n)


# -- which rewards, with which weights -------------------------------------------------------------------------------
class Correlations(NamedTuple):
    pearson: float
    kendall: float
    spearman: float


def correlations(human: Sequence[float], metric: Sequence[float]) -> Correlations:
    """Pearson's r, Kendall's tau-b, Spearman's rho (ties by mean rank).

    >>> [round(x, 6) for x in correlations([5, 3, 4, 1, 2], [.9, .4, .8, .3, .2])]
    [0.913812, 0.8, 0.9]
    """
    x, y = np.asarray(human, float), np.asarray(metric, float)
    sx, sy = np.sign(np.subtract.outer(x, x)), np.sign(np.subtract.outer(y, y))
    tau = float((sx * sy).sum() / np.sqrt((sx**2).sum() * (sy**2).sum()))
    rank_x, rank_y = sx.sum(1), sy.sum(1)  # affine in the mean rank
    return Correlations(float(np.corrcoef(x, y)[0, 1]), tau, float(np.corrcoef(rank_x, rank_y)[0, 1]))


def category_weights(rho: Sequence[float]) -> Array:
    """K rho_k / sum rho: weights with mean 1 for the rewards of one category. Negative correlations count 0.

    >>> category_weights([.24, .58, .79, .68]).round(5).tolist()
    [0.41921, 1.0131, 1.37991, 1.18777]
    """
    r = np.maximum(np.asarray(rho, float), 0.0)
    return np.ones(len(r)) if r.sum() == 0 else len(r) * r / r.sum()


def prompt_weights(
    table: Mapping[str, Array], categories: Sequence[tuple[str, float]], base: Array | float = 1.0
) -> Array:
    """sum_c p_c w_c for a prompt with [category, probability] pairs, times the global weights `base`."""
    missing = [name for name, _ in categories if name not in table]
    if missing:
        raise UsageError(
            f"No weights for the category {missing[0]!r}; there are: {', '.join(sorted(table))}."
        )
    return np.asarray(base * np.sum([p * np.asarray(table[name]) for name, p in categories], axis=0))


RELEASED_REWARDS = ("HPS", "ImageReward", "DA", "VQA")
RELEASED_GLOBAL = np.array([5.0, 5.0, 5.0, 1.0])
"""What the released main loop uses: it parses the category weights and never reads them."""
RELEASED_CATEGORIES: dict[str, Array] = {
    "color": np.array([0.40, 1.06, 1.41, 1.14]), "shape": np.array([0.95, 1.12, 1.0, 0.92]),
    "texture": np.array([0.90, 1.10, 1.07, 0.93]), "2d": np.array([1.06, 1.02, 0.82, 1.10]),
    "non-spatial": np.array([1.01, 0.96, 0.85, 1.17]), "complex": np.array([0.67, 1.05, 1.21, 1.06]),
    "3d": np.array([0.96, 0.92, 0.68, 1.43]), "numeracy": np.array([1.02, 1.05, 1.0, 0.93]),
    "overall": np.array([0.59, 0.94, 1.12, 1.34]),
}  # fmt: skip
