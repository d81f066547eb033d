"""Offer a collection to MCP clients: search, fetch, research and verify."""

from __future__ import annotations

import click


@click.command()
@click.option("--collection", "name", required=True, help="Name of the collection.")
@click.option("--transport", type=click.Choice(["stdio", "http"]), default="stdio", show_default=True)
@click.option(
    "--port", default=8001, show_default=True, type=click.IntRange(0, 65535), help="For http; loopback only."
)
@click.option("--max-seconds", default=120.0, show_default=True, help="Limit of one research call.")
@click.option("--json", "as_json", is_flag=True, help="With http: print the address as JSON.")
def command(name: str, transport: str, port: int, max_seconds: float, as_json: bool) -> None:
    """Offer a collection to MCP clients over standard input and output, or over streamable HTTP on loopback."""
    from leadline.retrieval.collection import Collection
    from leadline.serve.mcp_server import make_server

    server = make_server(Collection.open(name), max_seconds=max_seconds)
    if transport == "stdio":
        server.run("stdio")
        return
    from leadline.serve.listen import listen

    listen(server.streamable_http_app(), "127.0.0.1", port, path="/mcp", as_json=as_json)
