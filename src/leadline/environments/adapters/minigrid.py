"""MiniGrid and BabyAI levels with our own words for what is seen (extra `explore`)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from leadline.environments.base import Action, Observation, Tool
from leadline.errors import NotFound, need

NAMES = ("left", "right", "forward", "pickup", "drop", "toggle")
ACT = Tool(
    "act",
    "One action of the agent.",
    {"type": "object", "properties": {"do": {"type": "string", "enum": list(NAMES)}}, "required": ["do"]},
)


class MiniGrid:
    """A level by its name ("BabyAI-GoToRedBallGrey-v0"). Snapshots are deep copies of the whole simulation, so also
    its random generator comes back. `max_steps` ends a life; the level's own limit otherwise."""

    tools: Sequence[Tool] = (ACT,)

    def __init__(self, level: str, seed: int = 0, *, max_steps: int | None = None) -> None:
        gymnasium = need("gymnasium", "explore", "MiniGrid")
        need("minigrid", "explore", "MiniGrid")  # its import registers the levels
        levels = [name for name in gymnasium.registry if name.startswith(("MiniGrid-", "BabyAI-"))]
        if level not in levels:
            raise NotFound("MiniGrid level", level, levels)
        self.level, self.seed = level, seed
        with redirect_stdout(StringIO()):  # the level generator prints what it rejects
            self.env: Any = gymnasium.make(level, **({"max_steps": max_steps} if max_steps else {})).unwrapped
        self.reset(seed)

    def reset(self, seed: int = 0) -> Observation:
        self.seed, self.done = seed, False
        with redirect_stdout(StringIO()):
            view, _ = self.env.reset(seed=seed)
        return self._observe(view, 0.0)

    def step(self, action: Action) -> Observation:
        if self.done or action.arguments.get("do") not in NAMES:
            return Observation("", error=f"{action.arguments} is not possible here.", done=self.done)
        view, reward, ended, cut, _ = self.env.step(NAMES.index(action.arguments["do"]))
        self.done = bool(ended or cut)
        return self._observe(view, float(reward > 0))

    def legal_actions(self) -> list[Action]:
        return [] if self.done else [Action("act", {"do": name}) for name in NAMES]

    def state_id(self) -> str:
        """Grid, place, direction and what is carried; the step counter is left out, so that cells can meet."""
        held = self.env.carrying
        carried = f"{held.color} {held.type}" if held else ""
        place = (*map(int, self.env.agent_pos), int(self.env.agent_dir))
        return f"{self.env.grid.encode().tobytes().hex()} {place} {carried}"

    def snapshot(self) -> Any:
        return copy.deepcopy(self.env), self.done

    def restore(self, snapshot: Any) -> None:
        self.env, self.done = copy.deepcopy(snapshot[0]), snapshot[1]

    def _observe(self, view: dict[str, Any], reward: float) -> Observation:
        return Observation(f"Mission: {view['mission']}. {self._words()}", None, reward, self.done)

    def _words(self) -> str:
        """Sentences about the objects of the room, by distance from the agent in its own frame."""
        (ax, ay), (dx, dy) = self.env.agent_pos, self.env.dir_vec
        lines = []
        for x in range(self.env.width):
            for y in range(self.env.height):
                thing = self.env.grid.get(x, y)
                if thing is None or thing.type in ("wall", "floor") or not self.env.in_view(x, y):
                    continue
                ahead = (x - ax) * dx + (y - ay) * dy
                right = (x - ax) * -dy + (y - ay) * dx
                side = f"{abs(right)} to the {'right' if right > 0 else 'left'}" if right else "straight on"
                lines.append(f"A {thing.color} {thing.type} {ahead} ahead, {side}.")
        held = self.env.carrying
        return " ".join(
            [*sorted(lines), f"Carrying a {held.color} {held.type}." if held else "Carrying nothing."]
        )
