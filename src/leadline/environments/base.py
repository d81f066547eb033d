"""What an agent acts on: one protocol for corpora, databases, the web, puzzles and bandits.

`step` is the only way to have an effect. Trees and archives also need `SearchableEnvironment`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

Permission = Literal["collection", "web", "code", "files", "mcp"]


class Tool(msgspec.Struct, frozen=True):
    """A named action with the JSON Schema of its arguments and the permission that it needs."""

    name: str
    description: str
    parameters: dict[str, Any]
    permission: Permission = "collection"


class Action(msgspec.Struct, frozen=True):
    """A call of one tool."""

    tool: str
    arguments: dict[str, Any] = {}


class Observation(msgspec.Struct, frozen=True):
    """What came back. `data` is structured (hits, rows); `text` is what a language model is shown."""

    text: str
    data: Any = None
    reward: float = 0.0
    done: bool = False
    error: str = ""
    """Why the action failed, for the policy to react to; empty when it worked."""
    cost: dict[str, float] = {}
    """Units are in the names: calls, tokens, usd, rollouts."""


def failed(why: str, *, calls: int = 0) -> Observation:
    """An action that failed: the reason is what a model reads, and what `error` says."""
    return Observation(why, error=why, cost={"calls": calls} if calls else {})


@runtime_checkable
class Environment(Protocol):
    """Tools and their effects. An environment never raises for a bad action: it says so in `error`.

    What an environment may have besides, looked for by name:
    `together`    (name of a tool) -> whether its calls may run side by side
    `recall`      (action, observation): takes in what an earlier process of the same run did here
    """

    @property
    def tools(self) -> Sequence[Tool]: ...

    def reset(self, seed: int = 0) -> Observation: ...

    def step(self, action: Action) -> Observation: ...


@runtime_checkable
class SearchableEnvironment(Environment, Protocol):
    """An environment whose states can be left and come back to."""

    def legal_actions(self) -> Sequence[Action]:
        """In a fixed order; empty when the state is terminal."""
        ...

    def state_id(self) -> str:
        """Equal for equal states, so that archives can use it as a cell."""
        ...

    def snapshot(self) -> Any:
        """A value from which `restore` brings the state back exactly; safe to pickle."""
        ...

    def restore(self, snapshot: Any) -> None: ...
