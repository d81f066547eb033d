"""A policy that plays a list of actions: for tests, and to try an environment by hand."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.agents.base import Finish, View
from leadline.environments.base import Action


class Scripted:
    """Plays `moves` in order, then finishes with the last observation's text (or with a `Finish` of its own).

    The move follows from the number of turns in the view, so that a run can be resumed in the middle.
    """

    name = "scripted"

    def __init__(self, moves: Sequence[Action | Finish]) -> None:
        self.moves = tuple(moves)

    def act(self, view: View) -> Action | Finish:
        played = len(view.turns)
        if played < len(self.moves):
            return self.moves[played]
        return Finish(view.turns[-1].observation.text if view.turns else "")
