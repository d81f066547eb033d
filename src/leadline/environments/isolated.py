"""The read-only session in a process of its own, for SQL that a stranger or a language model wrote.

The child has an empty environment, may not write a single byte to any file (RLIMIT_FSIZE 0), has a hard
memory ceiling, and is killed when a statement overruns its time. It starts again with the next statement.
Parent and child speak length-prefixed msgpack over pipes; nothing that the child sends is ever executed.
"""

from __future__ import annotations

import selectors
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any, BinaryIO

import msgspec

from leadline.environments.sql import DEFAULT_LIMITS, ReadOnlySQL, Result, SQLError, SQLLimits
from leadline.environments.typed import TypedTable, typed_table
from leadline.errors import LeadlineError, PermissionRefused
from leadline.evidence.model import Table

GRACE_S = 0.5
"""The child interrupts itself at its limit; the parent kills it this much later."""
OWN_MEMORY_MB = 1024
"""Address space of Python and DuckDB themselves beside the limit of the data."""


class Start(msgspec.Struct, frozen=True):
    """First message: tables by SQL name with their documents, and the limits."""

    tables: list[tuple[str, str, Table]]
    limits: SQLLimits


class Answer(msgspec.Struct, frozen=True):
    result: Result | None = None
    error: str = ""
    refused: bool = False


class IsolatedSQL:
    """Like ReadOnlySQL, in a killable child. Close it, or use it as a context manager."""

    def __init__(self, tables: Iterable[TypedTable], limits: SQLLimits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self._start = msgspec.msgpack.encode(Start([(t.name, t.document, t.source) for t in tables], limits))
        self._child: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def query(self, sql: str, timeout_s: float = float("inf")) -> Result:
        """Run one SELECT within the limits, and within `timeout_s` where that is less."""
        seconds = min(timeout_s, self.limits.timeout_s)
        if seconds <= 0:
            raise SQLError("There was no time left for the query.")
        with self._turn:
            child = self._living()
            try:
                send(child.stdin, msgspec.msgpack.encode(sql.encode("utf-8", "replace").decode()))
                answer = msgspec.msgpack.decode(self._receive(child, seconds + GRACE_S), type=Answer)
            except TimeoutError:
                self._kill()
                raise SQLError(
                    f"The query was stopped after {seconds:g} s.",
                    remedy="Filter or aggregate earlier.",
                ) from None
            except (OSError, EOFError, msgspec.DecodeError):
                self._kill()
                raise SQLError(
                    "The query needed more memory than it may have.", remedy="Filter or aggregate earlier."
                ) from None
        if answer.result is None:
            raise (PermissionRefused if answer.refused else SQLError)(answer.error)
        return answer.result

    def close(self) -> None:
        with self._turn:
            self._kill()

    def __enter__(self) -> IsolatedSQL:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _living(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._kill()
            self._child = subprocess.Popen(
                [sys.executable, "-I", "-m", __name__],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/",
            )  # fmt: skip
            send(self._child.stdin, self._start)
            self._receive(self._child, 60.0)  # it says hello when the tables are loaded
        return self._child

    def _receive(self, child: subprocess.Popen[bytes], seconds: float) -> bytes:
        assert child.stdout is not None
        return receive(child.stdout, time.monotonic() + seconds)

    def _kill(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()

    def __del__(self) -> None:
        self._kill()


def send(pipe: BinaryIO | Any, message: bytes) -> None:
    pipe.write(struct.pack(">I", len(message)) + message)
    pipe.flush()


def receive(pipe: BinaryIO | Any, until: float = float("inf")) -> bytes:
    size = struct.unpack(">I", _exactly(pipe, 4, until))[0]
    return _exactly(pipe, size, until)


def _exactly(pipe: Any, n: int, until: float) -> bytes:
    """`n` bytes; TimeoutError at the moment `until`, EOFError when the other side is gone."""
    parts: list[bytes] = []
    with selectors.DefaultSelector() as ready:
        ready.register(pipe, selectors.EVENT_READ)
        while n:
            left = until - time.monotonic()
            if left <= 0 or not ready.select(None if left == float("inf") else left):
                raise TimeoutError
            part = pipe.raw.read(n)
            if not part:
                raise EOFError
            parts.append(part)
            n -= len(part)
    return b"".join(parts)


def confine(limits: SQLLimits) -> None:
    """Take from this process what SQL never needs. Not all systems know every limit."""
    import resource

    memory = (limits.max_memory_mb + OWN_MEMORY_MB) * 2**20
    ceilings = {
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 32,
    }
    for limit, value in ceilings.items():
        try:
            resource.setrlimit(limit, (value, value))
        except (ValueError, OSError):  # macOS refuses RLIMIT_AS
            continue


def serve() -> None:
    """The child: load, say hello, answer statements until the pipe closes."""
    asked, told = sys.stdin.buffer, sys.stdout.buffer
    start = msgspec.msgpack.decode(receive(asked), type=Start)
    tables = [typed_table(table, document, name=name) for name, document, table in start.tables]
    session = ReadOnlySQL(tables, start.limits)
    confine(start.limits)
    send(told, b"")
    while True:
        try:
            sql = msgspec.msgpack.decode(receive(asked), type=str)
        except EOFError:
            return
        try:
            answer = Answer(result=session.query(sql))
        except LeadlineError as error:
            answer = Answer(error=str(error), refused=isinstance(error, PermissionRefused))
        send(told, msgspec.msgpack.encode(answer))


if __name__ == "__main__":
    serve()
