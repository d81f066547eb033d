"""Offer a collection to MCP clients, and approve the tools of other MCP servers."""

from __future__ import annotations

import click

from leadline.errors import UsageError


@click.group(invoke_without_command=True)
@click.option("--collection", "name", help="Name of the collection that is offered.")
@click.option("--transport", type=click.Choice(["stdio", "http"]), default="stdio", show_default=True)
@click.option(
    "--port", default=8001, show_default=True, type=click.IntRange(0, 65535), help="For http; loopback only."
)
@click.option("--max-seconds", default=120.0, show_default=True, help="Limit of one research call.")
@click.option("--json", "as_json", is_flag=True, help="With http: print the address as JSON.")
@click.pass_context
def command(
    context: click.Context, name: str | None, transport: str, port: int, max_seconds: float, as_json: bool
) -> None:
    """Offer a collection to MCP clients over standard input and output, or over streamable HTTP on loopback.

    The commands below are for the other direction: the tools of a server that `leadline research --mcp` uses.
    """
    if context.invoked_subcommand is not None:
        return
    if name is None:
        raise UsageError(
            "No collection is named.", remedy="Give --collection NAME (see `leadline collections`)."
        )
    from leadline.retrieval.collection import Collection
    from leadline.serve.mcp_server import make_server

    server = make_server(Collection.open(name), max_seconds=max_seconds)
    if transport == "stdio":
        server.run("stdio")
        return
    from leadline.serve.listen import listen

    listen(server.streamable_http_app(), "127.0.0.1", port, path="/mcp", as_json=as_json)


@command.command()
@click.argument("server")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def tools(server: str, as_json: bool) -> None:
    """List the tools of SERVER (a URL or a command line): which are approved, which changed or are new.

    Only tools that are approved as they are described now are offered to an agent. A server that was never used is
    approved when it is first used with --allow mcp.
    """
    from leadline.cli.output import print_json, print_table
    from leadline.environments.approvals import Approvals
    from leadline.environments.mcp_client import shown_text
    from leadline.environments.mcp_session import Session

    with Session(server) as session:
        offered = session.tools()
    states = Approvals().states(server, offered, remember=False)
    rows = [
        {
            "tool": shown_text(t.name, 100),
            "state": states[t.name],
            "description": shown_text(t.description, 1000),
        }
        for t in offered
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            ["tool", "state", "description"], [[r["tool"], r["state"], r["description"]] for r in rows]
        )


@command.command()
@click.argument("server")
@click.option("--json", "as_json", is_flag=True, help="Print what was approved as JSON.")
def approve(server: str, as_json: bool) -> None:
    """Approve the tools of SERVER as they are described now. Look at `leadline mcp tools SERVER` first."""
    from leadline.cli.output import print_json
    from leadline.environments.approvals import Approvals
    from leadline.environments.mcp_client import shown_text
    from leadline.environments.mcp_session import Session

    with Session(server) as session:
        offered = session.tools()
    Approvals().approve(server, offered)
    names = [shown_text(tool.name, 100) for tool in offered]
    if as_json:
        print_json({"server": server, "approved": names})
    else:
        click.echo(f"Approved {len(names)} tools: {', '.join(names)}")
