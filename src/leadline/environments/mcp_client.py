"""Tools of any MCP server as an environment: over standard input and output, or streamable HTTP.

What a server says (descriptions, schemas, results) is data. A tool is offered only as it was approved; results become
documents with a Capture place, so that they can be cited and checked. A server that dies is started once more; after
that its tools answer with an error and the run goes on without them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from leadline.environments.approvals import Approvals
from leadline.environments.arguments import called
from leadline.environments.base import Action, Observation, Tool, failed
from leadline.environments.captures import Captures, plain_document, shown
from leadline.environments.mcp_session import Answered, Offered, ServerGone, Session
from leadline.errors import SourceError
from leadline.sources.canonical import canonical

MAX_DESCRIPTION, MAX_SCHEMA, MAX_RESULT = 1000, 20_000, 200_000
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class McpEnvironment:
    """The tools of one server, as `<name>_<tool>`. `spec` is its URL or command line.

    `disabled` says of each tool that is not offered, why. Raises ServerGone when the server cannot be reached at first.
    """

    def __init__(
        self,
        spec: str,
        *,
        name: str = "mcp",
        approvals: Approvals | None = None,
        captures: Captures | None = None,
        timeout_s: float = 60.0,
        max_chars: int = 20_000,
        restarts: int = 1,
    ) -> None:
        self.spec, self.name, self.timeout_s, self.max_chars = spec, name, timeout_s, max_chars
        self.approvals, self.captures = approvals or Approvals(), captures or Captures()
        self.restarts = restarts
        self.tools: Sequence[Tool] = ()
        self.disabled: dict[str, str] = {}
        self._session: Session | None = Session(spec, timeout_s=timeout_s).__enter__()
        self._look()

    def reset(self, seed: int = 0) -> Observation:
        off = "".join(f"\n{tool} is disabled: {why}" for tool, why in self.disabled.items())
        return Observation(f"The MCP server {self.name} offers {len(self.tools)} tools.{off}")

    def step(self, action: Action) -> Observation:
        """Call a tool. What the server does wrong comes back in `error`."""
        if action.tool in self.disabled:
            return failed(f"{action.tool} is disabled: {self.disabled[action.tool]}")
        tool = called(self.tools, action)
        if isinstance(tool, str):
            return failed(tool)
        try:
            return self._called(tool, action.arguments)
        except ServerGone as error:
            return failed(f"{error} {self._again()}", calls=1)

    def close(self) -> None:
        """End the session, and the server's process."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def __enter__(self) -> McpEnvironment:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _called(self, tool: Tool, arguments: dict[str, Any]) -> Observation:
        if self._session is None:
            raise ServerGone(f"The MCP server {self.spec} is gone.")
        self._look()  # a description that changed under way disables its tool before it is called
        if tool.name in self.disabled:
            return failed(f"{tool.name} is disabled: {self.disabled[tool.name]}")
        answer = self._session.call(tool.name.removeprefix(f"{self.name}_"), arguments)
        if answer.failed:
            said = shown_text(answer.text, MAX_DESCRIPTION) or "no reason given"
            return failed(f"{tool.name} failed: {said}", calls=1)
        return self._observed(tool, arguments, answer)

    def _observed(self, tool: Tool, arguments: dict[str, Any], answer: Answered) -> Observation:
        """The result as a captured document; `data` is Opened where there is any text."""
        data = answer.text[:MAX_RESULT].encode("utf-8", "replace")
        asked = quote(msgspec.json.encode(arguments, order="sorted").decode())
        uri = f"mcp://{self.name}/{tool.name.removeprefix(f'{self.name}_')}?{asked}"
        try:
            made = plain_document(uri, data, title=f"{tool.name} (MCP)")
        except SourceError:
            return Observation("The tool gave no text.", cost={"calls": 1})
        fetched = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        document = self.captures.keep(uri, fetched, "text/plain", data, [made])[0]
        return shown(document, 0, self.max_chars, first=True)

    def recall(self, action: Action, seen: Observation) -> None:
        """Take in a call that an earlier process of the same run has made."""
        self.captures.recall(seen)

    def _look(self) -> None:
        """What the server offers now, as far as it is approved."""
        assert self._session is not None
        offered = self._session.tools()
        states = self.approvals.states(self.spec, offered)
        tools, disabled = [], dict[str, str]()
        for one in offered:
            why = unusable(one) or _UNAPPROVED.get(states[one.name], "")
            name = f"{self.name}_{one.name}"
            if why:
                disabled[shown_text(name, 100)] = why
            else:
                described = shown_text(one.description, MAX_DESCRIPTION)
                tools.append(Tool(name, described, one.schema, "mcp"))
        self.tools, self.disabled = tuple(tools), disabled

    def _again(self) -> str:
        """Start the server once more, if that is still allowed; said for the trace."""
        self.close()
        if self.restarts <= 0:
            self.tools = ()
            return "Its tools are gone for the rest of the run."
        self.restarts -= 1
        try:
            self._session = Session(self.spec, timeout_s=self.timeout_s).__enter__()
            self._look()
        except ServerGone:
            self.tools, self._session = (), None
            return "It could not be started again: its tools are gone for the rest of the run."
        return "It was started again: the call may be repeated."


_UNAPPROVED = {
    state: f"its description {what} since the server was approved (see `leadline mcp approve`)."
    for state, what in (("changed", "has changed"), ("new", "was not there, it is new"))
}


def unusable(tool: Offered) -> str:
    """Why a tool cannot be offered at all; empty when it can."""
    if not _NAME.fullmatch(tool.name):
        return "its name is not made of letters, digits, - and _."
    if len(msgspec.json.encode(tool.schema)) > MAX_SCHEMA:
        return f"its schema is larger than {MAX_SCHEMA:,} bytes."
    return ""


def shown_text(text: str, most: int) -> str:
    """Text of a server on one line, without characters that nobody sees, and not endless."""
    return " ".join(canonical(text).split())[:most]
