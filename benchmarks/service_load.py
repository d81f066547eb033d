"""Load for the search service: clients that wait for each answer, and a flood of them that does not hold back.

They share the machine with the server, and one process with each other, so that a client costs as little as Python
allows (about 30 microseconds per request): a heavier one would measure itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote

import numpy as np

K = 10


class Client:
    """One kept-open connection; it is opened again when the server closes it."""

    def __init__(self, address: str) -> None:
        self.connection = HTTPConnection(address, timeout=30)

    def ask(self, query: str) -> tuple[int, bytes, float]:
        """(status, body, seconds); status 0 when there was no answer."""
        began = time.perf_counter()
        try:
            self.connection.request("GET", path(query))
            answer = self.connection.getresponse()
            body = answer.read()
            return answer.status, body, time.perf_counter() - began
        except (OSError, HTTPException):
            self.connection.close()
            return 0, b"", time.perf_counter() - began


def path(query: str) -> str:
    return f"/v1/search?k={K}&query={quote(query)}"


Seen = Callable[[int, int, bytes], None]
"""Told of each answer: number of the query, status, body."""


class _Asker(asyncio.Protocol):
    """Asks again a random pause after each answer, so that clients do not fall in step; without a pause, at once."""

    def __init__(
        self, requests: Sequence[bytes], pause: float, seen: Seen | None, end: float, seed: int
    ) -> None:
        self.requests, self.pause, self.seen, self.end = requests, pause, seen, end
        rng = np.random.default_rng(seed)
        self.chosen = rng.integers(len(requests), size=1000).tolist()
        self.pauses = (pause * rng.uniform(0.5, 1.5, size=1000)).tolist()
        self.taken: dict[int, list[float]] = defaultdict(list)
        self.gone = asyncio.get_running_loop().create_future()
        self.n, self.data = 0, b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        asyncio.get_running_loop().call_later(self.pauses[-1], self.ask)

    def ask(self) -> None:
        self.began = time.perf_counter()
        if self.began >= self.end:
            self.transport.close()
            return
        self.transport.write(self.requests[self.chosen[self.n % 1000]])

    def data_received(self, data: bytes) -> None:
        self.data += data
        head = self.data.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.data.index(b"content-length: ") + 16
        if len(self.data) < head + 4 + int(self.data[at : self.data.index(b"\r", at)]):
            return
        took = time.perf_counter() - self.began
        status = int(self.data[9:12])
        self.taken[status].append(1000 * took)
        if self.seen is not None:
            self.seen(self.chosen[self.n % 1000], status, self.data[head + 4 :])
        self.n, self.data = self.n + 1, b""
        if not self.pause:
            self.ask()
            return
        wait = max(0.0, self.pauses[self.n % 1000] - took)
        asyncio.get_running_loop().call_later(wait, self.ask)

    def connection_lost(self, error: Exception | None) -> None:
        if time.perf_counter() < self.end:
            self.taken[0].append(1000 * (time.perf_counter() - self.began))  # the server hung up
        if not self.gone.done():
            self.gone.set_result(None)


def flood(
    address: str, queries: Sequence[str], n_clients: int, rate: float, seconds: float
) -> dict[int, list[float]]:
    """status -> milliseconds of each answer, from `n_clients` that ask together up to `rate` times a second."""
    import uvloop

    return uvloop.run(_ask(address, queries, n_clients, n_clients / rate, None, seconds))


def in_turn(
    address: str, queries: Sequence[str], n_clients: int, seconds: float, seen: Seen
) -> dict[int, list[float]]:
    """The same from clients that ask again as soon as they are answered."""
    import uvloop

    return uvloop.run(_ask(address, queries, n_clients, 0.0, seen, seconds))


async def _ask(
    address: str, queries: Sequence[str], n_clients: int, pause: float, seen: Seen | None, seconds: float
) -> dict[int, list[float]]:
    host, port = address.rsplit(":", 1)
    requests = [f"GET {path(query)} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode() for query in queries]
    loop, end = asyncio.get_running_loop(), time.perf_counter() + seconds
    askers = [
        (await loop.create_connection(partial(_Asker, requests, pause, seen, end, n), host, int(port)))[1]
        for n in range(n_clients)
    ]  # fmt: skip
    async with asyncio.timeout(seconds + 30):
        await asyncio.gather(*(asker.gone for asker in askers))
    found: dict[int, list[float]] = defaultdict(list)
    for asker in askers:
        for status, times in asker.taken.items():
            found[status] += times
    return found
