"""Oracle fine-tuning in small: a transformer learns UCB's next action from the history (EVOLvE, arXiv:2410.06238).

It clones the learning algorithm (action given history), early exploration included, not the final policy. One token
per (arm, reward): reward 0 or 1. Extra `train` (torch).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from leadline.environments.bandits import Arms, make_arms
from leadline.errors import need
from leadline.explore.bandits import play, ucb

Array = np.ndarray[Any, Any]


def oracle_traces(rng: np.random.Generator, runs: int, k: int, horizon: int) -> tuple[Array, Array]:
    """Arms and rewards [runs, T] of UCB on easy arms; arms are renamed at random per run, so that the first k pulls
    come in a random order."""
    done = play(make_arms(runs, k, rng), ucb(), horizon, rng)
    names = rng.random((runs, k)).argsort(1)
    return np.take_along_axis(names, done.arms.astype(int), 1), done.rewards.astype(int)


class HistoryNet:
    """Causal transformer over tokens arm + k * reward (2k is the start): 2 layers, width 48, 4 heads."""

    def __init__(self, k: int, horizon: int, seed: int = 0, *, width: int = 48) -> None:
        torch = need("torch", "train", "Distilling a bandit algorithm")
        torch.manual_seed(seed)
        self.torch, self.k, self.horizon = torch, k, horizon
        layer = torch.nn.TransformerEncoderLayer(width, 4, 4 * width, 0.0, batch_first=True, norm_first=True)
        self.body = torch.nn.ModuleDict({
            "token": torch.nn.Embedding(2 * k + 1, width), "place": torch.nn.Embedding(horizon, width),
            "layers": torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False),
            "head": torch.nn.Linear(width, k),
        })  # fmt: skip

    def logits(self, arms: Array, rewards: Array) -> Any:
        """Next-arm logits [B, t + 1, k] after each prefix of a history of t steps."""
        torch = self.torch
        start = np.full((len(arms), 1), 2 * self.k)
        tokens = torch.as_tensor(np.concatenate([start, arms + self.k * rewards], 1)[:, : self.horizon])
        t = tokens.shape[1]
        x = self.body["token"](tokens) + self.body["place"](torch.arange(t))
        mask = torch.nn.Transformer.generate_square_subsequent_mask(t)
        return self.body["head"](self.body["layers"](x, mask=mask, is_causal=True))

    def fit(self, rng: np.random.Generator, steps: int, batch: int = 64, lr: float = 2e-3) -> list[float]:
        """AdamW on fresh traces, warm-up 100 steps, then linear decay. Returns the losses."""
        torch, losses = self.torch, []
        optimiser = torch.optim.AdamW(self.body.parameters(), lr=lr)
        for step in range(steps):
            for group in optimiser.param_groups:
                group["lr"] = lr * min((step + 1) / 100, 1 - step / steps)
            arms, rewards = oracle_traces(rng, batch, self.k, self.horizon)
            out = self.logits(arms[:, :-1], rewards[:, :-1])
            loss = torch.nn.functional.cross_entropy(
                out.reshape(-1, self.k), torch.as_tensor(arms).reshape(-1)
            )
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.body.parameters(), 1.0)
            optimiser.step()
            losses.append(loss.item())
        return losses

    def regret(self, arms: Arms, rng: np.random.Generator) -> Array:
        """Cumulative regret [S] of the net that samples its own actions on new bandits."""
        torch, runs = self.torch, len(arms.means)
        chosen, rewards = np.zeros((2, runs, self.horizon), int)
        total = np.zeros(runs)
        with torch.no_grad():
            for t in range(self.horizon):
                p = torch.softmax(self.logits(chosen[:, :t], rewards[:, :t])[:, -1], -1).double().numpy()
                arm = (p.cumsum(1) < rng.random((runs, 1))).sum(1).clip(max=self.k - 1)
                chosen[:, t], rewards[:, t] = arm, arms.pull(arm, rng)
                total += arms.regret(arm)
        return total
