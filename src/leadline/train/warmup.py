"""Supervised warm-up: next-token cross-entropy on demonstrations, observations and prompts masked out."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import torch

from leadline.agents.base import Task
from leadline.environments.base import Action
from leadline.train.descend import descend
from leadline.train.policies.alphabet import Alphabet
from leadline.train.policies.transformer import Transformer
from leadline.train.rows import Rows, padded
from leadline.train.worlds.base import TaskSet


def demonstrations(tasks: Sequence[Task], world: TaskSet, codec: Alphabet) -> Rows:
    """One row per task: its demonstration played in its environment. An answer shorter than the turn's room ends."""
    ids, masks = [], []
    for task in tasks:
        row, mask = played(task, world, codec)
        ids.append(row)
        masks.append(mask)
    n = len(tasks)
    index = torch.arange(n)
    return Rows(index, padded(ids, torch.long), padded(masks), torch.ones(n), torch.ones(n, dtype=torch.bool))


def played(task: Task, world: TaskSet, codec: Alphabet) -> tuple[list[int], list[float]]:
    """Ids and mask of one demonstration, observations in between."""
    environment = world.environment(task)
    environment.reset(0)
    ids = codec.encode(task.prompt)
    mask = [0.0] * len(ids)
    for text in task.metadata["demonstration"]:
        said = codec.encode(text, end=True)[: world.max_new]
        ids, mask = ids + said, mask + [1.0] * len(said)
        move = world.parse(text)
        if isinstance(move, Action):
            seen = codec.encode(environment.step(move).text + "\n")
            ids, mask = ids + seen, mask + [0.0] * len(seen)
    return ids, mask


def warm_up_step(
    policy: Transformer, optimizer: torch.optim.Optimizer, rows: Rows, *, max_norm: float = 1.0
) -> float:
    """One step on a batch of demonstrations; returns the mean loss per token."""
    loss = -(policy.score(rows).logp * rows.mask).sum() / rows.mask.sum()
    return descend(loss, policy, optimizer, max_norm)


def mixed_up(tasks: list[Task], share: float, rng: np.random.Generator) -> list[Task]:
    """Some tasks with the demonstration of their neighbour: wrong answers in the right form."""
    wrong = rng.random(len(tasks)) < share
    return [
        msgspec.structs.replace(
            t, metadata={**t.metadata, "demonstration": tasks[i - 1].metadata["demonstration"]}
        )
        if wrong[i]
        else t
        for i, t in enumerate(tasks)
    ]
