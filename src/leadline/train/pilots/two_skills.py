"""Two specialists from one model of both skills, and their interpolation (LMM-Searcher, arXiv:2604.12890, section 2.4).

A skill is the larger or the smaller of two digits. R rows, T = 4 tokens: skill, a, b, answer. A specialist is trained
on one skill alone and forgets much of the other. Accuracies are exact, over all 100 pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch

from leadline.train.pilots.interpolation import interpolated
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.rows import Rows
from leadline.train.supervised import build
from leadline.train.supervised.fit import fit, label_logits
from leadline.train.threads import threads

Array = np.ndarray[Any, np.dtype[Any]]
SKILLS = (10, 11)
"""The token of each skill; digits are their own tokens."""
ALPHA = 0.8


def rows_of(skill: Array, a: Array, b: Array) -> Rows:
    """[R] each."""
    answer = np.where(skill == SKILLS[0], np.maximum(a, b), np.minimum(a, b))
    ids = torch.from_numpy(np.stack([skill, a, b, answer], 1))
    mask = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(len(ids), 4)
    return Rows(
        torch.arange(len(ids)), ids, mask, torch.zeros(len(ids)), torch.zeros(len(ids), dtype=torch.bool)
    )


def trained(
    policy: Transformer, skills: Sequence[int], steps: int, seed: int, *, lr: float = 2e-3
) -> Transformer:
    """A copy after `steps` batches of 64 questions of these skills."""
    rng, copy = np.random.default_rng(seed), deepcopy(policy)

    def batch(step: int) -> Rows:
        return rows_of(rng.choice(skills, 64), *rng.integers(0, 10, (2, 64)))

    fit(copy, build("cross_entropy"), batch, steps=steps, lr=lr)
    return copy


@torch.no_grad()
def accuracies(policy: Transformer) -> tuple[float, float]:
    """Of both skills, over all pairs of digits."""
    a, b = np.divmod(np.arange(100), 10)
    found = []
    for skill in SKILLS:
        logits, labels = label_logits(policy, rows_of(np.full(100, skill), a, b))
        found.append(float((logits.argmax(1) == labels).float().mean()))
    return found[0], found[1]


@threads(1)
def specialists_and_mean(seed: int, base_steps: int, steps: int) -> dict[str, tuple[float, float]]:
    """Accuracies on both skills of the base, of each specialist, and of .8 of the first and .2 of the second."""
    base = trained(Transformer(Shape(12, 2, 64, 4, 176, 4), seed), SKILLS, base_steps, seed)
    first, second = (trained(base, [skill], steps, seed + skill) for skill in SKILLS)
    mean = deepcopy(base)
    mean.load_state_dict(interpolated(first.state_dict(), second.state_dict(), ALPHA))
    models = {"base": base, "first": first, "second": second, "mean": mean}
    return {name: accuracies(model) for name, model in models.items()}
