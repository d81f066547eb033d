"""Moves that are taken back before they cost a turn: repeated searches, and calls that cannot be made.

LMM-Searcher's loop (arXiv:2604.12890, section 2.3): the message is dropped and the model is asked again, at most five
times in a row; a repeated search is let through when all but one of these are used. So attempts, not turns, are what a
stubborn model spends, and they are bounded too.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from leadline.agents.base import Finish, Policy, Said, View
from leadline.agents.loop import as_said, concluded
from leadline.environments.arguments import called
from leadline.environments.base import Action

SEARCHES = ("search", "web_search", "image_search", "visual_search")


class Rollback:
    """A policy whose hopeless moves never reach the environment. `attempts` and `rolled_back` count over its life.

    Departs: the model is told what was taken back (in the notes), since at temperature 0 it would say it again; with
    `told` False it sees exactly what it saw before, as in the paper.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        limit: int = 5,
        searches: Collection[str] = SEARCHES,
        max_extra: int = 200,
        told: bool = True,
    ) -> None:
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        self.name = policy.name
        self.policy, self.limit, self.searches = policy, limit, frozenset(searches)
        self.max_extra, self.told = max_extra, told
        self.attempts = self.rolled_back = 0

    @property
    def cost(self) -> dict[str, float]:
        """What the policy's model has cost; attempts that were taken back are paid for too."""
        return getattr(self.policy, "cost", {})

    def act(self, view: View) -> Action | Finish | Said:
        past = {key(turn.action) for turn in view.past or view.turns}
        shown = view
        for in_a_row in range(self.limit + 1):
            said = as_said(self.policy.act(shown))
            self.attempts += 1
            wrong = self.wrong(said, view, past, in_a_row)
            if not wrong or in_a_row == self.limit or self.rolled_back >= self.max_extra:
                break
            self.rolled_back += 1
            if self.told:
                shown = with_note(view, wrong)
        return said

    def conclude(self, view: View) -> Finish:
        return concluded(self.policy, view)

    def wrong(self, said: Said, view: View, past: Collection[str], in_a_row: int) -> str:
        """Why a move is taken back; empty when it stands."""
        if isinstance(said.move, Finish):
            return ""
        for action in said.move if isinstance(said.move, tuple) else (said.move,):
            tool = called(view.tools, action)
            if isinstance(tool, str):
                return tool
            if action.tool in self.searches and in_a_row < self.limit - 1 and key(action) in past:
                return f"{action.tool} has been asked this before: {said_of(action)}. Ask something else."
        return ""


def key(action: Action) -> str:
    """Equal for calls that ask the same: case and spaces of texts do not count.

    >>> key(Action("search", {"query": " Red  Crane"})) == key(Action("search", {"query": "red crane"}))
    True
    """
    plain = {
        name: " ".join(value.lower().split()) if isinstance(value, str) else value
        for name, value in action.arguments.items()
    }
    return f"{action.tool} {msgspec.json.encode(plain, order='sorted').decode()}"


def said_of(action: Action) -> str:
    return ", ".join(str(value) for value in action.arguments.values())


def with_note(view: View, note: str) -> View:
    return msgspec.structs.replace(view, notes=f"{view.notes}\n{note}".strip())
