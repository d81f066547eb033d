"""Policy gradients of tabular softmax policies in plain numpy, for pilots of seconds that need no network.

logits [S, A]: one row of A action preferences per state. A path is the (state, action) pairs of one rollout.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leadline.chances import softmax

Array = np.ndarray[Any, np.dtype[np.float64]]
Path = Sequence[tuple[int, int]]


def score_function(p: Array, action: int) -> Array:
    """[A] gradient of log p[action] in the logits: one-hot minus p (Williams 1992).

    >>> score_function(np.array([0.25, 0.75]), 1).tolist()
    [-0.25, 0.25]
    """
    direction = -p
    direction[action] += 1
    return direction


def group_step(
    logits: Array, group: Sequence[tuple[Path, float]], lr: float, *, ddof: int = 0, eps: float = 0.0
) -> None:
    """One on-policy GRPO step (arXiv:2402.03300, no clipping acts), in place, on (path, reward) rollouts of a question.

    Equal rewards carry no signal. Actions are taken in one after another, each at the logits that the ones before it
    left, as in the pilots that use it; ddof and eps as in train/advantages.py.
    """
    rewards = np.array([reward for _, reward in group])
    if rewards.std() == 0:
        return
    advantages = (rewards - rewards.mean()) / (rewards.std(ddof=ddof) + eps)
    for (path, _), advantage in zip(group, advantages, strict=True):
        for state, action in path:
            step = score_function(softmax(logits[state]), action)
            logits[state] += lr * advantage * step / len(group)
