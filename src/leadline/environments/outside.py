"""What a run may touch beside its collection, as the user granted it: the web, MCP servers, a model's code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import msgspec

from leadline.environments.base import Environment, Permission
from leadline.environments.captures import Captures
from leadline.environments.granted import GRANTABLE
from leadline.errors import NotFound, UsageError

_NAMED = re.compile(r"([A-Za-z0-9_-]{1,32})=(.+)", re.DOTALL)


class Outside(msgspec.Struct, frozen=True):
    """The grant of one run; empty grants nothing. It is kept in the run's record and cannot change under way."""

    allow: tuple[Permission, ...] = ()
    search: str = "duckduckgo"
    """The search service (`leadline.environments.search_providers`)."""
    mcp: tuple[str, ...] = ()
    """MCP servers: a URL or a command line, with `NAME=` before it if wanted."""
    confirm: bool = False
    """Whether each call beyond the collection waits for a yes. Where nobody can be asked there are no such calls."""

    def checked(self, *, offline: bool = False) -> Outside:
        """Itself. Raises UsageError for a grant that cannot be meant."""
        for permission in self.allow:
            if permission not in GRANTABLE:
                raise NotFound("permission", permission, GRANTABLE)
        if self.mcp and "mcp" not in self.allow:
            raise UsageError("An MCP server needs the permission mcp.", remedy="Add --allow mcp.")
        if offline and {"web", "mcp"} & set(self.allow):
            which = " and ".join(p for p in ("web", "mcp") if p in self.allow)
            raise UsageError(f"--offline forbids {which}.", remedy="Leave out one of the two.")
        return self


NOTHING = Outside()
"""The grant of a run that reads its collection and nothing else."""


def server_of(spec: str) -> tuple[str, str]:
    """The name and the server of an MCP spec; the name is empty where none is given.

    >>> server_of("crm=python crm.py"), server_of("http://host/mcp?a=b")
    (('crm', 'python crm.py'), ('', 'http://host/mcp?a=b'))
    """
    named = _NAMED.fullmatch(spec)
    return (named[1], named[2]) if named else ("", spec)


@contextmanager
def opened(outside: Outside, question: str, captures: Captures) -> Iterator[list[Environment]]:
    """The environments of a grant, for as long as a run goes. Addresses that the question names may be opened."""
    with ExitStack() as stack:
        found: list[Environment] = []
        if "web" in outside.allow:
            found.append(stack.enter_context(_web(outside.search, question, captures)))
        for number, spec in enumerate(outside.mcp, 1):
            from leadline.environments.mcp_client import McpEnvironment

            name, server = server_of(spec)
            name = name or (f"mcp{number}" if len(outside.mcp) > 1 else "mcp")
            found.append(stack.enter_context(McpEnvironment(server, name=name, captures=captures)))
        yield found


@contextmanager
def _web(search: str, question: str, captures: Captures) -> Iterator[Environment]:
    from leadline.environments.fetch import WebFetcher
    from leadline.environments.pages import PageReader
    from leadline.environments.search_providers import provider
    from leadline.environments.web import WebEnvironment, addresses_in

    with PageReader() as reader:
        yield WebEnvironment(
            provider(search), WebFetcher(), reader, allowed=addresses_in(question), captures=captures
        )
