"""Serve a collection as a frozen search service over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command()
@click.option("--collection", "name", help="Name of the collection.")
@click.option(
    "--shard",
    "shards",
    multiple=True,
    help="Instead of --collection: address of a server that holds a part; repeat for each.",
)
@click.option("--shard-key", envvar="LEADLINE_SHARD_KEY", default="", help="Key that the shards ask for.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Anything but loopback needs --api-key.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--api-key", envvar="LEADLINE_API_KEY", help="Clients send it as x-api-key.")
@click.option("--retriever", default="hybrid", show_default=True, help="hybrid, bm25 or dense.")
@click.option(
    "--queue", default=32, show_default=True, type=click.IntRange(min=1), help="Requests at once; then 429."
)
@click.option(
    "--log", "log_folder", type=click.Path(path_type=Path), help="Write request logs (Parquet) there."
)
@click.option("--json", "as_json", is_flag=True, help="Print the address as JSON.")
def command(
    name: str | None, shards: tuple[str, ...], shard_key: str, host: str, port: int, api_key: str | None,
    retriever: str, queue: int, log_folder: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Serve a collection, or one whose parts other servers hold (--shard), exactly as if it were here: /search and
    /fetch in DeepResearchGym's format, /retrieve in Search-R1's, a native API under /v1, /health, /metrics, /docs.
    Rankings are those of the library, byte for byte. SIGTERM drains.
    """
    from leadline.errors import UsageError
    from leadline.retrieval.searcher import RETRIEVERS
    from leadline.serve.listen import listen
    from leadline.serve.request_log import RequestLog
    from leadline.serve.search_app import LOOPBACK, create_app

    if host not in LOOPBACK and not api_key:
        raise UsageError(
            "A server that others can reach needs a key.", remedy="Give --api-key, or stay on 127.0.0.1."
        )
    if retriever not in RETRIEVERS:
        raise UsageError(f"--retriever must be one of {', '.join(RETRIEVERS)}.")
    if bool(name) == bool(shards):
        raise UsageError(
            "Name what to serve.", remedy="Give --collection NAME, or --shard URL for each part."
        )
    log = RequestLog(log_folder) if log_folder else None
    hosts = LOOPBACK if host in LOOPBACK else ("*",)
    served = _opened(name, shards, shard_key)
    app = create_app(served, api_key=api_key, hosts=hosts, queue=queue, log=log, retriever=retriever)
    listen(app, host, port, as_json=as_json)


def _opened(name: str | None, shards: tuple[str, ...], key: str) -> Any:
    if name:
        from leadline.retrieval.collection import Collection

        return Collection.open(name)
    from leadline.retrieval.remote import RemoteShard
    from leadline.retrieval.shards import ShardedCollection

    return ShardedCollection([RemoteShard(url, api_key=key) for url in shards])
