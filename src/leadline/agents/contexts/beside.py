"""Notes beside what another context shows: lessons, objections of a reviewer, what others have found."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from leadline.agents.base import Context, Task, Turn, View
from leadline.environments.base import Tool


class Beside:
    """The view of `context` with `notes` before its own, at most `max_chars` of them."""

    def __init__(self, context: Context, notes: str, *, max_chars: int = 6000) -> None:
        self.context, self.notes, self.max_chars = context, notes, max_chars

    def view(self, task: Task, tools: Sequence[Tool], turns: Sequence[Turn]) -> View:
        view = self.context.view(task, tools, turns)
        notes = "\n\n".join(part for part in (self.notes[: self.max_chars], view.notes) if part)
        return msgspec.structs.replace(view, notes=notes)
