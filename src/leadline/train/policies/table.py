"""Policies without a network, for experiments of seconds: a softmax per prompt.

P prompts, V arms, R rows. A response of the table is one token, so T = 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from leadline.train.rows import Rows
from leadline.train.scores import Scores


class SoftmaxTable:
    """Logits [P, V]; `answers` [P] bool mask [P, V] of the arms that are right."""

    def __init__(self, logits: Tensor, right: Tensor) -> None:
        self.logits = logits.clone().requires_grad_(True)
        self.right = right

    def parameters(self) -> Iterable[Tensor]:
        return [self.logits]

    def score(self, rows: Rows, needs: frozenset[str] = frozenset()) -> Scores:
        assert rows.prompt_id is not None
        logits = self.logits[rows.prompt_id][:, None, :]
        logp = torch.log_softmax(logits, -1)
        entropy = -(logp.exp() * logp).sum(-1) if "entropy" in needs else None
        return Scores(
            logp.gather(-1, rows.ids[..., None])[..., 0], entropy, logits if "logits" in needs else None
        )

    def rollouts(self, prompts: Sequence[int] | Tensor, rng: torch.Generator) -> Rows:
        """One sampled row per entry of `prompts`; equal entries share a group."""
        index = torch.as_tensor(prompts)
        with torch.no_grad():
            logp = torch.log_softmax(self.logits[index], -1)
        ids = torch.multinomial(logp.exp(), 1, generator=rng)
        correct = self.right[index, ids[:, 0]]
        return Rows(
            index, ids, torch.ones_like(ids, dtype=logp.dtype), correct.to(logp.dtype), correct,
            prompt_id=index, logp_roll=logp.gather(1, ids), stage_id=torch.ones_like(index),
        )  # fmt: skip

    def success(self) -> Tensor:
        """[P] exact probability of a right answer."""
        with torch.no_grad():
            return (torch.softmax(self.logits, -1) * self.right).sum(-1)


def pass_at(success: Tensor, k: int) -> float:
    """Mean over prompts of the exact pass@k for independent samples: 1 - (1 - p)^k."""
    return float((1 - (1 - success.double()) ** k).mean())
