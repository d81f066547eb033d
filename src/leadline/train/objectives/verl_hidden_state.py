"""VERL: a small non-negative bonus from the rank of hidden states and its velocity (arXiv:2509.23808).

Idea: rank = exploration, rank velocity = exploitation; acceleration decides how they mix.
Method: d = clip((m - mu) / |mu|, -5, 5) for m in (ER, ERV, ERA); beta = sigmoid(gain d_ERA);
Phi = lam (beta tanh d_ER + (1 - beta) tanh d_ERV); A = A0 + min(max(Phi, 0), |A0| / kappa).
Departs: mu starts at the first batch's mean (the paper starts at 0, which saturates the first steps), and the bonus
reaches all tokens (the released script's reaches only the last and is switched off by its own flags).
Controls: `shuffle` permutes Phi over the batch; `uniform` scales all advantages by the batch's mean of A / A0.
Not the framework verl: that is adapters/verl.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor

from leadline.train.effective_rank import RankSeries, rank_series
from leadline.train.hooks import Hooks, State
from leadline.train.rows import Rows


def deviation(m: float, mu: float) -> float:
    """Relative deviation from the running mean, clipped to [-5, 5]."""
    return max(-5.0, min(5.0, (m - mu) / (abs(mu) + 1e-8)))


def phi(series: RankSeries, mu: Mapping[str, float], *, gain: float = 2.0, lam: float = 1.0) -> float:
    """The bonus before it is rectified and capped."""
    beta = 1 / (1 + math.exp(-gain * deviation(series.era, mu["era"])))
    explore = math.tanh(deviation(series.er, mu["er"]))
    exploit = math.tanh(deviation(series.erv, mu["erv"]))
    return lam * (beta * explore + (1 - beta) * exploit)


def shaping(bonus: Tensor, advantage: Tensor, kappa: float = 2.0) -> Tensor:
    """min(max(Phi, 0), |A0| / kappa): never flips a sign, at most half of |A0| for kappa 2."""
    return torch.minimum(bonus.clamp(min=0), advantage.abs() / kappa)


def updated(
    mu: Mapping[str, float] | None, batch: Sequence[RankSeries], alpha: float = 0.3
) -> dict[str, float]:
    """Exponential means of the three measures; without a past, the batch's means."""
    now = {name: sum(getattr(s, name) for s in batch) / len(batch) for name in RankSeries._fields}
    return now if mu is None else {name: (1 - alpha) * mu[name] + alpha * now[name] for name in now}


def objective(
    *,
    stride: int = 40,
    gain: float = 2.0,
    alpha: float = 0.3,
    kappa: float = 2.0,
    lam: float = 1.0,
    center: bool = True,
    window: Literal["paper", "code"] = "paper",
    last_token_only: bool = False,
    shuffle: bool = False,
    uniform: bool = False,
    seed: int = 0,
) -> Hooks:
    """State "verl_hidden_state": the running means and the number of batches seen."""

    def shape(rows: Rows, advantage: Tensor, state: State) -> Tensor:
        assert rows.hidden is not None
        series = [
            rank_series(h[m > 0], stride, window=window, center=center)
            for h, m in zip(rows.hidden, rows.mask, strict=True)
        ]
        mine = state.setdefault("verl_hidden_state", {"mu": None, "n": 0})
        mu = mine["mu"] or updated(None, series)
        bonus = torch.tensor([phi(s, mu, gain=gain, lam=lam) for s in series], dtype=advantage.dtype)
        if shuffle:
            order = torch.Generator().manual_seed(seed * 1_000_003 + mine["n"])
            bonus = bonus[torch.randperm(len(bonus), generator=order)]
        state["verl_hidden_state"] = {"mu": updated(mine["mu"], series, alpha), "n": mine["n"] + 1}
        added = shaping(bonus[:, None].expand_as(advantage), advantage, kappa)
        if uniform:
            added = advantage * mean_factor(added, advantage)
        return added * last_tokens(rows.mask) if last_token_only else added

    return Hooks(name="verl_hidden_state", needs=frozenset({"hidden"}), shape=(shape,))


def mean_factor(added: Tensor, advantage: Tensor) -> Tensor:
    """Mean of added / A0 [R, T] over the rows that have an advantage; 0 where none has."""
    there = advantage != 0
    return (added[there] / advantage[there]).sum() / there.sum().clamp(min=1)


def last_tokens(mask: Tensor) -> Tensor:
    """[R, T] 1 at each row's last policy token."""
    return (mask.cumsum(1) == mask.sum(1, keepdim=True)).to(mask.dtype) * mask
