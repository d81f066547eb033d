"""Stand-ins for the outside: a disk that fails, is full or is cut off mid-write, and a clock that waits for you."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from leadline.errors import StoreError
from leadline.files import Disk


class Killed(BaseException):
    """The process died here: nothing after it ran, so no `except Exception` may see it."""


class FakeDisk(Disk):
    """The real disk until call number `at` of write, append or sync_folder; then `how`:

    fail   every call from there on raises StoreError (a broken disk)
    kill   the call never happens
    tear   half of the bytes reach the disk (of the temporary file for a write, of the file for an append)

    `capacity` bytes may be written in all, then the disk is full. Calls are listed in `calls`.
    """

    def __init__(self, at: float = float("inf"), how: str = "fail", capacity: float = float("inf")) -> None:
        assert how in ("fail", "kill", "tear")
        self.at, self.how, self.capacity = at, how, capacity
        self.calls: list[tuple[str, Path]] = []
        self.written = 0

    def write_parts(self, path: Path, parts: Iterable[bytes | memoryview]) -> None:
        data = b"".join(parts)
        if self._strikes("write", path, data):
            path.parent.mkdir(parents=True, exist_ok=True)
            (path.parent / f".{path.name}.torn").write_bytes(data[: len(data) // 2])
            raise Killed
        super().write_parts(path, [data])

    def append(self, path: Path, data: bytes) -> None:
        if self._strikes("append", path, data):
            super().append(path, data[: len(data) // 2])
            raise Killed
        super().append(path, data)

    def _strikes(self, what: str, path: Path, data: bytes) -> bool:
        """Count the call, fail or die as told; True when it is to be torn."""
        self.calls.append((what, path))
        self.written += len(data)
        if self.written > self.capacity:
            raise StoreError(f"Cannot write {path}: {os.strerror(errno.ENOSPC)}.", remedy="Free some space.")
        if len(self.calls) < self.at:
            return False
        if self.how == "fail":
            raise StoreError(f"Cannot write {path}: {os.strerror(errno.EIO)}.")
        if self.how == "kill":
            raise Killed
        return True


class FakeClock:
    """Seconds that pass only when told: `clock()` reads, `clock.sleep(s)` and `clock.now += s` move it."""

    def __init__(self, now: float = 0.0, tick: float = 0.0) -> None:
        self.now, self.tick = now, tick

    def __call__(self) -> float:
        self.now += self.tick
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
