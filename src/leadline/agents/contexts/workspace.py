"""A workspace rebuilt at every round (IterResearch, arXiv:2511.07327, section 3.1).

The policy sees the question, its own report so far, and the last action with its result; nothing else. The report is
what the policy wrote at its last turn (Turn.thought) and replaces the one before: what it did not write down is gone.

Departs: a turn without a report leaves the one before, where the paper's decision always has one.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from leadline.agents.base import Task, Turn, View
from leadline.environments.base import Tool


class Workspace:
    """State (q, M_t, {a_{t-1}, TR_{t-1}}). `max_report_chars` bounds M: a longer report is cut at its end."""

    def __init__(self, max_report_chars: int = 12_000) -> None:
        self.max_report_chars = max_report_chars

    def view(self, task: Task, tools: Sequence[Tool], turns: Sequence[Turn]) -> View:
        report = next((turn.thought for turn in reversed(turns) if turn.thought), "")
        # The report is shown once, as notes: not again as the words before the last action.
        last = [msgspec.structs.replace(turn, thought="") for turn in turns[-1:]]
        return View(task, tools, last, report[: self.max_report_chars])
