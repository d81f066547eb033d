"""A policy that is written down as a script: a generator that yields actions and is sent what came back.

Everything that takes several agents is such a script: planning, hierarchies, reviews. All of their calls go through
the one loop, so they share one budget, one trace and one set of permissions, and no part can give itself more.

The same observations always lead to the same actions, so an interrupted run is resumed by sending its old turns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from typing import Any

import msgspec

from leadline.agents.base import Finish, Said, Task, Turn, View
from leadline.environments.base import Action, Observation, Tool
from leadline.errors import StoreError

Script = Generator[Action | tuple[Action, ...], Any, Any]
"""Yields an action and is sent its Observation, or a tuple of actions that do not wait for each other and is sent
their observations in the same order."""


class Directed:
    """Subclasses write `script`, which returns the Finish, and `finish`, what there is when the run is stopped.

    Of actions that were made before in the same run the old observation is sent again, unless `repeat` is True: two
    researchers who ask the same thing pay once. What failed outside (web, mcp) is tried again.
    """

    name = "directed"
    repeat = False

    def __init__(self) -> None:
        self._task: Task | None = None
        self._script: Script = iter(())  # type: ignore[assignment]
        self._n_seen = 0

    def script(self, task: Task, tools: Sequence[Tool]) -> Script:
        raise NotImplementedError

    def finish(self) -> Finish:
        raise NotImplementedError

    def act(self, view: View) -> Action | Finish | Said:
        """The next actions. A new or resumed task starts the script and sends it the old turns."""
        if self._task is not view.task or len(view.turns) <= self._n_seen:
            self._begin(view)
        for turn in view.turns[self._n_seen :]:
            self._take(turn)
        self._n_seen = len(view.turns)
        if self._last is not None:
            return self._last
        return self._waiting[0] if len(self._waiting) == 1 else Said("", tuple(self._waiting))

    def conclude(self, view: View) -> Finish:
        """What has been found when the run is stopped; the last observations are taken in."""
        if self._task is not view.task or len(view.turns) != self._n_seen:
            self.act(view)
        if self._last is None:
            self._script.close()
        return self._last or self.finish()

    def _begin(self, view: View) -> None:
        self._task, self._n_seen = view.task, 0
        self._known: dict[bytes, Observation] = {}
        self._outside = {tool.name for tool in view.tools if tool.permission in ("web", "mcp")}
        self._wanted: tuple[Action, ...] = ()
        self._several = False
        self._waiting: deque[Action] = deque()
        self._last: Finish | None = None
        self._script = self.script(view.task, view.tools)
        self._send(None)

    def _take(self, turn: Turn) -> None:
        if self._last is not None or not self._waiting or turn.action != self._waiting[0]:
            raise StoreError(
                f"The run's next step was {turn.action.tool} {turn.action.arguments}; {self.name} now takes another.",
                remedy="Start it anew: the agent or its model has changed since.",
            )
        self._waiting.popleft()
        self._known[_key(turn.action)] = turn.observation
        if not self._waiting:
            self._send(self._answers())

    def _answers(self) -> Any:
        found = tuple(self._known[_key(action)] for action in self._wanted)
        return found if self._several else found[0]

    def _send(self, seen: Any) -> None:
        """Go on until there is an action whose observation is not known yet, or until the end."""
        try:
            while True:
                move = self._script.send(seen)
                self._several = isinstance(move, tuple)
                self._wanted = move if isinstance(move, tuple) else (move,)
                fresh = {_key(action): action for action in self._wanted if not self._has(action)}
                self._waiting = deque(fresh.values())
                if self._waiting:
                    return
                seen = self._answers()
        except StopIteration as end:
            self._waiting.clear()
            self._last = end.value if isinstance(end.value, Finish) else self.finish()

    def _has(self, action: Action) -> bool:
        known = None if self.repeat else self._known.get(_key(action))
        return known is not None and not (known.error and action.tool in self._outside)


def _key(action: Action) -> bytes:
    return msgspec.json.encode([action.tool, action.arguments], order="sorted")
