"""Bandit policies, vectorised over independent runs: UCB1, Thompson, epsilon-greedy, greedy, LinUCB.

The same statistics serve wherever a budget is divided: queries, tree nodes, noise seeds. Greedy here has no bonus:
in BanditBench's code the agent of that name inherits UCB's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from leadline.environments.bandits import Arms, ContextualBandit

Array = np.ndarray[Any, Any]


class Counts(NamedTuple):
    """Sufficient statistics of S runs with K arms: pulls and summed rewards, both [S, K]."""

    n: Array
    total: Array

    @property
    def mean(self) -> Array:
        return np.asarray(self.total / np.maximum(self.n, 1))


Policy = Callable[[Counts, int, np.random.Generator], Array]
"""(counts, t = pulls so far, rng) -> index of every arm [S, K]; the highest is pulled, equal ones by chance."""


def ucb_bonus(n: Array, t: int, alpha: float = 0.5) -> Array:
    """sqrt(alpha ln t / n); infinite for an arm never pulled. alpha inside the root, as in the code (.5 there is
    .7071 outside).

    >>> ucb_bonus(np.array([3, 2, 5]), 10).round(6).tolist()
    [0.619487, 0.758714, 0.479853]
    """
    with np.errstate(divide="ignore"):
        return np.where(n > 0, np.sqrt(alpha * np.log(max(t, 1)) / np.maximum(n, 1)), np.inf)


def ucb(alpha: float = 0.5) -> Policy:
    """UCB1: every arm once in index order, then mean + bonus."""

    def index(counts: Counts, t: int, rng: np.random.Generator) -> Array:
        k = counts.n.shape[1]
        if t < k:
            return np.asarray(np.tile(np.arange(k) == t, (len(counts.n), 1)), float)
        return np.asarray(counts.mean + ucb_bonus(counts.n, t, alpha))

    return index


def greedy(counts: Counts, t: int, rng: np.random.Generator) -> Array:
    """The best mean so far; every arm once first. No bonus."""
    return np.where(counts.n > 0, counts.mean, np.inf) if t >= counts.n.shape[1] else ucb()(counts, t, rng)


def epsilon_greedy(epsilon: float = 0.1) -> Policy:
    def index(counts: Counts, t: int, rng: np.random.Generator) -> Array:
        explore = rng.random(len(counts.n)) < epsilon
        return np.where(explore[:, None], rng.random(counts.n.shape), greedy(counts, t, rng))

    return index


def thompson(counts: Counts, t: int, rng: np.random.Generator) -> Array:
    """Beta(1, 1) prior: rewards must lie in [0, 1]."""
    return rng.beta(1 + counts.total, 1 + counts.n - counts.total)


def uniform(counts: Counts, t: int, rng: np.random.Generator) -> Array:
    return np.asarray(rng.random(counts.n.shape))


class Play(NamedTuple):
    """What S runs over T steps did: cumulative expected regret, arms and sampled rewards, all [S, T]."""

    regret: Array
    arms: Array
    rewards: Array


def play(arms: Arms, policy: Policy, horizon: int, rng: np.random.Generator) -> Play:
    """Run `policy` on all runs at once. Equal indices are decided by chance, not by the lowest arm."""
    runs, k = arms.means.shape
    counts = Counts(np.zeros((runs, k)), np.zeros((runs, k)))
    chosen = np.empty((runs, horizon), np.int16 if k < 2**15 else np.int64)
    regret, rewards, rows = np.empty((runs, horizon)), np.empty((runs, horizon), np.float32), np.arange(runs)
    for t in range(horizon):
        index = policy(counts, t, rng)
        best = index == index.max(1, keepdims=True)
        arm = (best * rng.random(best.shape)).argmax(1) if (best.sum(1) > 1).any() else best.argmax(1)
        got = arms.pull(arm, rng)
        counts.n[rows, arm] += 1
        counts.total[rows, arm] += got
        chosen[:, t], regret[:, t] = arm, arms.regret(arm)
        rewards[:, t] = got
    return Play(regret.cumsum(1), chosen, rewards)


class LinUCB:
    """Disjoint LinUCB: per arm A = I + sum x x', b = sum r x; score theta'x + alpha sqrt(x' A^-1 x)."""

    def __init__(self, k: int, d: int, alpha: float = 0.5, seed: int = 0) -> None:
        self.a, self.b, self.alpha = np.tile(np.eye(d), (k, 1, 1)), np.zeros((k, d)), alpha
        self.rng = np.random.default_rng((seed, 42))

    def values(self, x: Array) -> tuple[Array, Array]:
        """(exploitation value, exploration bonus) of every arm in context x, both [K]."""
        theta = np.linalg.solve(self.a, self.b[..., None])[..., 0]
        spread = np.linalg.solve(self.a, np.broadcast_to(x, self.b.shape)[..., None])[..., 0] @ x
        return theta @ x, self.alpha * np.sqrt(spread)

    def choose(self, x: Array) -> int:
        """The highest score; those within 1e-5 of it by chance."""
        score = np.add(*self.values(x))
        return int(self.rng.choice(np.flatnonzero(score >= score.max() - 1e-5)))

    def update(self, arm: int, x: Array, reward: float) -> None:
        self.a[arm] += np.outer(x, x)
        self.b[arm] += reward * x


def play_contextual(bandit: ContextualBandit, choose: Any, horizon: int, rng: np.random.Generator) -> Array:
    """Cumulative regret [T] of an agent with choose(x) and update(arm, x, reward); a new user at each step. An agent
    with meet(words) is told who the user is."""
    regret = np.empty(horizon)
    for t in range(horizon):
        user = int(rng.integers(len(bandit.contexts)))
        x, reward = bandit.contexts[user], bandit.rewards[user]
        if bandit.people and hasattr(choose, "meet"):
            choose.meet(bandit.people[user])
        arm = choose.choose(x)
        choose.update(arm, x, float(reward[arm]))
        regret[t] = reward.max() - reward[arm]
    return np.asarray(regret.cumsum())


class RandomArm:
    """Chance, as a contextual agent."""

    def __init__(self, k: int, seed: int = 0) -> None:
        self.k, self.rng = k, np.random.default_rng((seed, 43))

    def choose(self, x: Array) -> int:
        return int(self.rng.integers(self.k))

    def update(self, arm: int, x: Array, reward: float) -> None:
        pass
