"""A judge whose answers are counted: chance decides for one that errs, and one that errs too often ends the search."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from leadline.errors import ModelError
from leadline.explore.cells import Cell, Judge

ENOUGH = 20
"""Judgements before the share of errors says anything."""
UNUSABLE = (ValueError, LookupError, TypeError, ModelError)
"""What a judge raises that gives no answer."""


class Counted:
    """Raises ModelError when more than `max_error_share` of the judgements were none."""

    def __init__(self, judge: Judge, max_error_share: float) -> None:
        self.judge, self.max_error_share = judge, max_error_share
        self.judgements = self.errors = 0

    def state(self, cells: Sequence[Cell], untried: Sequence[int], rng: np.random.Generator) -> int:
        """Index of the state to return to."""
        return self._index(lambda: self.judge.choose_state(cells, untried), len(cells), rng)

    def action(self, cell: Cell, actions: Sequence[int], rng: np.random.Generator) -> int:
        """Index of the action to take."""
        return self._index(lambda: self.judge.choose_action(cell, actions), len(actions), rng)

    def accepts(self, cell: Cell, archive: Sequence[Cell]) -> bool:
        """Whether a new state is archived; not where the judge errs."""
        self.judgements += 1
        try:
            good = bool(self.judge.accept(cell, archive))
        except UNUSABLE:
            self._wrong()
            good = False
        return good

    def _index(self, ask: Callable[[], int], n: int, rng: np.random.Generator) -> int:
        self.judgements += 1
        try:
            k = ask()
            if isinstance(k, (int, np.integer)) and 0 <= k < n:
                return int(k)
        except UNUSABLE:
            pass
        self._wrong()
        return int(rng.integers(n))

    def _wrong(self) -> None:
        self.errors += 1
        if self.judgements >= ENOUGH and self.errors > self.max_error_share * self.judgements:
            raise ModelError(
                f"The judge gave no usable answer in {self.errors} of {self.judgements} judgements.",
                remedy="Chance would decide most of the search: mend the judge, or name a random one.",
            )
