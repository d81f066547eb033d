"""A log-linear policy over all strings of a small alphabet: features of each prefix are fixed, the output layer learns.

P prompts, T positions, V symbols, D features, N prefixes (1 + V + ... + V^(T-1)). Everything is exact by enumeration.
The hidden state that predicts a token is its prefix's feature, so this is THR's setting without approximation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product

import torch
from torch import Tensor

from leadline.train.rows import Rows
from leadline.train.scores import Scores


class LogLinear:
    """features [P, N, D], weights [V, D]; `right` [P, V^T] bool over strings in lexicographic order."""

    def __init__(self, features: Tensor, right: Tensor, symbols: int, length: int) -> None:
        self.features, self.right, self.symbols, self.length = features, right, symbols, length
        self.weights = torch.zeros(symbols, features.shape[-1], dtype=features.dtype, requires_grad=True)
        self.strings = torch.tensor(list(product(range(symbols), repeat=length)))

    def parameters(self) -> Iterable[Tensor]:
        return [self.weights]

    def hidden(self, prompts: Tensor, ids: Tensor) -> Tensor:
        """[R, T, D] feature of each token's prefix."""
        powers = self.symbols ** torch.arange(self.length)
        offsets = torch.cumsum(powers, 0) - powers  # index of the first prefix of each length
        place = [torch.zeros(len(ids), dtype=torch.long)]
        for t in range(1, self.length):
            place.append(place[-1] * self.symbols + ids[:, t - 1])
        return self.features[prompts[:, None], torch.stack(place, 1) + offsets]

    def score(self, rows: Rows, needs: frozenset[str] = frozenset()) -> Scores:
        assert rows.prompt_id is not None
        hidden = self.hidden(rows.prompt_id, rows.ids)
        logits = hidden @ self.weights.T
        logp = torch.log_softmax(logits, -1)
        entropy = -(logp.exp() * logp).sum(-1) if "entropy" in needs else None
        token = logp.gather(-1, rows.ids[..., None])[..., 0]
        return Scores(
            token, entropy, logits if "logits" in needs else None, hidden if "hidden" in needs else None
        )

    def log_probabilities(self) -> Tensor:
        """[P, V^T] of every string."""
        p, s = len(self.features), len(self.strings)
        with torch.no_grad():
            prompts = torch.arange(p).repeat_interleave(s)
            ids = self.strings.repeat(p, 1)
            logp = torch.log_softmax(self.hidden(prompts, ids) @ self.weights.T, -1)
            return logp.gather(-1, ids[..., None])[..., 0].sum(1).view(p, s)

    def rollouts(
        self,
        prompts: Sequence[int] | Tensor,
        rng: torch.Generator,
        temperature: Callable[[Tensor, int], Tensor] | None = None,
        step: int = 0,
    ) -> Rows:
        """Sampled from the exact distribution over strings, temperature 1."""
        assert temperature is None
        index = torch.as_tensor(prompts)
        picked = torch.multinomial(self.log_probabilities().exp()[index], 1, generator=rng)[:, 0]
        ids, correct = self.strings[picked], self.right[index, picked]
        mask = torch.ones(ids.shape, dtype=self.features.dtype)
        return Rows(
            index,
            ids,
            mask,
            correct.to(mask.dtype),
            correct,
            prompt_id=index,
            stage_id=torch.ones_like(index),
        )

    def success(self) -> Tensor:
        """[P] exact probability of a right string."""
        return (self.log_probabilities().exp() * self.right).sum(1)


def random_log_linear(
    seed: int, *, prompts: int = 12, symbols: int = 5, length: int = 4, right: int = 18, features: int = 16
) -> LogLinear:
    """Normal features of unit expected norm, `right` random strings per prompt, uniform start."""
    rng = torch.Generator().manual_seed(seed)
    n_prefixes = sum(symbols**t for t in range(length))
    h = torch.randn(prompts, n_prefixes, features, generator=rng, dtype=torch.float64) / features**0.5
    good = torch.zeros(prompts, symbols**length, dtype=torch.bool)
    for row in good:
        row[torch.randperm(symbols**length, generator=rng)[:right]] = True
    return LogLinear(h, good, symbols, length)
