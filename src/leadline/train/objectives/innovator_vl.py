"""Innovator-VL's RL objective: GSPO inside decoupled PPO (arXiv:2601.19325; AReaL's code).

Idea: one ratio per answer, to the policy at the start of the update; how far that policy has moved from the one that
sampled is corrected by a weight per token.
Method: s = exp(mean over tokens of log pi - log pi_prox), clipped to [1 - .2, 1 + .28]; w = exp(log pi_prox -
log pi_behav), 0 above 5; loss = sum of m l w / sum of m over all tokens of the batch. Reward -> clip((r - .5) 10, +-20)
-> (r - mean) / (std + 1e-5) of its group -> the same over the batch's tokens.
Traps: the affine is undone by the group's normalisation (it acts only with group=false); dropped tokens still count in
the mean; the batch's normalisation gives groups of equal rewards an advantage, as the released code does, unless the
batch's mean is 0; long answers weigh more than in GSPO's own definition (aggregate=seq-mean-token-mean).
Not verified: whether the batch's deviation is the unbiased one.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from leadline.train.advantages import standardised, whitened
from leadline.train.hooks import Hooks, State
from leadline.train.importance import truncated
from leadline.train.objectives import grpo
from leadline.train.rows import Rows


def scaled(reward: Tensor, *, centre: float = 0.5, scale: float = 10.0, bound: float = 20.0) -> Tensor:
    """clip((r - centre) scale, +-bound).

    >>> import torch
    >>> scaled(torch.tensor([0.0, 0.1, 0.9, 1.0])).round(decimals=4).tolist()
    [-5.0, -4.0, 4.0, 5.0]
    """
    return ((reward - centre) * scale).clamp(-bound, bound)


def objective(
    *,
    group: bool = True,
    batch: bool = True,
    cap: float = 5.0,
    loss: str = "gspo-rows",
    low: float = 0.2,
    high: float = 0.28,
    dual: float = 0.0,
    aggregate: str = "token-mean",
    minibatch: int = 0,
) -> Hooks:
    """A complete base. Rows need `logp_roll`, the log probabilities under the policy that sampled them."""

    def advantage(rows: Rows, reward: Tensor) -> Tensor:
        found = scaled(reward)
        if group:
            found = standardised(found, rows.group_id, eps=1e-5)
        tokens = found[:, None] * rows.mask
        return whitened(tokens, rows.mask) if batch else tokens

    def weight(rows: Rows, state: State) -> Tensor:
        assert rows.logp_old is not None
        assert rows.logp_roll is not None
        return truncated(rows.logp_old, rows.logp_roll, rows.mask, cap=cap, over="drop")

    base = grpo.objective(
        loss=loss,
        low=low,
        high=high,
        dual=dual,
        aggregate=aggregate,
        minibatch=minibatch,
        name="innovator-vl",
    )
    needs = base.needs | ({"logp_roll"} if cap else set())
    return replace(base, needs=needs, advantage=advantage, is_weight=(weight,) if cap else ())
