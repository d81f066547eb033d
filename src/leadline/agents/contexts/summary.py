"""Old turns as a summary beside the recent ones (extractive by default; a model may write it).

`summarise` must be a pure function of the turns, so that the same past gives the same view.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leadline.agents.base import Task, Turn, View
from leadline.environments.base import Tool

Summarise = Callable[[Sequence[Turn]], str]


def first_sentences(turns: Sequence[Turn], chars_per_turn: int = 160) -> str:
    """One line per turn: the call and the beginning of what came back."""
    return "\n".join(
        f"{turn.action.tool} {turn.action.arguments}: {' '.join(turn.observation.text.split())[:chars_per_turn]}"
        for turn in turns
    )


class Summary:
    """The last `recent` turns in full, everything before in the notes, at most `max_chars` of it (the newest)."""

    def __init__(
        self, recent: int = 3, max_chars: int = 8000, summarise: Summarise = first_sentences
    ) -> None:
        if recent < 1 or max_chars < 1:
            raise ValueError(f"recent and max_chars must be at least 1, not {recent} and {max_chars}")
        self.recent, self.max_chars, self.summarise = recent, max_chars, summarise

    def view(self, task: Task, tools: Sequence[Tool], turns: Sequence[Turn]) -> View:
        notes = self.summarise(turns[: -self.recent]) if len(turns) > self.recent else ""
        return View(task, tools, turns[-self.recent :], notes[-self.max_chars :])
