"""A PostgreSQL server of one's own for as long as a block goes, where its programs are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path | None:
    """The newest folder that has `initdb`, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def server() -> Iterator[str]:
    """The URL of a fresh database behind a socket; commits reach the disk. Its folder goes when the block ends."""
    bin = programs()
    assert bin is not None, "no PostgreSQL here"
    folder = Path(tempfile.mkdtemp(prefix="leadline-pg-"))
    run = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []  # it refuses to be root
    if run:
        shutil.chown(folder, "postgres")
    data, log = folder / "data", folder / "log"
    settings = f"-k {folder} -c listen_addresses='' -c max_connections=60"

    def control(*arguments: str) -> None:
        subprocess.run(
            [*run, str(bin / "pg_ctl"), "-D", str(data), "-w", *arguments],
            check=True,
            cwd=folder,
            capture_output=True,
        )

    try:
        subprocess.run(
            [*run, str(bin / "initdb"), "-D", str(data), "-U", "leadline", "-A", "trust", "-N"],
            check=True, cwd=folder, capture_output=True,
        )  # fmt: skip
        control("-l", str(log), "-o", settings, "start")
        try:
            yield f"postgresql:///postgres?host={folder}&user=leadline"
        finally:
            control("-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
