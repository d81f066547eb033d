"""Algorithm-guided distillation in small: a net that sees each arm's value and bonus (EVOLvE's AG, arXiv:2410.06238).

One small net scores every arm from (mean, exploration bonus, never pulled) and a softmax over arms chooses. Its weights
are shared by the arms, so that what it learned on 5 arms plays on 20, where a net over raw histories (distil.py)
cannot even be run. Extra `train` (torch).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from leadline.environments.bandits import Arms
from leadline.errors import need
from leadline.explore.bandits import Counts, Play, play
from leadline.explore.distil import oracle_traces

Array = np.ndarray[Any, Any]


def guide(n: Array, total: Array, t: Any) -> Array:
    """What the guide shows of every arm, [..., K, 3] from pulls and summed rewards [..., K] after t pulls: mean, bonus
    (0 where it would be infinite), 1 where the arm was never pulled."""
    new = n == 0
    bonus = np.where(new, 0.0, np.sqrt(0.5 * np.log(np.maximum(t, 1)) / np.maximum(n, 1)))
    return np.stack([total / np.maximum(n, 1), bonus, new.astype(float)], axis=-1)


def guided_steps(arms: Array, rewards: Array, k: int) -> Array:
    """The guide before each step of traces [S, T]: [S, T, K, 3]."""
    pulled = np.eye(k)[arms]
    earned = pulled * rewards[..., None]
    t = np.arange(arms.shape[1])[:, None]
    return guide(pulled.cumsum(1) - pulled, earned.cumsum(1) - earned, t)


class GuideNet:
    """Three numbers of an arm -> its logit, by one hidden layer."""

    def __init__(self, seed: int = 0, *, width: int = 16) -> None:
        torch = need("torch", "train", "Distilling a bandit algorithm")
        torch.manual_seed(seed)
        self.torch = torch
        self.body = torch.nn.Sequential(torch.nn.Linear(3, width), torch.nn.Tanh(), torch.nn.Linear(width, 1))

    def fit(
        self, rng: np.random.Generator, steps: int, *, k: int = 5, horizon: int = 60, batch: int = 64,
        lr: float = 0.03,
    ) -> list[float]:  # fmt: skip
        """Adam on fresh UCB traces of bandits with k arms; linear decay. Returns the losses."""
        torch, losses = self.torch, []
        optimiser = torch.optim.Adam(self.body.parameters(), lr=lr)
        for step in range(steps):
            optimiser.param_groups[0]["lr"] = lr * (1 - step / steps)
            arms, rewards = oracle_traces(rng, batch, k, horizon)
            seen = torch.as_tensor(guided_steps(arms, rewards, k), dtype=torch.float32)
            logits = self.body(seen)[..., 0].reshape(-1, k)
            loss = torch.nn.functional.cross_entropy(logits, torch.as_tensor(arms).reshape(-1))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        return losses

    def play(self, arms: Arms, horizon: int, rng: np.random.Generator) -> Play:
        """Play any number of arms: the likeliest each time, equal ones by chance."""

        def index(counts: Counts, t: int, _: np.random.Generator) -> Array:
            with self.torch.no_grad():
                seen = self.torch.as_tensor(guide(*counts, t), dtype=self.torch.float32)
                return np.asarray(self.body(seen)[..., 0].double().numpy())

        return play(arms, index, horizon, rng)
