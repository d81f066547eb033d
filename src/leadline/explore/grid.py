"""All settings of a reaction space in a row, for proposers that score every one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leadline.environments.reactions import ReactionSpace, Setting
from leadline.explore.campaign import Trial

Array = np.ndarray[Any, Any]


class Grid:
    """`order` is random: far from all data many settings score alike, and ties go to the first in it."""

    def __init__(self, space: ReactionSpace, seed: tuple[int, int]) -> None:
        self.settings, self.shape = space.settings, space.shape
        self.order = np.random.default_rng(seed).permutation(len(self.settings))

    def setting(self, place: int) -> Setting:
        return tuple(int(k) for k in self.settings[place])

    def random(self, n: int) -> Setting:
        """The n-th of the random order, which begins again after the last."""
        return self.setting(self.order[n % len(self.order)])

    def places(self, settings: Sequence[Setting]) -> Array:
        """Where settings stand in the grid."""
        return np.asarray(np.ravel_multi_index(np.array(settings).T, self.shape))

    def best(self, score: Array, history: Sequence[Trial]) -> Setting:
        """The setting with the highest score [N] among those not tried."""
        open_score = score.copy()
        open_score[self.places([t.setting for t in history])] = -np.inf
        return self.setting(self.order[int(np.argmax(open_score[self.order]))])


def one_hot(settings: Array, shape: Sequence[int], dtype: type = float) -> Array:
    """[N, sum(shape)] settings [N, parameters] as zeros and ones.

    >>> one_hot(np.array([[1, 0]]), (2, 3)).tolist()
    [[0.0, 1.0, 1.0, 0.0, 0.0]]
    """
    return np.concatenate([np.eye(n, dtype=dtype)[settings[:, k]] for k, n in enumerate(shape)], axis=1)
