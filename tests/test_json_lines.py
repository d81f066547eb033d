from pathlib import Path

import msgspec
import pytest

from leadline import json_lines
from leadline.errors import SourceError, StoreError


class Mark(msgspec.Struct):
    fathom: int


def log(folder: Path, data: bytes) -> Path:
    path = folder / "log.jsonl"
    path.write_bytes(data)
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    marks = [Mark(2), Mark(3), Mark(5)]
    assert json_lines.line(Mark(2)) == b'{"fathom":2}\n'
    path = log(tmp_path, json_lines.lines(marks))
    assert list(json_lines.read_log(path, Mark, "a mark", StoreError)) == marks
    assert json_lines.readable(path.read_bytes(), Mark) == marks


def test_a_text_with_a_line_break_stays_one_line(tmp_path: Path) -> None:
    said = {"call": "by the mark\r\nfive"}
    path = log(tmp_path, json_lines.line(said))
    assert path.read_bytes().count(b"\n") == 1
    assert list(json_lines.read_log(path, dict, "a call", StoreError)) == [said]


@pytest.mark.parametrize("torn", [b"", b"\n", b"{", b'{"fathom":7', b'{"fathom":"', b'"\xff'])
def test_a_torn_last_line_is_left_out(tmp_path: Path, torn: bytes) -> None:
    path = log(tmp_path, json_lines.lines([Mark(2), Mark(3)]) + torn)
    assert list(json_lines.read_log(path, Mark, "a mark", StoreError)) == [Mark(2), Mark(3)]
    assert json_lines.readable(path.read_bytes(), Mark) == [Mark(2), Mark(3)]


@pytest.mark.parametrize(("bad", "error"), [(b"{\n", StoreError), (b'{"fathom":"two"}\n', SourceError)])
def test_another_broken_line_is_refused_by_its_number(
    tmp_path: Path, bad: bytes, error: type[StoreError] | type[SourceError]
) -> None:
    path = log(tmp_path, json_lines.line(Mark(2)) + bad + json_lines.line(Mark(3)))
    records = json_lines.read_log(path, Mark, "a mark", error)
    assert next(records) == Mark(2)
    with pytest.raises(error, match=r"log\.jsonl, line 2 is not a mark: "):
        next(records)
    assert json_lines.readable(path.read_bytes(), Mark) == [Mark(2), Mark(3)]
