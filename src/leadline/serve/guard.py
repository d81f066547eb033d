"""What stands before every route: Host, Origin, key, body size, and a bounded queue.

Hosts and origins are allow-lists, since a page in a browser can make a name resolve to 127.0.0.1 (DNS rebinding).
Work waits in a bounded queue; when it is full the answer is 429 with Retry-After, at once.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from leadline.serve.meters import Meters

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 4 * 1024 * 1024
OPEN_PATHS = ("/health",)
"""Answered without a key and outside the queue, so that a loaded server still says that it lives."""
LIGHT_PATHS = ("/health", "/metrics", "/openapi.json", "/docs")
BODY_SECONDS = 10.0
"""A client that has not sent its body by then is dropped with 408."""


UNREAD = {"connection": "close"}
"""Goes with a refusal when the rest of a body may still be coming."""


class Refused(Exception):
    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


class Guard:
    """ASGI wrapper. `hosts` are accepted Host names (without port); `queue` is how many requests may wait or run.

    `max_body` bounds a body in bytes, `body_seconds` the time it may take to arrive. Paths that
    end with one of `streams` stay open for long and wait in no queue.
    """

    def __init__(
        self,
        app: App,
        *,
        hosts: tuple[str, ...],
        api_key: str | None = None,
        queue: int = 32,
        meters: Meters,
        max_body: int = MAX_BODY,
        body_seconds: float = BODY_SECONDS,
        streams: tuple[str, ...] = (),
    ) -> None:
        self.app, self.hosts, self.api_key, self.queue, self.meters = app, hosts, api_key, queue, meters
        self.max_body, self.body_seconds, self.streams = max_body, body_seconds, streams
        self.busy = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def noting(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
            self._check(scope["path"], headers)
            if self._waits(scope["path"]):
                self._refuse_if_full()  # at once, before a body is read
            body = await _read_body(headers, receive, self.max_body, self.body_seconds)
            await self._enter(scope, _replay(body, receive), noting)
        except Refused as refusal:
            await _answer(noting, refusal)
        finally:
            route = scope.get("path", "") if status < 400 else "(refused)"
            self.meters.add(_label(route), status, time.perf_counter() - started)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._waits(scope["path"]):
            await self.app(scope, receive, send)
            return
        self._refuse_if_full()
        self.busy += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.busy -= 1

    def _waits(self, path: str) -> bool:
        """Whether requests for the path wait in the queue."""
        return not (path in LIGHT_PATHS or path.endswith(self.streams))

    def _refuse_if_full(self) -> None:
        if self.busy >= self.queue:
            raise Refused(429, "Too many requests at once.", {"retry-after": "1"})

    def _check(self, path: str, headers: dict[str, str]) -> None:
        host = headers.get("host", "").rsplit(":", 1)[0].strip("[]").lower()
        if host not in self.hosts and "*" not in self.hosts:
            raise Refused(421, "This server does not answer to that Host name.")
        origin = headers.get("origin")
        if origin is not None and "*" not in self.hosts:
            name = origin.split("://", 1)[-1].rsplit(":", 1)[0].strip("[]").lower()
            if name not in self.hosts:
                raise Refused(403, "Requests from that Origin are not accepted.")
        if self.api_key and path not in OPEN_PATHS:
            given = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode(), self.api_key.encode()):
                raise Refused(401, "A valid x-api-key is needed.")


async def _read_body(headers: dict[str, str], receive: Receive, max_body: int, seconds: float) -> bytes:
    too_long = Refused(413, f"The body is limited to {max_body // 1024 // 1024} MiB.", UNREAD)
    declared = headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > max_body:
        raise too_long
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(400, "The client left.")
                body += message.get("body", b"")
                if len(body) > max_body:
                    raise too_long
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise Refused(408, "The body did not arrive in time.", UNREAD) from None


def _replay(body: bytes, rest: Receive) -> Receive:
    sent = False

    async def receive() -> MutableMapping[str, Any]:
        nonlocal sent
        if sent:
            return await rest()  # the body is complete; what comes now is the disconnect
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _answer(send: Send, refusal: Refused) -> None:
    body = json.dumps({"error": refusal.message}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(k.encode(), v.encode()) for k, v in refusal.headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _label(path: str) -> str:
    """A bounded set of labels: ids in paths are cut off."""
    return path if path.count("/") <= 2 else "/".join(path.split("/")[:3])
