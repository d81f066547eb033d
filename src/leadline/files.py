"""The one place that writes files: whole or not at all.

A write goes to a temporary file beside its target, is flushed to the disk, renamed over the target,
and the folder is flushed too. A reader sees the old bytes or the new ones, never a mixture.
Everything that must survive a crash is written through `Disk`; tests replace it (tests/fakes.py).
A failed fsync is never retried: the kernel may have dropped the pages already.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from leadline.errors import StoreError, UsageError


class Disk:
    """The real disk. Methods raise StoreError with the path and the remedy."""

    def write(self, path: Path, data: bytes) -> None:
        """Put `data` at `path` atomically; parent folders are made."""
        self.write_parts(path, [data])

    def write_parts(self, path: Path, parts: Iterable[bytes | memoryview]) -> None:
        """The same for something large that is not joined in memory first."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.parent / f".{path.name[:40]}.{secrets.token_hex(4)}"
            # 0o666 is cut by the umask, so that a report may be read by whom its folder is for.
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            try:
                with os.fdopen(handle, "wb") as file:
                    for part in parts:
                        file.write(part)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            self.sync_folder(path.parent)
        except OSError as error:
            raise self.refusal(path, error) from error

    @staticmethod
    def refusal(path: Path, error: OSError) -> StoreError:
        """What to tell a person about a write that failed."""
        in_the_way = _file_among(path.parent)
        if in_the_way is not None:
            return StoreError(
                f"Cannot write {path}: {in_the_way} is a file, not a folder.", remedy="Choose another folder."
            )
        return StoreError(
            f"Cannot write {path}: {error.strerror or error}.",
            remedy="Free some space or choose a folder that you may write to.",
        )

    def write_together(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """Put several files into `folder`: all bytes reach the disk before the first name changes."""
        made = [path for path in (folder, *folder.parents) if not path.exists()]
        staging = folder / f".writing-{os.getpid()}"
        try:
            for name, data in files.items():
                self.write(staging / name, data)
            for name in files:
                os.replace(staging / name, folder / name)
            self.sync_folder(folder)
        except OSError as error:
            raise self.refusal(folder, error) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            for path in made:  # an empty folder is no result
                with contextlib.suppress(OSError):
                    path.rmdir()

    def probe(self, folder: Path, option: str = "--out") -> None:
        """UsageError when nothing could be written below `folder`, which `option` named; makes nothing that stays."""
        nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        if not nearest.is_dir():
            raise UsageError(
                f"Nothing can be written to {folder}: {nearest} is a file, not a folder.",
                remedy=f"Choose another folder with {option}.",
            )
        try:
            with tempfile.TemporaryFile(dir=nearest):
                pass
        except OSError as error:
            raise UsageError(
                f"Nothing can be written to {folder}: {nearest}: {error.strerror or error}.",
                remedy=f"Choose another folder with {option}.",
            ) from error

    def append(self, path: Path, data: bytes) -> None:
        """Add `data` to the end of `path` in one write call (a log line: torn at most at its end)."""
        try:
            try:
                file = open(path, "ab", buffering=0)  # noqa: SIM115 - a trace grows at every step: the short way
            except FileNotFoundError:
                path.parent.mkdir(parents=True, exist_ok=True)
                file = open(path, "ab", buffering=0)  # noqa: SIM115
            with file:
                file.write(data)
        except OSError as error:
            raise StoreError(f"Cannot append to {path}: {error.strerror or error}.") from error

    def sync_folder(self, folder: Path) -> None:
        """Make renames inside `folder` durable."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _file_among(folder: Path) -> Path | None:
    """The file that stands where a folder should."""
    with contextlib.suppress(OSError):
        return next((path for path in (folder, *folder.parents) if path.exists() and not path.is_dir()), None)
    return None


DISK = Disk()


def home() -> Path:
    """Where collections, runs and caches live: $LEADLINE_HOME, else the platform's data folder."""
    named = os.environ.get("LEADLINE_HOME")
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("leadline", appauthor=False)
