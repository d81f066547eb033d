"""What an archive holds, and who judges it: the two nouns of Go-Explore (archive.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from leadline.environments.base import Observation


class Cell(msgspec.Struct):
    """A state that was seen. `path` is the shortest known way from the start, as indices into legal_actions."""

    id: str
    observation: Observation
    path: list[int]
    snapshot: Any
    n_actions: int
    visits: int = 1


class Judge(Protocol):
    """The three judgements. An index out of range, or an exception, counts as an error: chance decides instead,
    and a new state is not archived."""

    def choose_state(self, cells: Sequence[Cell], untried: Sequence[int]) -> int:
        """Index into `cells`; untried[i] is the number of actions that cell i still has."""
        ...

    def choose_action(self, cell: Cell, actions: Sequence[int]) -> int:
        """Index into `actions`, the untried action numbers of `cell`."""
        ...

    def accept(self, cell: Cell, archive: Sequence[Cell]) -> bool:
        """Whether a new state is interesting enough to return to."""
        ...
