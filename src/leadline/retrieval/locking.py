"""One writer at a time: a file that the operating system locks, and frees when its process ends, however it ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

from leadline.errors import Busy, StoreError


class FileLock:
    """Held from when it is made until `release`, or as a context. The file stays; it names the last holder.

    Busy says which process holds it: "<what> by process 12." StoreError when the folder cannot be written.
    """

    def __init__(self, path: Path, what: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[Any] = path.open("a+")
        except OSError as error:
            raise StoreError(
                f"Cannot write to {path.parent}: {error.strerror}.",
                remedy="Choose a folder that you may write to (for collections: set LEADLINE_HOME).",
            ) from error
        if not _taken(self._file):
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise Busy(f"{what} by process {holder}.", remedy="Wait until it is done and try again.")
        self._file.seek(0)
        self._file.truncate()
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        self._file.close()

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


def _taken(file: IO[Any]) -> bool:
    """Whether nobody else has the lock, which is then ours."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            file.seek(1 << 20)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
