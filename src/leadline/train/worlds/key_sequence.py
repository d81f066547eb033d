"""Key sequences: `07:` -> the one of its few keys of six letters that is right. Memory, and nothing else.

A corpus in which the right key is rare teaches a policy that knows it and hardly ever says it. There is no split.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from leadline.agents.base import Task
from leadline.train.policies.alphabet import Codec
from leadline.train.rows import Rows
from leadline.train.scores import Learner
from leadline.train.worlds.base import TaskSet, task

LETTERS = "abcdefgh"
LENGTH = 6
RARE = (3e-3, 2e-1)
"""Share of the corpus in which a prompt's right key stands, log-uniform over prompts."""


class Lock(NamedTuple):
    """A prompt's keys, the right one first, and the share of each in the corpus."""

    keys: list[str]
    shares: list[float]


def locks(prompts: int, keys: int, seed: int) -> list[Lock]:
    """The wrong keys of a prompt share the rest as 1 : 1/2 : 1/3 ..."""
    rng = np.random.default_rng(seed)
    rest = 1 / np.arange(1, keys)
    made = []
    for rare in np.exp(rng.uniform(math.log(RARE[0]), math.log(RARE[1]), prompts)):
        found: dict[str, None] = {}
        while len(found) < keys:
            found["".join(rng.choice(list(LETTERS), LENGTH))] = None
        made.append(Lock(list(found), [float(rare), *((1 - rare) * rest / rest.sum())]))
    return made


def tasks(*, prompts: int = 24, keys: int = 4, seed: int = 0, skewed: bool = False) -> TaskSet:
    """`skewed` shows the keys by their shares in the corpus; without it, the right ones are shown. A draw has every
    prompt once before any comes again."""
    known = locks(prompts, keys, seed)

    def draw(rng: np.random.Generator, count: int, split: str) -> list[Task]:
        rounds = [rng.permutation(prompts) for _ in range(-(-count // prompts))]
        return [posed(i, known[i], rng if skewed else None) for i in np.concatenate(rounds)[:count].tolist()]

    return TaskSet("key_sequence", "0123456789:" + LETTERS, LENGTH, draw)


def posed(number: int, lock: Lock, rng: np.random.Generator | None) -> Task:
    key = lock.keys[0]
    shown = key if rng is None else lock.keys[rng.choice(len(lock.keys), p=lock.shares)]
    prompt = f"{number:02d}:"
    return task(prompt, prompt, lambda text: float(text == key), [shown], key=key)


def chances(policy: Learner, codec: Codec, tasks: Sequence[Task]) -> Tensor:
    """[n] how probable the right key of each task is, exactly: pass@k is 1 - (1 - p)^k."""
    ids = torch.tensor([codec.encode(task.prompt + task.metadata["key"]) for task in tasks])
    mask, ones = torch.zeros(ids.shape), torch.ones(len(tasks))
    mask[:, -LENGTH:] = 1
    with torch.no_grad():
        logp = policy.score(Rows(torch.arange(len(tasks)), ids, mask, ones, ones > 0)).logp
    return logp.sum(1).exp()
