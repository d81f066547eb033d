"""TextWorld games from their .json or .z8 files (extra `textworld`; .ulx files are refused by TextWorld 1.7).

States come back by replay: the game is started again and the commands are repeated. `replayed` counts them, because
they cost moves in the paper's accounting (arXiv:2405.15143).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leadline.environments.base import Action, Observation, Tool
from leadline.errors import UsageError, need

SAY = Tool(
    "say",
    "A command of the game.",
    {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]},
)


class TextWorld:
    """A game file as an environment. Reward 1 for a won game.

    `verbs` leaves only commands that begin so (("go", "take") in the paper's Coin Collector); `max_moves` ends a life.
    """

    tools: Sequence[Tool] = (SAY,)

    def __init__(
        self, path: str | Path, *, verbs: Sequence[str] = (), max_moves: float = float("inf")
    ) -> None:
        self.path, self.verbs, self.max_moves = Path(path), tuple(verbs), max_moves
        if self.path.suffix == ".ulx":
            raise UsageError(f"{path}: .ulx games do not run.", remedy="Use the .json or .z8 file beside it.")
        if not self.path.is_file():
            raise UsageError(f"There is no game at {path}.", remedy="Name a .json or .z8 file of TextWorld.")
        self.library: Any = need("textworld", "textworld", "TextWorld")
        self.replayed = 0
        infos = self.library.EnvInfos(facts=True, admissible_commands=True, score=True, won=True, lost=True)
        self.game = self.library.start(str(self.path), infos)
        self.commands: list[str] = []
        self.reset()

    def reset(self, seed: int = 0) -> Observation:
        self.commands, self.state = [], self.game.reset()
        return self._observe()

    def step(self, action: Action) -> Observation:
        command = action.arguments.get("command")
        if self._ended() or not isinstance(command, str):
            return Observation("", error="The game is over, or this is no command.", done=self._ended())
        self.state, _, _ = self.game.step(command)
        self.commands.append(command)
        return self._observe()

    def legal_actions(self) -> list[Action]:
        if self._ended():
            return []
        commands = sorted(self.state["admissible_commands"] or ())
        return [
            Action("say", {"command": c}) for c in commands if not self.verbs or c.split()[0] in self.verbs
        ]

    def state_id(self) -> str:
        """Everything that holds in the game's world (places, what lies or is held where) and the score."""
        facts = sorted(str(fact) for fact in self.state.get("facts") or self.state.get("_facts") or ())
        return hashlib.sha256("\n".join([*facts, str(self.state.get("score") or 0)]).encode()).hexdigest()[
            :24
        ]

    def snapshot(self) -> tuple[str, ...]:
        return tuple(self.commands)

    def restore(self, snapshot: tuple[str, ...]) -> None:
        self.reset()
        for command in snapshot:
            self.state, _, _ = self.game.step(command)
        self.commands = list(snapshot)
        self.replayed += len(snapshot)

    def _ended(self) -> bool:
        return bool(self.state["won"] or self.state["lost"] or len(self.commands) >= self.max_moves)

    def _observe(self) -> Observation:
        return Observation(
            str(self.state["feedback"] or ""), None, float(bool(self.state["won"])), self._ended()
        )
