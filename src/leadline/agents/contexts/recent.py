"""The last turns whole, the policy's own words included, and nothing older.

The plain window that many agents use (no paper). DeepMiner's (`window.py`) forgets results and keeps every turn of the
policy, so its requests still grow, slowly; these do not, and a run of any length fits. What the policy does not say
again is gone.
"""

from __future__ import annotations

from collections.abc import Sequence

from leadline.agents.base import Task, Turn, View
from leadline.agents.contexts.window import blanked, checked_window
from leadline.environments.base import Tool


class Recent:
    """At most `window` turns; when one more comes, the oldest `slide` of them go (as results do in `SlidingWindow`)."""

    def __init__(self, window: int = 5, slide: int = 3) -> None:
        self.window, self.slide = checked_window(window, slide)

    def view(self, task: Task, tools: Sequence[Tool], turns: Sequence[Turn]) -> View:
        gone = blanked(len(turns), self.window, self.slide)
        return View(task, tools, turns[gone:], f"({gone} earlier calls are no longer shown.)" if gone else "")
