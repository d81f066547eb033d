"""Policies without a network, for experiments of seconds: one softmax per prompt and position.

P prompts, T positions, V arms, R rows. Positions are independent, so pass@k is known exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from leadline.train.rows import Rows
from leadline.train.scores import Scores


class SoftmaxTable:
    """Logits [P, T, V] (or [P, V]: one position). A response is right if every token is: `right`, bool, same shape.

    Its reward is 1 or 0, with `partial` the share of its tokens that are right.
    """

    def __init__(self, logits: Tensor, right: Tensor, *, partial: bool = False) -> None:
        logits, right = (x[:, None] if x.dim() == 2 else x for x in (logits, right))
        self.logits = logits.clone().requires_grad_(True)
        self.right, self.partial = right, partial

    def parameters(self) -> Iterable[Tensor]:
        return [self.logits]

    def score(self, rows: Rows, needs: frozenset[str] = frozenset()) -> Scores:
        assert rows.prompt_id is not None
        logits = self.logits[rows.prompt_id]
        logp = torch.log_softmax(logits, -1)
        entropy = -(logp.exp() * logp).sum(-1) if "entropy" in needs else None
        return Scores(
            logp.gather(-1, rows.ids[..., None])[..., 0], entropy, logits if "logits" in needs else None
        )

    def rollouts(
        self,
        prompts: Sequence[int] | Tensor,
        rng: torch.Generator,
        temperature: Callable[[Tensor, int], Tensor] | None = None,
        step: int = 0,
    ) -> Rows:
        """One sampled row per entry of `prompts`; equal entries share a group."""
        index = torch.as_tensor(prompts)
        _, width, arms = self.logits.shape
        tau = torch.ones(width, dtype=self.logits.dtype)
        if temperature is not None:
            tau = temperature(torch.arange(width), step).to(self.logits.dtype)
        with torch.no_grad():
            logp = torch.log_softmax(self.logits[index] / tau[:, None], -1)
        ids = torch.multinomial(logp.exp().view(-1, arms), 1, generator=rng).view(len(index), width)
        hit = self.right[index].gather(-1, ids[..., None])[..., 0]
        correct = hit.all(1)
        reward = hit.to(logp.dtype).mean(1) if self.partial else correct.to(logp.dtype)
        return Rows(
            index, ids, torch.ones_like(ids, dtype=logp.dtype), reward, correct,
            prompt_id=index, logp_roll=logp.gather(-1, ids[..., None])[..., 0], stage_id=torch.ones_like(index),
            tau=tau.expand(len(index), width),
        )  # fmt: skip

    def success(self) -> Tensor:
        """[P] exact probability of a right response at temperature 1."""
        return self.share_right().prod(-1)

    def share_right(self) -> Tensor:
        """[P, T] exact probability of a right token at temperature 1."""
        with torch.no_grad():
            return (torch.softmax(self.logits, -1) * self.right).sum(-1)


def pass_at(success: Tensor, k: int) -> float:
    """Mean over prompts of the exact pass@k for independent samples: 1 - (1 - p)^k."""
    return float((1 - (1 - success.double()) ** k).mean())
