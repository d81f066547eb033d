import os
from pathlib import Path

import pytest

from fakes import FakeClock, FakeDisk, Killed
from leadline.errors import StoreError, UsageError
from leadline.files import Disk, home

full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="only where the system has a full device")


def test_a_write_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "er" / "file.json"
    Disk().write(target, b"old")
    Disk().write(target, b"new")
    assert target.read_bytes() == b"new"
    assert os.listdir(target.parent) == ["file.json"]


def test_a_write_that_cannot_be_renamed_keeps_the_old_and_cleans_up(tmp_path: Path) -> None:
    target = tmp_path / "taken"
    (target / "inner").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"Cannot write .*taken"):
        Disk().write(target, b"data")
    assert os.listdir(tmp_path) == ["taken"]


def test_a_folder_that_is_a_file_is_named_in_the_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(
        StoreError, match=r"Cannot write .*report.json: .*/file is a file, not a folder\. Choose"
    ):
        Disk().write(tmp_path / "file" / "report.json", b"data")
    with pytest.raises(UsageError, match=r"/file is a file, not a folder\. Choose another folder with --out"):
        Disk().probe(tmp_path / "file" / "deep")


@full
def test_a_full_device_says_so() -> None:
    with pytest.raises(StoreError, match="No space left"):
        Disk().append(Path("/dev/full"), b"x" * 100_000)


def test_append_adds_to_the_end(tmp_path: Path) -> None:
    for line in (b"1\n", b"2\n"):
        Disk().append(tmp_path / "new" / "log", line)
    assert (tmp_path / "new" / "log").read_bytes() == b"1\n2\n"


def test_home_is_the_named_folder(leadline_home: Path) -> None:
    assert home() == leadline_home


@pytest.mark.parametrize("how", ["kill", "tear"])
def test_a_killed_write_leaves_the_old_file_whole(tmp_path: Path, how: str) -> None:
    target = tmp_path / "file"
    disk = FakeDisk(at=2, how=how)
    disk.write(target, b"old")
    with pytest.raises(Killed):
        disk.write(target, b"new and longer")
    assert target.read_bytes() == b"old"


def test_a_torn_append_leaves_half_a_line(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        FakeDisk(at=1, how="tear").append(tmp_path / "log", b"12345678")
    assert (tmp_path / "log").read_bytes() == b"1234"


def test_a_full_disk_takes_what_fits(tmp_path: Path) -> None:
    disk = FakeDisk(capacity=5)
    disk.write(tmp_path / "a", b"12345")
    with pytest.raises(StoreError, match="No space left"):
        disk.write(tmp_path / "b", b"6")
    assert not (tmp_path / "b").exists()
    assert [what for what, _ in disk.calls] == ["write", "write"]


def test_the_clock_moves_when_told() -> None:
    clock = FakeClock(now=5, tick=1)
    clock.sleep(10)
    assert [clock(), clock()] == [16, 17]


def test_what_is_written_may_be_read_by_others_as_the_umask_says(tmp_path):
    import os

    before = os.umask(0o022)
    try:
        Disk().write(tmp_path / "report.md", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "report.md").stat().st_mode & 0o777 == 0o644


def test_what_is_written_may_be_read_by_whom_the_umask_allows(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        Disk().write(tmp_path / "report.html", b"data")
    finally:
        os.umask(old)
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o644
