"""A policy that names candidates one after another, none twice, and decides after each whether to go on.

P prompts, M elements, N candidates at most, R rows, T = 2N - 1 tokens: element, decision (1: go on), element, ...
The wish to go on depends on the number of candidates only and is shared by all prompts. Probabilities are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from leadline.train.rows import Rows
from leadline.train.scores import Scores

Reward = Callable[[int, int], float]
"""(candidates named, 1-based place of the right one or 0) -> reward."""


class CandidateTable:
    """logits [P, M]; `right` [P] the one right element; `most` candidates (1: a single answer)."""

    def __init__(self, logits: Tensor, right: Tensor, most: int, reward: Reward) -> None:
        self.logits = logits.clone().requires_grad_(True)
        self.go_on = torch.zeros(most - 1, dtype=logits.dtype, requires_grad=True)
        self.right, self.most = right, most
        self.reward = torch.tensor(
            [[reward(n, k) if k <= n else 0.0 for k in range(most + 1)] for n in range(1, most + 1)],
            dtype=logits.dtype,
        )

    @property
    def length(self) -> int:
        return 2 * self.most - 1

    def parameters(self) -> Iterable[Tensor]:
        return [self.logits, self.go_on] if self.most > 1 else [self.logits]

    def score(self, rows: Rows, needs: frozenset[str] = frozenset()) -> Scores:
        """Log probabilities of elements among those not yet named, and of decisions."""
        assert rows.prompt_id is not None
        logits = self.logits[rows.prompt_id]
        found = []
        for place in range((rows.width + 1) // 2):
            named = rows.ids[:, 2 * place, None]
            found.append(torch.log_softmax(logits, -1).gather(1, named)[:, 0])
            logits = logits.scatter(1, named, -torch.inf)
            if 2 * place + 1 < rows.width:
                sign = 2 * rows.ids[:, 2 * place + 1] - 1
                found.append(torch.nn.functional.logsigmoid(sign * self.go_on[place]))
        logp = torch.where(rows.mask > 0, torch.stack(found, 1), 0.0)
        return Scores(logp)

    def rollouts(
        self,
        prompts: Sequence[int] | Tensor,
        rng: torch.Generator,
        temperature: Callable[[Tensor, int], Tensor] | None = None,
        step: int = 0,
    ) -> Rows:
        """One row per entry of `prompts`. Elements after the decision to stop are drawn and masked."""
        assert temperature is None, "candidates are sampled at temperature 1"
        index = torch.as_tensor(prompts)
        with torch.no_grad():
            weights = torch.softmax(self.logits[index], -1)
            named = torch.multinomial(weights, self.most, generator=rng)  # without replacement, in order
            wish = torch.sigmoid(self.go_on).expand(len(index), -1)
            on = (torch.rand(wish.shape, generator=rng, dtype=wish.dtype) < wish).long()
        alive = torch.cat([torch.ones(len(index), 1, dtype=torch.long), on.cumprod(1)], 1)
        ids = torch.zeros(len(index), self.length, dtype=torch.long)
        mask = torch.zeros(len(index), self.length, dtype=self.logits.dtype)
        ids[:, ::2], ids[:, 1::2] = named, on
        mask[:, ::2], mask[:, 1::2] = alive.to(mask.dtype), alive[:, :-1].to(mask.dtype)
        hit = (named == self.right[index][:, None]) & (alive > 0)
        first = torch.where(hit.any(1), hit.int().argmax(1) + 1, 0)
        reward = self.reward[alive.sum(1) - 1, first]
        return Rows(index, ids, mask, reward, first == 1, prompt_id=index, stage_id=torch.ones_like(index))

    def success(self) -> Tensor:
        """[P] probability that the first candidate is the right one."""
        with torch.no_grad():
            return torch.softmax(self.logits, -1).gather(1, self.right[:, None])[:, 0]

    def top_1(self) -> Tensor:
        """[P] whether the likeliest element is the right one."""
        return self.logits.detach().argmax(1) == self.right

    def mean_candidates(self) -> float:
        """E[N]."""
        return 1.0 + float(torch.sigmoid(self.go_on.detach()).cumprod(0).sum())
