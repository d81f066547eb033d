"""Damage, locks, full disks and killed writers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from benchmarks.segments_crash import crash_test

from leadline.errors import StoreError
from leadline.files import DISK, Disk
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.lexical.store import VERSION


def three_segments(folder: Path) -> LexicalIndex:
    index = LexicalIndex.create(folder, "none")
    for id in "abc":
        with index.writer() as writer:
            writer.add(id, f"word {id}")
    return index


@pytest.mark.parametrize("damage", ["truncate", "flip", "header", "remove", "empty"])
def test_a_damaged_segment_is_named_and_the_others_can_be_searched(tmp_path: Path, damage: str) -> None:
    three_segments(tmp_path)
    path = tmp_path / "000002.seg"
    data = bytearray(path.read_bytes())
    if damage == "remove":
        path.unlink()
    else:
        at = 20 if damage == "header" else len(data) - 64 * 3
        data[at] ^= 0xFF
        path.write_bytes({"truncate": data[:-70], "empty": b""}.get(damage, bytes(data)))
    with pytest.raises(StoreError, match=r"000002\.seg"):
        LexicalIndex.open(tmp_path, verify=True)
    rest = LexicalIndex.open(tmp_path, damaged="skip")
    hits = rest.search("word")
    assert set(hits.ids) == {"a", "c"}
    assert "000002.seg" in hits.notes[-1]
    with pytest.raises(StoreError, match="damaged"):
        rest.writer()


def test_a_damaged_manifest_is_named(tmp_path: Path) -> None:
    three_segments(tmp_path)
    (tmp_path / "index.json").write_text('{"analyzer": 3')
    with pytest.raises(StoreError, match=r"index\.json is damaged"):
        LexicalIndex.open(tmp_path)


def test_an_index_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    LexicalIndex.create(tmp_path)
    text = (tmp_path / "index.json").read_text()
    (tmp_path / "index.json").write_text(text.replace(f'"version": {VERSION}', f'"version": {VERSION + 1}'))
    with pytest.raises(StoreError, match="newer version"):
        LexicalIndex.open(tmp_path)


def test_the_second_writer_is_refused_by_name(tmp_path: Path) -> None:
    index = LexicalIndex.create(tmp_path)
    with index.writer(), pytest.raises(StoreError, match=r"being written by process \d+"):
        LexicalIndex.open(tmp_path).writer().__enter__()
    with LexicalIndex.open(tmp_path).writer() as writer:
        writer.add("a", "free again")


def test_the_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    index = three_segments(tmp_path)
    code = (
        "import os, sys\n"
        "from leadline.retrieval.lexical import LexicalIndex\n"
        "writer = LexicalIndex.open(sys.argv[1]).writer().__enter__()\n"
        "writer.add('z', 'never committed')\n"
        "os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 9
    assert (tmp_path / "write.lock").read_text().isdecimal()
    with index.writer() as writer:
        writer.add("d", "next")
    assert index.ids() == ["a", "b", "c", "d"]


class FullDisk(Disk):
    """Refuses after so many writes, having written half."""

    left = 0

    def write_parts(self, path: Path, parts: Iterable[bytes | memoryview]) -> None:
        self.left -= 1
        if self.left < 0:
            path.with_name(f".{path.name}.half").write_bytes(b"half")
            raise StoreError(f"Cannot write {path}: No space left on device.")
        super().write_parts(path, parts)


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_full_disk_leaves_the_previous_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """Segment, deletions, manifest: whichever does not fit."""
    index = three_segments(tmp_path)
    with index.writer() as writer:
        for i in range(10):
            writer.add(f"more{i}", "other")
    full = FullDisk()
    full.left = writes
    for module in ("container", "store"):
        monkeypatch.setattr(f"leadline.retrieval.lexical.{module}.DISK", full)
    with pytest.raises(StoreError, match="No space left"):
        replace_a(index)
    for module in ("container", "store"):
        monkeypatch.setattr(f"leadline.retrieval.lexical.{module}.DISK", DISK)
    assert (
        index.search("word").ids
        == LexicalIndex.open(tmp_path, verify=True).search("word").ids
        == ("a", "b", "c")
    )
    replace_a(index)
    assert index.search("new").ids == ("a",)
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def replace_a(index: LexicalIndex) -> None:
    with index.writer() as writer:
        writer.add("a", "new word")
        writer.delete("b")
        writer.delete("more3")


def test_an_open_reader_keeps_its_commit_until_it_refreshes(tmp_path: Path) -> None:
    index = three_segments(tmp_path)
    reader = LexicalIndex.open(tmp_path)
    with index.writer() as writer:
        writer.delete("a")
        writer.merge()
    assert reader.search("word").ids == ("a", "b", "c")
    assert reader.refresh()
    assert reader.search("word").ids == ("b", "c")
    assert not reader.refresh()


def test_a_writer_is_closed_after_its_block(tmp_path: Path) -> None:
    with LexicalIndex.create(tmp_path).writer() as writer:
        pass
    with pytest.raises(StoreError, match="closed"):
        writer.add("a", "late")


def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    result = crash_test(tmp_path, kills=5, seed=3)
    assert (result.lost, result.half_visible, result.unreadable) == (0, 0, 0)
    assert result.kills == 5
