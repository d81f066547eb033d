"""Listen on a socket until told to stop: binds first, prints the true address, drains on SIGTERM and Ctrl-C."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from types import FrameType

import click

from leadline.errors import UsageError
from leadline.serve.guard import App
from leadline.serve.patience import patient

SWITCH_S = 0.0002
"""How long a search may keep the interpreter from the thread that answers connections. Python's 5 ms, waited for after
every read and write of a socket, would hold up a refusal for a fifth of a second when the server is busy."""


def listen(
    app: App,
    host: str,
    port: int,
    *,
    path: str = "",
    as_json: bool = False,
    leaving: Callable[[], object] = lambda: None,
) -> None:
    """Serve until a signal; requests in flight get five seconds to end. `leaving` is called first, to end streams."""
    import uvicorn
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            leaving()
            super().handle_exit(sig, frame)

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off; otherwise every answer waits 40 ms for an ACK.
    server_socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server_socket.bind((host, port))
        server_socket.listen(512)  # who opens the printed address at once waits instead of being refused
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {host}:{port}: {error.strerror}.",
            remedy="Choose another --port (0 takes a free one).",
        ) from error
    real = server_socket.getsockname()[1]
    url = f"http://{f'[{host}]' if ':' in host else host}:{real}{path}"
    click.echo(json.dumps({"url": url}) if as_json else f"Leadline listens on {url}  (Ctrl-C stops)")
    config = uvicorn.Config(
        app,
        http=patient(AutoHTTPProtocol),
        ws="none",
        log_level="error",  # what a client got wrong is said to the client, not to the terminal
        access_log=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=10,
        backlog=512,
    )
    sys.setswitchinterval(SWITCH_S)
    Server(config).run(sockets=[server_socket])
