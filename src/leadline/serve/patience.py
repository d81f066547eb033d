"""How long a connection waits for its client: for the head of a request, and for the client to read its answer.

uvicorn waits for both as long as the client likes, and keeps header lines in memory without a limit. (A body is timed
and measured by the guard, a pause between two requests by uvicorn.)
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any

HEAD_SECONDS = 10.0
"""From the first moment of a connection, or the first byte of a later request, to the end of the header lines."""
HEAD_BYTES = 64 * 1024
READ_SECONDS = 30.0
"""A client that leaves this long a time no room for more of its answer is cut off."""


class Patience(asyncio.Protocol):
    """Goes in front of a protocol class of uvicorn; see `patient`."""

    head_seconds, head_bytes, read_seconds = HEAD_SECONDS, HEAD_BYTES, READ_SECONDS
    cycle: Any = None
    """uvicorn's: the request that is being answered, or was last."""
    _head_timer: asyncio.TimerHandle | None = None
    _read_timer: asyncio.TimerHandle | None = None
    _taken = 0
    """Bytes of the head that is coming in."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._transport: Any = transport
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:  # a head is complete
            self._stop_head_timer()
            self._taken = 0
        elif before is None or before.response_complete:
            if self._head_timer is None:
                self._wait_for_head()
            if before is None or not before.more_body:  # else the rest of a body that was answered unread
                self._taken += len(data)
            if self._taken > self.head_bytes:
                self._refuse(431, f"The header lines are limited to {self.head_bytes // 1024} KiB.")

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        self._stop_read_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._read_timer = asyncio.get_running_loop().call_later(self.read_seconds, self._transport.abort)

    def resume_writing(self) -> None:
        self._stop_read_timer()
        super().resume_writing()

    def _wait_for_head(self) -> None:
        late = "The header lines did not arrive in time."
        self._head_timer = asyncio.get_running_loop().call_later(self.head_seconds, self._refuse, 408, late)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def _refuse(self, status: int, message: str) -> None:
        self._stop_head_timer()
        if self._transport.is_closing():
            return
        body = json.dumps({"error": message})
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
        head += f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        self._transport.write((head + body).encode())
        self._transport.close()


def patient(protocol: type[asyncio.Protocol], **limits: float) -> type[asyncio.Protocol]:
    """The protocol class with limits: head_seconds, head_bytes and read_seconds, where they are not the usual ones."""
    return type("PatientProtocol", (Patience, protocol), limits)
