"""How fast a model may be asked: calls at once, calls a minute, and a pause for all when the server asks for one."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import BoundedSemaphore, Lock
from types import TracebackType

MINUTE = 60.0


class Pace:
    """Entered around each call; waits until the call may be made. One pace is shared by all threads of a model."""

    def __init__(
        self,
        parallel: int = 8,
        per_minute: float = float("inf"),
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if parallel < 1 or per_minute < 1:
            raise ValueError(f"parallel {parallel} and per_minute {per_minute} must be at least 1")
        self.per_minute, self.clock, self.sleep = per_minute, clock, sleep
        self._slots, self._lock = BoundedSemaphore(parallel), Lock()
        self._starts: deque[float] = deque()
        self._not_before = 0.0

    def hold(self, seconds: float) -> None:
        """No call starts for so long: the server said that it is busy."""
        with self._lock:
            self._not_before = max(self._not_before, self.clock() + seconds)

    def wait(self) -> None:
        """Sleep until the next call may start, and count it."""
        while (seconds := self._due()) > 0:
            self.sleep(seconds)

    def _due(self) -> float:
        """Seconds until a call may start; counts it when that is now."""
        with self._lock:
            now = self.clock()
            while self._starts and self._starts[0] <= now - MINUTE:
                self._starts.popleft()
            full = len(self._starts) >= self.per_minute
            due = max(self._not_before, self._starts[0] + MINUTE if full else now) - now
            if due <= 0 and self.per_minute != float("inf"):
                self._starts.append(now)
            return due

    def __enter__(self) -> Pace:
        self._slots.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._slots.release()
