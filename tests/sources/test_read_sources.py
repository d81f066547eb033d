"""Walking, hashing, order, limits, and workers that are killed."""

from __future__ import annotations

import os
import socket
from hashlib import sha256
from pathlib import Path

import made_files as made
import pytest

from leadline.errors import SourceError, UsageError
from leadline.sources.limits import Limits
from leadline.sources.read import Reading, read_sources
from leadline.sources.worker import read_stable


def write(folder: Path, files: dict[str, bytes | str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def by_uri(readings: list[Reading]) -> dict[str, Reading]:
    assert len({reading.uri for reading in readings}) == len(readings)
    return {reading.uri: reading for reading in readings}


def test_a_folder_is_read_in_sorted_order_and_tools_folders_are_not(tmp_path: Path) -> None:
    write(
        tmp_path / "top",
        {
            "b.txt": "Bee.",
            "a/z.md": "# Zed\nText.",
            "a/c.csv": "x,y\n1,2\n",
            ".git/config": "no",
            "__pycache__/x.txt": "no",
        },
    )
    seen: list[tuple[int, int]] = []
    readings = list(read_sources([tmp_path / "top"], progress=lambda done, total: seen.append((done, total))))
    assert [reading.uri for reading in readings] == ["top/a/c.csv", "top/a/z.md", "top/b.txt"]
    assert [reading.documents[0].text for reading in readings] == [
        "x | y\n1 | 2\n",
        "# Zed\nText.\n",
        "Bee.\n",
    ]
    assert readings[2].sha256 == sha256(b"Bee.").hexdigest() == readings[2].documents[0].sha256
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert readings == list(read_sources([tmp_path / "top"], workers=1))


def test_what_is_known_is_not_read_again_and_what_changed_is(tmp_path: Path) -> None:
    write(tmp_path / "top", {"a.txt": "one", "b.txt": "two"})
    known = {reading.uri: reading.sha256 for reading in read_sources([tmp_path / "top"])}
    write(tmp_path / "top", {"b.txt": "three"})
    first, second = read_sources([tmp_path / "top"], known=known)
    assert first == Reading("top/a.txt", known["top/a.txt"], unchanged=True)
    assert not second.unchanged
    assert second.documents[0].text == "three\n"


def test_every_failure_is_listed_with_a_remedy_and_the_rest_is_read(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"secret.txt": "secret"})
    top = write(
        tmp_path / "top",
        {"a.txt": "fine", "empty.txt": b"", "z.txt": "fine too", "noise.bin": bytes(range(256)) * 20},
    )
    (top / "leads-out.txt").symlink_to(outside / "secret.txt")
    (top / "leads-out").symlink_to(outside)
    (top / "leads-in.txt").symlink_to(top / "a.txt")
    (top / "nowhere.txt").symlink_to(top / "gone.txt")
    (top / "endless").symlink_to(top)
    os.mkfifo(top / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as plug:
        here = os.open(".", os.O_RDONLY)
        os.chdir(top)  # socket paths have a short limit
        plug.bind("plug.txt")
        os.fchdir(here)
        os.close(here)
        readings = by_uri(list(read_sources([top])))
    reasons = {
        uri: reading.failure.reason for uri, reading in readings.items() if reading.failure is not None
    }
    assert reasons == {
        "top/empty.txt": "The file is empty.",
        "top/leads-out": "The symbolic link leads out of the folder and is not followed.",
        "top/leads-out.txt": "The symbolic link leads out of the folder and is not followed.",
        "top/noise.bin": "No reader knows this content (.bin).",
        "top/nowhere.txt": "The symbolic link leads nowhere.",
        "top/pipe.txt": "It is neither a file nor a folder (a pipe, socket or device).",
        "top/plug.txt": "It is neither a file nor a folder (a pipe, socket or device).",
    }
    assert [uri for uri, reading in readings.items() if reading.documents] == ["top/a.txt", "top/z.txt"]
    assert all(
        "secret" not in document.text for reading in readings.values() for document in reading.documents
    )


def test_a_missing_path_is_a_usage_error_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file or folder"):
        read_sources([tmp_path / "nothing"])
    write(tmp_path, {"one/same/a.txt": "a", "two/same/b.txt": "b"})
    with pytest.raises(UsageError, match="have the same name"):
        read_sources([tmp_path / "one" / "same", tmp_path / "two" / "same"])


def test_an_empty_folder_is_a_failure_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "top").mkdir()
    (reading,) = read_sources([tmp_path / "top"])
    assert reading.failure is not None
    assert reading.failure.reason == "The folder holds no file to read."


def test_a_gigabyte_of_one_character_is_refused_without_reading_it(tmp_path: Path) -> None:
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(1 << 30)
    (reading,) = read_sources([tmp_path / "huge.txt"])
    assert reading.failure is not None
    assert (
        reading.failure.reason == "The file has 1,073,741,824 bytes, more than the 268,435,456 that are read."
    )
    assert reading.sha256 == ""


def test_names_that_are_not_utf8_are_shown_and_read(tmp_path: Path) -> None:
    (tmp_path / "top").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "top") + b"/caf\xe9.txt")).write_text("Coffee.")
    (reading,) = read_sources([tmp_path / "top"])
    assert reading.uri == "top/caf\\xe9.txt"
    assert reading.documents[0].text == "Coffee.\n"


