"""Ring-ops as text: `ad` (from 0 to 3) -> `1bxc1d`, and as token ids for experiments of seconds.

As text, train and test never share a (start, target). R rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from leadline.agents.base import Task
from leadline.environments import ring_ops as ring
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.rows import Rows
from leadline.train.single_turn import SingleTurn
from leadline.train.worlds.base import TaskSet, task

FIRST = 2
"""Id of the first symbol; 0 pads and 1 ends (policies/alphabet.py)."""
VOCABULARY = len(ring.ALPHABET) + FIRST
SHAPE = Shape(VOCABULARY, layers=2, channels=64, heads=4, inner=176, context=16)
"""0.1 M parameters: learns the ring in about 1000 steps of 128 answers."""


def tasks() -> TaskSet:
    """Every third prompt is for tests."""

    def draw(rng: np.random.Generator, count: int, split: str) -> list[Task]:
        known = [p for i, p in enumerate(ring.prompts()) if (i % 3 == 2) == (split == "test")]
        return [posed(known[i], rng) for i in rng.integers(len(known), size=count)]

    return TaskSet("ring_ops", ring.ALPHABET, ring.LENGTH, draw)


def posed(asked: ring.RingTask, rng: np.random.Generator) -> Task:
    """The demonstration is one right answer at random."""
    found = ring.solutions(*asked)
    shown = ring.written(found[rng.integers(len(found))])
    return task(asked.text, asked.text, lambda text: float(ring.verify(asked, text)), [shown])


def puzzle() -> SingleTurn:
    """All 529 prompts as ids, in the order of `prompts()`."""
    asked = torch.tensor(ring.prompts())

    def verify(index: Tensor, ids: Tensor) -> Tensor:
        start, target = asked[index].numpy().T
        return torch.from_numpy(ring.right(start, target, ids.numpy() - FIRST))

    return SingleTurn(asked + FIRST, ring.LENGTH, verify)


def taught(which: Sequence[int] | Any, symbols: Sequence[Sequence[int]] | Any) -> Rows:
    """Demonstrations to imitate: symbols [R, 6] as answers to the prompts `which` [R], masked to the answer."""
    asked = torch.tensor(ring.prompts())[torch.as_tensor(which)]
    ids = torch.cat([asked, torch.as_tensor(symbols)], 1) + FIRST
    mask = torch.zeros(ids.shape)
    mask[:, asked.shape[1] :] = 1
    n = len(ids)
    return Rows(torch.arange(n), ids, mask, torch.ones(n), torch.ones(n, dtype=torch.bool))


def new_policy(seed: int) -> Transformer:
    return Transformer(SHAPE, seed)


def batches(
    rng: np.random.Generator, prompts: Any, size: int, *, canonical: bool = False
) -> Callable[[int], Rows]:
    """Right answers to `prompts` drawn with replacement: any one, or always the canonical one."""
    every = ring.prompts()

    def batch(step: int) -> Rows:
        which = prompts[rng.integers(len(prompts), size=size)]
        found = [ring.solutions(*every[i]) for i in which]
        return taught(which, [f[0] if canonical else f[rng.integers(len(f))] for f in found])

    return batch
