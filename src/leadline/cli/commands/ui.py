"""Open the pages: ask, watch, read a report down to its evidence, search, compare systems."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Anything but loopback needs a password."
)
@click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option(
    "--password", envvar="LEADLINE_PASSWORD", default="", help="Also opens the pages, beside the link."
)
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True,
              help="What the laboratory shows.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the address as JSON.")
def command(host: str, port: int, password: str, results: Path, as_json: bool) -> None:
    """Serve the pages and print their address, with a token that is new at every start. Ctrl-C stops: a run under
    way is paused and can be resumed. Nothing is loaded from the network.
    """
    from leadline.errors import UsageError
    from leadline.serve.listen import listen
    from leadline.serve.pages.app import create_ui
    from leadline.serve.pages.jobs import Jobs
    from leadline.serve.pages.session import new_token
    from leadline.serve.search_app import LOOPBACK

    if host not in LOOPBACK and len(password) < 8:
        raise UsageError(
            "Pages that others can reach need a password of at least 8 characters.",
            remedy="Set LEADLINE_PASSWORD or give --password, or stay on 127.0.0.1.",
        )
    token = new_token()
    hosts = LOOPBACK if host in LOOPBACK else ("*",)
    jobs = Jobs()
    app = create_ui(token, password=password, hosts=hosts, results=results, jobs=jobs)
    listen(app, host, port, path=f"/?token={token}", as_json=as_json, leaving=jobs.leaving.set)
