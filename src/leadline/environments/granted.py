"""Several environments as one, and only the tools whose permission the user has granted.

The grant is made once, by the person who starts the run; nothing that is read during the run can widen it. Where that
person wants to be asked, each call that goes beyond the collection also waits for a yes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from threading import Lock

import msgspec

from leadline.environments.base import Action, Environment, Observation, Permission, Tool
from leadline.environments.outgoing import Outgoing
from leadline.errors import UsageError

ALWAYS: frozenset[Permission] = frozenset({"collection"})
"""Reading the collection that the question was asked of needs no word of the user's."""
LEAVES: frozenset[Permission] = frozenset({"web", "mcp"})
"""What is sent with a call of such a tool leaves this machine, or may."""
GRANTABLE: tuple[Permission, ...] = ("web", "code", "mcp")
Approve = Callable[[str], bool]
"""Shown a call, says whether it may be made."""


class Granted:
    """Tools of all `environments`; a call goes to the environment that has the tool. Names must differ.

    A call that would carry the collection outside (`leadline.environments.outgoing`) is refused. `approve` is asked
    before each call of a granted tool, one at a time.
    """

    def __init__(
        self,
        environments: Sequence[Environment],
        granted: Collection[Permission] = (),
        *,
        question: str = "",
        approve: Approve | None = None,
    ) -> None:
        self.approve, self._asking = approve, Lock()
        self.environments, self.granted = tuple(environments), ALWAYS | set(granted)
        self.outgoing = Outgoing(question)
        names = [tool.name for environment in environments for tool in environment.tools]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"Two environments have a tool {twice[0]!r}.", remedy="Leave one of them out.")

    @property
    def tools(self) -> Sequence[Tool]:
        """What may be called. A tool that an environment drops during the run drops out here too."""
        return tuple(tool for one in self.environments for tool in one.tools if self.allows(tool))

    def allows(self, tool: Tool) -> bool:
        return tool.permission in self.granted

    def reset(self, seed: int = 0) -> Observation:
        said = [one.reset(seed).text for one in self.environments]
        return Observation("\n".join(said))

    def step(self, action: Action) -> Observation:
        owner, tool = self._owner(action.tool)
        if owner is not None and tool is not None:
            if not self.allows(tool):
                return _refused(tool)
            carried = self.outgoing.carried(action.arguments) if tool.permission in LEAVES else ""
            if carried:
                return _kept(tool, carried)
            if not self._approved(tool, action):
                return _denied(tool)
            seen = owner.step(action)
            self.outgoing.read(seen.text, inside=tool.permission not in LEAVES)
            return seen
        message = f"There is no tool {action.tool!r}."
        return Observation(message, error=message)

    def together(self, tool: str) -> bool:
        """Whether calls of the tool may run side by side, as its environment says."""
        ask: Callable[[str], bool] = getattr(self._owner(tool)[0], "together", lambda name: False)
        return ask(tool)

    def recall(self, action: Action, seen: Observation) -> None:
        """Tell the environment of the tool what an earlier process of the same run has done in it."""
        tool = self._owner(action.tool)[1]
        self.outgoing.read(seen.text, inside=tool is None or tool.permission not in LEAVES)
        take: Callable[[Action, Observation], None] | None = getattr(
            self._owner(action.tool)[0], "recall", None
        )
        if take is not None:
            take(action, seen)

    def _approved(self, tool: Tool, action: Action) -> bool:
        if self.approve is None or tool.permission in ALWAYS:
            return True
        with self._asking:
            return self.approve(f"{tool.name} {msgspec.json.encode(action.arguments).decode()}")

    def _owner(self, name: str) -> tuple[Environment, Tool] | tuple[None, None]:
        for environment in self.environments:
            for tool in environment.tools:
                if tool.name == name:
                    return environment, tool
        return None, None


def _kept(tool: Tool, carried: str) -> Observation:
    message = f"{tool.name} was not called: {carried!r} was read in the collection and may not leave it."
    return Observation(message, error=message)


def _denied(tool: Tool) -> Observation:
    message = f"{tool.name} was not called: the user was asked and said no."
    return Observation(message, error=message)


def _refused(tool: Tool) -> Observation:
    message = f"{tool.name} needs the permission {tool.permission}, which the user has not granted."
    return Observation(message, error=message)
