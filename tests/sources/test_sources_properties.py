"""What holds for all documents, whatever the bytes: marks in bounds, rows on their lines, hidden text apart."""

from __future__ import annotations

import csv
import io
import json
import unicodedata

import made_files as made
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import SourceError
from leadline.evidence.check import rows_stretch
from leadline.evidence.model import Document
from leadline.sources.canonical import canonical
from leadline.sources.parse import parse

NAMES = ["a.txt", "a.md", "a.csv", "a.tsv", "a.json", "a.jsonl", "a.html", "a.xml", "a.py", "a.eml", "a"]
text_files = st.tuples(st.text(max_size=300), st.sampled_from(NAMES))


def check(document: Document) -> None:
    text = document.text
    assert text == canonical(text)
    assert text.endswith("\n")
    for mark in document.marks:
        assert 0 <= mark.start < mark.end <= len(text)
    for start, end in document.hidden:
        assert 0 <= start < end <= len(text)
    for table in document.tables:
        assert len(set(table.columns)) == len(table.columns)
        header = text[slice(*rows_stretch(text, table, 0, 0))]
        assert header == " | ".join(table.columns)
        for number, row in enumerate(table.rows, 1):
            assert len(row) == len(table.columns)
            line = text[slice(*rows_stretch(text, table, number, number))]
            assert line.count(" | ") >= len(row) - 1
            for cell in row:
                if isinstance(cell, str):
                    assert " ".join(cell.split()) in " ".join(line.split())


def documents_of(data: bytes, name: str) -> list[Document]:
    """What is read, or nothing where it is refused: any other exception is a defect."""
    try:
        return parse(data, f"folder/{name}")[0]
    except SourceError:
        return []


@settings(max_examples=120, deadline=None)
@given(text_files)
def test_any_text_under_any_name_is_a_sound_document_or_refused(file: tuple[str, str]) -> None:
    content, name = file
    data = content.encode("utf-8", "surrogatepass")
    documents = documents_of(data, name)
    for document in documents:
        check(document)
    assert documents_of(data, name) == documents


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from(
        [
            b"",
            b"%PDF-1.4\n",
            b"PK\x03\x04",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
            b"GIF89a",
            b"SQLite format 3\x00",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"<?xml ",
            b"RIFF1234WEBP",
        ]
    ),
)
def test_any_bytes_are_a_document_or_refused(data: bytes, opening: bytes) -> None:
    for document in documents_of(opening + data, "a"):
        check(document)


cells = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(2, 5).flatmap(
        lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=2, max_size=6)
    )
)
def test_rows_of_a_csv_file_are_its_lines(rows: list[list[str]]) -> None:
    header = [f"name{n}" for n in range(len(rows[0]))]
    packed = io.StringIO()
    csv.writer(packed).writerows([header, *rows])
    document = made.read(packed.getvalue().encode(), "a.csv")
    check(document)
    (table,) = document.tables
    kept = [row for row in rows if any(canonical(cell) for cell in row)]
    assert len(table.rows) == len(kept)
    for row, line in zip(kept, document.text.split("\n")[1:], strict=False):
        assert line == canonical(" | ".join(" ".join(canonical(cell).strip().splitlines()) for cell in row))


values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries({"a": values, "b": values}), min_size=1, max_size=6))
def test_records_keep_their_values(records: list[dict[str, object]]) -> None:
    document = made.read(json.dumps(records).encode(), "a.json")
    check(document)
    (table,) = document.tables
    for record, row in zip(records, table.rows, strict=True):
        for column, cell in zip(table.columns, row, strict=True):
            value = record[column]
            if isinstance(value, str):
                assert cell == (" ".join(canonical(value).split()) or None)
            elif isinstance(value, int) and abs(value) >= 2**63:
                assert cell == str(value)  # larger than SQL's integers
            else:
                assert cell == value


@given(st.text())
def test_canonical_text_is_a_fixed_point_in_normal_form(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\r" not in once
