"""Which tools of which MCP servers a person has approved, as they were described then.

The tools that a server offers when it is first used are approved by the grant of the run. From then on a tool whose
description or schema changed, or that is new, stays disabled until `leadline mcp approve`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from leadline.environments.mcp_session import Offered
from leadline.errors import StoreError
from leadline.files import DISK, Disk, home

State = Literal["approved", "new", "changed"]


class Server(msgspec.Struct, frozen=True):
    """Tool name -> digest of its description and schema; `spec` is shown to people."""

    spec: str
    tools: dict[str, str]


class Approvals:
    """Kept in `path` (default $LEADLINE_HOME/mcp/approved.json)."""

    def __init__(self, path: Path | None = None, disk: Disk = DISK) -> None:
        self.path, self.disk = path or home() / "mcp" / "approved.json", disk

    def states(self, spec: str, offered: Sequence[Offered], *, remember: bool = True) -> dict[str, State]:
        """The state of each tool. A server that is used for the first time is approved and remembered."""
        known = self._read().get(spec)
        if known is None and not remember:
            return {tool.name: "new" for tool in offered}
        if known is None:
            self.approve(spec, offered)
            return {tool.name: "approved" for tool in offered}
        return {tool.name: _state(known.tools.get(tool.name), tool) for tool in offered}

    def servers(self) -> list[str]:
        """The servers, by URL or command line, of which tools were approved."""
        return sorted(self._read())

    def approve(self, spec: str, offered: Sequence[Offered]) -> None:
        """Approve the tools of a server as they are described now; what it offered before is forgotten."""
        servers = self._read() | {spec: Server(spec, {tool.name: digest(tool) for tool in offered})}
        self.disk.write(self.path, msgspec.json.format(msgspec.json.encode(servers), indent=2))

    def _read(self) -> dict[str, Server]:
        if not self.path.exists():
            return {}
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=dict[str, Server])
        except msgspec.DecodeError as error:
            raise StoreError(
                f"{self.path} is damaged: {error}.", remedy="Delete it and approve the servers again."
            ) from error


def _state(known: str | None, tool: Offered) -> State:
    if known is None:
        return "new"
    return "approved" if known == digest(tool) else "changed"


def digest(tool: Offered) -> str:
    """sha256 of everything that a model would be shown of a tool."""
    return hashlib.sha256(msgspec.json.encode(list(tool), order="sorted")).hexdigest()
