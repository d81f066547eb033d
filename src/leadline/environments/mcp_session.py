"""One MCP server, called from ordinary code: the official SDK's client in a thread of its own (extra `serve`).

The server is given nothing but calls: no callbacks are offered, so it cannot ask the model, the user or this machine
for anything, and a server process gets a minimal environment without the user's keys.
"""

from __future__ import annotations

import os
import shlex
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Any, NamedTuple

import msgspec

from leadline.errors import LeadlineError, UsageError, need

MAX_TOOLS, MAX_PAGES = 100, 10


class ServerGone(LeadlineError):
    """The server cannot be reached, or has ended."""


class Offered(NamedTuple):
    """A tool as the server describes it, word for word."""

    name: str
    description: str
    schema: dict[str, Any]


class Answered(NamedTuple):
    """What a call gave: its text, and whether the server calls it an error."""

    text: str
    failed: bool


def target_of(spec: str) -> Any:
    """What the SDK connects to: a URL (streamable HTTP), or a command line (standard input and output)."""
    mcp: Any = need("mcp", "serve", "Tools of an MCP server")
    if spec.startswith(("http://", "https://")):
        return spec
    try:
        words = shlex.split(spec)
    except ValueError as error:
        raise UsageError(f"{spec!r} is not a command line: {error}.") from error
    if not words:
        raise UsageError("The MCP server has no name.", remedy="Give its URL or the command that starts it.")
    from mcp.client.stdio import stdio_client

    quiet = open(os.devnull, "w")  # noqa: SIM115 - as long as the server's process
    return stdio_client(mcp.StdioServerParameters(command=words[0], args=words[1:]), errlog=quiet)


class Session:
    """Connects on entering. Every method ends within `timeout_s` and raises ServerGone when the server does not."""

    def __init__(self, spec: str, *, timeout_s: float = 60.0) -> None:
        self.spec, self.timeout_s = spec, timeout_s
        self._stack = ExitStack()

    def __enter__(self) -> Session:
        import anyio
        from anyio.from_thread import start_blocking_portal

        target = target_of(self.spec)
        mcp: Any = need("mcp", "serve", "Tools of an MCP server")
        self._portal = self._stack.enter_context(start_blocking_portal())
        self._stack.callback(self._leave)
        ready: Future[Any] = Future()
        self._closing: Any = self._portal.call(anyio.Event)

        async def live() -> None:
            async with mcp.Client(target, read_timeout_seconds=self.timeout_s) as client:
                ready.set_result(client)
                await self._closing.wait()

        self._life = self._portal.start_task_soon(live)
        self._life.add_done_callback(lambda life: _pass_on(life, ready))
        try:
            self._client = ready.result(self.timeout_s)
        except Exception as error:
            self.close()
            raise self._gone(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, and with it the server's process."""
        self._stack.close()

    def tools(self) -> list[Offered]:
        """At most MAX_TOOLS tools, asked anew each time."""
        found: list[Offered] = []
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            page = self._ask(self._client.list_tools, {"cursor": cursor, "cache_mode": "bypass"})
            found += [Offered(t.name, t.description or "", dict(t.input_schema)) for t in page.tools]
            cursor = page.next_cursor
            if not cursor or len(found) >= MAX_TOOLS:
                break
        return found[:MAX_TOOLS]

    def call(self, tool: str, arguments: dict[str, Any]) -> Answered:
        """Call a tool. Pictures and sounds are named, not passed on."""
        result = self._ask(self._client.call_tool, {"name": tool, "arguments": arguments})
        parts = [_text_of(part) for part in result.content]
        if not parts and result.structured_content is not None:
            parts = [msgspec.json.encode(result.structured_content).decode()]
        return Answered("\n".join(parts), bool(result.is_error))

    def _ask(self, method: Any, options: dict[str, Any]) -> Any:
        async def ask() -> Any:
            return await method(**options)

        asked = self._portal.start_task_soon(ask)
        try:
            return asked.result(self.timeout_s + 1)
        except Exception as error:
            asked.cancel()
            raise self._gone(error) from error

    def _leave(self) -> None:
        life = getattr(self, "_life", None)
        if life is None or life.done():
            return
        self._portal.call(self._closing.set)
        try:
            life.exception(5.0)
        except Exception:  # a server that does not let go is cut off
            life.cancel()

    def _gone(self, error: BaseException) -> ServerGone:
        said = f"no answer in {self.timeout_s:g} seconds" if isinstance(error, TimeoutError) else _said(error)
        return ServerGone(f"The MCP server {self.spec} does not answer: {said}.")


def _pass_on(life: Future[Any], ready: Future[Any]) -> None:
    """A connection that fails before it is ready is the answer to who waits for it."""
    if not ready.done():
        ready.set_exception(
            (None if life.cancelled() else life.exception()) or ConnectionError("it closed the connection")
        )


def _said(error: BaseException) -> str:
    """The innermost reason, in one short line: task groups wrap what happened in groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    words = " ".join(str(error).split())[:200].rstrip(".")
    return words or type(error).__name__


def _text_of(part: Any) -> str:
    text = getattr(part, "text", None)
    if text is None:
        text = getattr(getattr(part, "resource", None), "text", None)
    return text if isinstance(text, str) else f"[{getattr(part, 'type', 'content')} left out]"
