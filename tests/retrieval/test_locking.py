"""One writer at a time, between processes and inside one."""

import os
import signal
import subprocess
import sys

import pytest

from leadline.errors import Busy, StoreError
from leadline.retrieval.locking import FileLock

HOLD = """
import sys, time
from pathlib import Path
from leadline.retrieval.locking import FileLock
lock = FileLock(Path(sys.argv[1]), "It is written")
print("held", flush=True)
time.sleep(60)
"""


def test_the_second_is_refused_with_the_process_that_holds_it_and_the_next_succeeds(tmp_path):
    path = tmp_path / "deep" / "lock"
    with (
        FileLock(path, "It is written"),
        pytest.raises(Busy, match=f"It is written by process {os.getpid()}"),
    ):
        FileLock(path, "It is written")
    FileLock(path, "It is written").release()


def test_a_killed_process_holds_nothing(tmp_path):
    path = tmp_path / "lock"
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    with pytest.raises(Busy, match=f"by process {process.pid}"):
        FileLock(path, "It is written")
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    FileLock(path, "It is written").release()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Cannot write to"):
        FileLock(tmp_path / "file" / "lock", "It is written")
