"""The plainest context: the policy sees every turn so far (ReAct, arXiv:2210.03629)."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.agents.base import Task, Turn, View
from leadline.environments.base import Tool


class Transcript:
    """All turns, unchanged."""

    def view(self, task: Task, tools: Sequence[Tool], turns: Sequence[Turn]) -> View:
        return View(task, tools, turns)
