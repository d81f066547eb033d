"""What a run of these pages may touch beside its sources: asked for in the form, checked, and shown with the run.

Nothing is ticked at first, and no link can tick anything: a grant is read only from a form that was sent (POST, the
token of the form, this very Origin).

An MCP server cannot be typed here, only chosen from those that somebody at the terminal has approved, word for word.
A command line in a form would let whoever gets in (with the password from another machine, or through a browser that
was fooled) start any program as this user. A URL would be no safer: it is connected to by a client that looks its name
up again, so that no check made here keeps it from services of this machine, and a server that is used for the first
time gets all its tools approved without anybody having read what they say of themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from leadline.agents.roster import agent_named
from leadline.environments.approvals import Approvals
from leadline.environments.granted import GRANTABLE
from leadline.environments.outside import NOTHING, Outside, server_of
from leadline.environments.search_providers import key_of, names, setting
from leadline.errors import LeadlineError, NotFound, UsageError, need
from leadline.evidence.render.page import escape, tag, void
from leadline.models.specs import in_process
from leadline.runs.record import RunRecord
from leadline.serve.pages.frame import choice

MODEL_SERVER = "network"
"""The box that lets what is read go to a model's server."""
APPROVE = "leadline mcp approve"
MOST_SHOWN = 200
"""Characters of a server's command line that are shown."""


class Given(NamedTuple):
    """What was ticked."""

    model_server: bool = False
    outside: Outside = NOTHING

    @property
    def offline(self) -> bool:
        """Nothing that leaves this machine was ticked."""
        return not (self.model_server or {"web", "mcp"} & set(self.outside.allow))


UNTICKED = Given()


def read(may: Collection[str], search: str = "", mcp: Collection[str] = ()) -> Given:
    """The grant of a form: ticked boxes, the search service, MCP servers (to choose one is to allow its tools)."""
    for permission in may:
        if permission not in (MODEL_SERVER, *GRANTABLE):
            raise NotFound("permission", permission[:60], (MODEL_SERVER, *GRANTABLE))
    servers = tuple(dict.fromkeys(mcp))
    allow = tuple(one for one in GRANTABLE if (servers if one == "mcp" else one in may))
    if not allow:
        return Given(MODEL_SERVER in may)
    return Given(MODEL_SERVER in may, Outside(allow, search or NOTHING.search, servers))


def check(given: Given, agent: str, model: str) -> None:
    """UsageError for what the form cannot mean: agent and model that do not go together, a permission that is missing
    for the model, or useless to the agent."""
    uses_model = agent_named(agent).needs_model or "+" in agent  # NAME+short lets a model write
    if uses_model != bool(model):
        says, do = ("needs a", "Name one under Model") if uses_model else ("uses no", "Leave Model empty")
        raise UsageError(f"The agent {agent} {says} model.", remedy=f"{do}, or choose another agent.")
    if model and not in_process(model) and not given.model_server:
        raise UsageError(
            f"{model[:100]} needs the network.",
            remedy="Tick that what is read may go to the model's server, or use the model local.",
        )
    if given.outside.allow and not uses_model:
        raise UsageError(
            f"The agent {agent} only reads the sources: it uses no web, code or tools.",
            remedy="Choose an agent that uses a model, or untick them.",
        )


def check_outside(outside: Outside, *, offline: bool) -> Outside:
    """The grant itself. Raises for one that contradicts `offline`, a search service that does not exist or has no key,
    a library that is not here, and an MCP server that nobody at the terminal has approved.
    """
    outside.checked(offline=offline)
    if "web" in outside.allow:
        variable = setting(outside.search)
        if variable:
            key_of(variable, outside.search)
    if "code" in outside.allow:
        need("pydantic_monty", "code", "Running Python code")
    if outside.mcp:
        need("mcp", "serve", "Tools of an MCP server")
    approved = Approvals().servers() if outside.mcp else []
    for spec in outside.mcp:
        server = server_of(spec)[1]
        if server not in approved:
            raise UsageError(
                f"The MCP server {server[:MOST_SHOWN]!r} was not approved on this machine.",
                remedy=f"Look at it in the terminal with `leadline mcp tools SERVER`, then `{APPROVE} SERVER`.",
            )
    return outside


def of_record(record: RunRecord) -> Outside:
    """The grant that a run's record keeps."""
    return msgspec.convert(record.outside, Outside)


def said(outside: Outside) -> list[str]:
    """What is granted, in phrases that go after "may"."""
    phrases = {
        "web": f"search the web with {outside.search} and read pages",
        "code": "run the model's code in a sandbox",
        "mcp": f"call tools of {', '.join(server_of(spec)[1][:MOST_SHOWN] for spec in outside.mcp)}",
    }
    return [phrases[permission] for permission in outside.allow if permission in phrases]


def line(record: RunRecord) -> str:
    """The grant of a run as a line of its page; empty when it has none."""
    phrases = said(of_record(record))
    return (
        tag("p", f"This run may {escape('; '.join(phrases))}.", cls="soft", id="granted") if phrases else ""
    )


# ---- the form ---------------------------------------------------------------------------------------


def boxes(given: Given) -> str:
    """The permissions of the form."""
    allow = given.outside.allow
    rows = (
        _box("", "Read the chosen sources", "Always; nothing else on this machine.", fixed=True),
        _box(MODEL_SERVER, "Send what is read to the model's server",
             "Needed for any model that does not run in this process.", given.model_server),
        _box("web", "Search the web and read pages", "Queries leave this machine; one that quotes your sources "
             "is stopped. Pages are fetched from public addresses only, and kept with the run.", "web" in allow),
        _services(given.outside.search),
        _box("code", "Run code that the model writes", "In a sandbox without files and network; the agent datacross "
             "uses it for tables.", "code" in allow),
        _servers(given.outside.mcp),
    )  # fmt: skip
    legend = tag("legend", "Permissions")
    return tag("fieldset", legend + "".join(rows), cls="boxes permissions")


def _box(value: str, says: str, hint: str, ticked: bool = False, *, fixed: bool = False) -> str:
    id = f"may-{value or 'read'}"
    state = {"checked": ""} if ticked or fixed else {}
    state |= {"disabled": ""} if fixed else {}
    return _ticked("may", value, id, says, hint, state)


def _ticked(name: str, value: str, id: str, says: str, hint: str, state: dict[str, Any]) -> str:
    box = void(
        "input", type="checkbox", name=name, value=value, id=id, aria_describedby=f"{id}-hint", **state
    )
    label = tag("label", escape(says), for_=id)
    return tag("span", box + label + tag("small", hint, id=f"{id}-hint"), cls="box")


def _services(chosen: str) -> str:
    """The search service, with what each needs."""
    options = [(name, f"{name} (needs {setting(name)})" if setting(name) else name) for name in names()]
    label = tag("label", "Search service", for_="search")
    return tag("span", label + choice("search", options, chosen or NOTHING.search), cls="box service")


def _servers(chosen: Collection[str]) -> str:
    """The approved MCP servers, or how to approve one."""
    try:
        known = Approvals().servers()
    except LeadlineError as error:
        return tag("p", escape(str(error)), cls="bad")
    if not known:
        how = f"To call tools of an MCP server, approve it in the terminal first: {APPROVE} SERVER."
        return tag("p", tag("small", escape(how)), cls="box")
    return "".join(
        _ticked("mcp", spec, f"mcp-{n}", f"Call tools of {spec[:MOST_SHOWN]}",
                "An MCP server approved in the terminal; "
                "what is sent with a call may leave this machine.", {"checked": ""} if spec in chosen else {})
        for n, spec in enumerate(known)
    )  # fmt: skip
