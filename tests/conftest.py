"""Every test starts with an empty LEADLINE_HOME, one thread per library and no way to the outside."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from leadline.machine_code import keep_apart

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["HF_HUB_OFFLINE"] = "1"

with contextlib.suppress(ImportError):
    keep_apart()  # some tests import compiled modules on their own: all of them share one folder

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def leadline_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for collections and runs."""
    home = tmp_path / "leadline-home"
    monkeypatch.setenv("LEADLINE_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections leave this machine never; loopback is allowed for servers under test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Any:
    """Run the command line in this process: `code, out, err = cli("systems", "--json")`."""

    def run(*arguments: str) -> tuple[int, str, str]:
        import sys

        from leadline.cli.main import main

        old, sys.argv = sys.argv, ["leadline", *arguments]
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            sys.argv = old
        out, err = capfd.readouterr()
        return code, out, err

    return run
