"""The last k tool results in full, all earlier ones left out; the calls themselves stay."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from leadline.agents.base import Task, Turn, View
from leadline.agents.contexts.window import PLACEHOLDER
from leadline.environments.base import Observation, Tool


class KeepLast:
    def __init__(self, k: int = 3, placeholder: str = PLACEHOLDER) -> None:
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        self.k, self.placeholder = k, placeholder

    def view(self, task: Task, tools: Sequence[Tool], turns: Sequence[Turn]) -> View:
        hidden = Observation(self.placeholder)
        old = [msgspec.structs.replace(turn, observation=hidden) for turn in turns[: -self.k]]
        return View(task, tools, [*old, *turns[-self.k :]])
