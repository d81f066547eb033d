"""Compiled loops lie apart for each state of their sources."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import leadline
from leadline.machine_code import ROOMS, prune, state

ASK = (
    "from leadline.machine_code import keep_apart; keep_apart(); import numba; print(numba.config.CACHE_DIR)"
)


@pytest.fixture
def package(tmp_path):
    for room in ROOMS:
        (tmp_path / room).mkdir(parents=True)
        (tmp_path / room / "kernels.py").write_text("@njit\ndef f(): ...")
        (tmp_path / room / "other.py").write_text("def g(): ...")
    return tmp_path


def test_a_state_is_that_of_the_compiled_sources_alone(package):
    before = state(package)
    (package / "retrieval" / "other.py").write_text("def g(): return 1")
    assert state(package) == before
    shutil.copytree(package, package / "copy")
    assert state(package / "copy") == before  # wherever it lies
    (package / "explore" / "kernels.py").write_text("@njit\ndef f(): return 1")
    changed = state(package)
    assert changed != before
    (package / "explore" / "kernels.py").rename(package / "explore" / "loops.py")
    assert state(package) not in (before, changed)


def test_the_oldest_are_removed(tmp_path):
    for age, name in enumerate("abcde"):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    prune(tmp_path, 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]
    prune(tmp_path / "nothing", 2)


def test_what_compiled_files_import_belongs_to_their_state(package):
    (package / "explore" / "kernels.py").write_text("from leadline.sizes import BLOCK\n@njit\ndef f(): ...")
    without = state(package)
    (package / "sizes.py").write_text("BLOCK = 128")
    before = state(package)
    (package / "sizes.py").write_text("BLOCK = 64")
    assert len({without, before, state(package)}) == 3


def test_numba_is_told_and_what_the_user_says_is_left(tmp_path):
    free = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    for more, expected in (
        (
            {},
            str(
                Path(leadline.__file__).parent
                / "__pycache__"
                / "numba"
                / state(Path(leadline.__file__).parent)
            ),
        ),
        ({"NUMBA_CACHE_DIR": str(tmp_path)}, str(tmp_path)),
    ):
        said = subprocess.run(
            [sys.executable, "-c", ASK], env=free | more, capture_output=True, text=True, check=True
        )
        assert said.stdout.strip() == expected


def test_who_watches_is_told_of_every_loop_that_is_compiled_and_of_none_that_lies_on_disk(tmp_path):
    (tmp_path / "loops.py").write_text(
        "from leadline.machine_code import keep_apart, watching\nkeep_apart()\nfrom numba import njit\n"
        "@njit(cache=True)\ndef add(a, b):\n    return a + b\n"
        "told = []\nwith watching(lambda: told.append(1)):\n    add(1, 2)\n    add(1, 3)\n    add(1.0, 2.0)\n"
        "add('a', 'b')\nprint(len(told))\n"
    )
    for expected in ("2", "0"):
        said = subprocess.run(
            [sys.executable, "loops.py"], env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kept")},
            cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert said.stdout.strip() == expected