def test_a_file_that_changes_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("first line\n")

    def read_while_somebody_writes(file, n):  # type: ignore[no-untyped-def]
        data = file.read(n)
        with path.open("a") as again:
            again.write("second line\n")
        return data

    assert read_stable("log.txt", path, Limits()) == b"first line\n"
    with pytest.raises(SourceError, match="changed while it was read"):
        read_stable("log.txt", path, Limits(), read_while_somebody_writes)


def test_a_file_that_became_a_folder_or_link_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SourceError, match="cannot be opened: Is a directory"):
        read_stable("folder", tmp_path / "folder", Limits())
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(SourceError, match="cannot be opened"):
        read_stable("link", tmp_path / "link", Limits())
    with pytest.raises(SourceError, match="cannot be opened: No such file"):
        read_stable("gone", tmp_path / "gone", Limits())


def test_a_pdf_that_keeps_its_reader_busy_costs_its_own_time_only(tmp_path: Path) -> None:
    busy = made.busy_pdf()
    assert len(busy) < 10_000
    top = write(tmp_path / "top", {"a-busy.pdf": busy, "b.txt": "fine", "c.txt": "fine"})
    readings = list(read_sources([top], limits=Limits(max_seconds=2), workers=1))
    assert readings[0].failure is not None
    assert "longer than 2 seconds" in readings[0].failure.reason
    assert [len(reading.documents) for reading in readings] == [0, 1, 1]


def test_a_file_that_needs_too_much_memory_is_a_failure_and_the_worker_goes_on(tmp_path: Path) -> None:
    top = write(
        tmp_path / "top",
        {"a.json": "[" + "1.5," * 3_000_000 + "1]", "b.txt": "fine"},
    )
    readings = by_uri(list(read_sources([top], limits=Limits(max_memory=100 * 2**20), workers=1)))
    assert readings["top/a.json"].failure is not None
    assert "memory" in readings["top/a.json"].failure.reason
    assert readings["top/b.txt"].documents


def test_a_module_in_the_folder_is_never_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that put the current folder on its path would run a stranger's code."""
    trap = "import pathlib; pathlib.Path(__file__).with_name('sprung').touch()\nraise ImportError"
    names = ("docx", "lxml", "json", "csv", "msgspec", "charset_normalizer")
    write(
        tmp_path,
        {
            **{f"{name}.py": trap for name in names},
            "a.docx": made.docx(lambda d: d.add_paragraph("Hello there.")),
        },
    )
    monkeypatch.chdir(tmp_path)
    readings = by_uri(list(read_sources(["a.docx"])))
    assert readings["a.docx"].documents[0].text == "Hello there.\n"
    assert not (tmp_path / "sprung").exists()
