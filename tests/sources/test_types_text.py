"""Text, Markdown, source code, CSV, JSON: encodings, headings, delimiters, types."""

from __future__ import annotations

import json

import made_files as made
import pytest

from leadline.environments.data import line_span
from leadline.errors import SourceError
from leadline.evidence.model import Heading, Mark, Rows
from leadline.sources.cells import typed
from leadline.sources.dates import stated_date
from leadline.sources.types.delimited import sniff


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings_are_detected(encoding: str) -> None:
    text = "Die Größe der Boje über dem Fluß beträgt 3 m.\n" * 8
    assert made.read(text.encode(encoding), "a.txt").text == text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Глубина моря измеряется лотом. Лот опускают с борта корабля на длинном лине. " * 5),
        ("shift_jis", "海の深さは測鉛で測ります。船の上から長い綱で測鉛を海の底まで下ろします。" * 8),
        ("gb18030", "海水的深度用测深锤测量。水手把测深锤从船上放到海底，然后读出绳子的长度。" * 8),
    ],
)
def test_other_code_pages_are_detected(encoding: str, text: str) -> None:
    assert made.read(text.encode(encoding), "a.txt").text == text.rstrip("\n") + "\n"


def test_text_is_canonical() -> None:
    document = made.read(
        "Cafe\u0301\r\nzero\u200bwidth\x00\x07\u202eevil\u202c end\ntag\U000e0041s\n".encode(), "a.txt"
    )
    assert document.text == "Café\nzerowidth\u202eevil\u202c end\ntags\n"
    assert [document.text[a:b] for a, b in document.hidden] == ["\u202eevil\u202c"]
    assert document.metadata["invisible_characters"] == "2"


def test_joiners_that_scripts_need_stay() -> None:
    persian = "می\u200cخواهم"
    assert made.read(persian.encode(), "a.txt").text == persian + "\n"


def test_markdown_gives_heading_paths_and_hides_comments() -> None:
    front = "---\ntitle: The tides\ndate: 2022-03-04\n---\n"
    source = front + "# Tides\nHigh.\n## Neap\nLow. <!-- obey me -->\n```\n# no heading\n```\n# End\nx\n"
    document = made.read(source.encode(), "a.md")
    assert (document.title, document.date) == ("The tides", "2022-03-04")
    assert [mark.place for mark in document.marks] == [
        Heading(("Tides",)),
        Heading(("Tides", "Neap")),
        Heading(("End",)),
    ]
    assert document.text[document.marks[1].start : document.marks[1].end].startswith("## Neap")
    assert [document.text[a:b] for a, b in document.hidden] == ["<!-- obey me -->"]


def test_tables_in_markdown_are_tables_whose_lines_stand_in_the_source() -> None:
    source = (
        "# Suppliers\n\n| Name | Price (EUR) | Certificate |\n|---|---:|---|\n"
        "| **Dorn & Sohn** | 1,200 | none |\n| Quark | 48 |\n\nEnd | of it\n\n"
        "```\na | b\n--|--\n1 | 2\n```\n\nn | m\n-|-\n1 | 2"
    )
    document = made.read(source.encode(), "a.md")
    first, second = document.tables
    assert (first.name, first.columns) == ("Suppliers", ("Name", "Price (EUR)", "Certificate"))
    assert first.rows == (("Dorn & Sohn", 1200, None), ("Quark", 48, None))
    assert (second.name, second.rows) == ("Suppliers (2)", ((1, 2),))
    assert line_span(document, first, 2).quote == "| Quark | 48 |"
    assert line_span(document, second, 1).quote == "1 | 2"
    assert all(line in source.split("\n") for line in document.text.split("\n"))
    assert "--|--" in document.text
    assert "|---|" not in document.text


def test_markdown_without_any_heading_is_read() -> None:
    document = made.read(b"Just a line.\n\n#no heading\n", "a.md")
    assert (document.text, document.marks) == ("Just a line.\n\n#no heading\n", ())


def test_csv_cells_are_typed_and_shown_as_written() -> None:
    source = 'id;price;when;note;ok\n007;1.234,50;31.12.2023;"a\nb";true\n008;2,00;01.02.2024;;false\n'
    document = made.read(source.encode(), "prices.csv")
    (table,) = document.tables
    assert table.columns == ("id", "price", "when", "note", "ok")
    assert table.rows == (
        ("007", 1234.5, "2023-12-31", "a\nb", True),
        ("008", 2.0, "2024-02-01", None, False),
    )
    assert document.text == (
        "id | price | when | note | ok\n007 | 1.234,50 | 31.12.2023 | a b | true\n008 | 2,00 | 01.02.2024 |  | false\n"
    )
    assert document.marks == (Mark(0, len(document.text) - 1, Rows("prices", 1, 2)),)


def test_csv_without_header_tsv_and_ragged_rows() -> None:
    document = made.read(b"1,2\n3,4,5\n", "a.csv")
    assert document.tables[0].columns == ("column 1", "column 2", "column 3")
    assert document.tables[0].rows == ((1, 2, None), (3, 4, 5))
    assert made.read(b"name\tn\nrope, thick\t4\n", "a.tsv").tables[0].rows == (("rope, thick", 4),)
    assert sniff("a|b\n1|2\n") == "|"


@pytest.mark.parametrize(
    ("name", "text", "header", "n_rows", "lines"),
    [
        ("a.csv", "# Operator: Ito, Lina\n# Date: 2025-02-18\nRun,Temp_C,pH\n1,25,7.1\n2,25,7.2\n",
         ("Run", "Temp_C", "pH"), 2, ["Operator: Ito, Lina", "Date: 2025-02-18"]),
        ("a.csv", "Account: Halm\nPeriod: 1-31 March\n\nDay,Text,EUR\n1,Rent,-5\n2,Fee,-1\n",
         ("Day", "Text", "EUR"), 2, ["Account: Halm", "Period: 1-31 March"]),
        ("a.tsv", "Instrument\tUV-1800\nSlit\t1 nm\n\nnm\tAU\t%\n400\t0.1\t79\n450\t0.2\t61\n500\t0.3\t40\n",
         ("nm", "AU", "%"), 3, ["Instrument: UV-1800", "Slit: 1 nm"]),
        ("a.csv", "# t,x\n0,1\n1,3\n2,5\n", ("t", "x"), 3, []),
        ("a.csv", "a,b,c\n1,2,3\n4,5,6\nSource: port office\n", ("a", "b", "c"), 2, ["Source: port office"]),
        ("a.csv", ",b,c\nx,2,3\ny,5,6\n", ("column 1", "b", "c"), 2, []),
        ("a.csv", "a;b\nx;1\ny;2\n", ("a", "b"), 2, []),
        ("a.csv", "a,b\n1,2,\n3,4,\n", ("a", "b", "column 3"), 2, []),
    ],
)  # fmt: skip
def test_lines_around_a_table_are_none_of_its_rows(
    name: str, text: str, header: tuple[str, ...], n_rows: int, lines: list[str]
) -> None:
    document = made.read(text.encode(), name)
    (table,) = document.tables
    assert (table.columns, len(table.rows)) == (header, n_rows)
    own = line_span(document, table, 0).quote
    assert own == " | ".join(header)
    assert [line for line in document.text.splitlines() if " | " not in line] == lines


def test_a_field_of_a_million_characters_is_read_and_one_of_eleven_is_refused() -> None:
    """The csv module stops at 131,072 characters."""
    assert len(made.read(b'a,b\n1,"' + b"x" * 1_000_000 + b'"\n', "a.csv").tables[0].rows[0][1]) == 1_000_000  # type: ignore[arg-type]
    with pytest.raises(SourceError, match="field larger"):
        made.read(b'a,b\n1,"' + b"x" * 11_000_000 + b'"\n', "a.csv")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", ""], [1, -2, None]),
        (["1,234", "5"], [1234, 5]),
        (["1.5", "2"], [1.5, 2.0]),
        (["0123", "4"], ["0123", "4"]),
        (["12/31/2023", "01/02/2024"], ["2023-12-31", "2024-01-02"]),
        (["01/02/2024", "03/04/2024"], ["01/02/2024", "03/04/2024"]),
        (["TRUE", "false"], [True, False]),
        (["9" * 30], ["9" * 30]),
        (["1e400"], ["1e400"]),
        (["n/a", "NaN"], [None, None]),
    ],
)
def test_a_column_is_typed_only_if_all_of_it_is(values: list[str], expected: list[object]) -> None:
    assert typed(values) == expected


def test_json_records_become_tables_and_the_rest_paths() -> None:
    value = {
        "title": "Stock",
        "site": {"name": "Skerrow", "depth": 12.5},
        "tags": ["a", "b"],
        "buoys": [{"id": 1, "ok": True}, {"id": 2}],
    }
    document = made.read(json.dumps(value).encode(), "stock.json")
    assert document.text == (
        "title: Stock\nsite.name: Skerrow\nsite.depth: 12.5\ntags: a, b\nid | ok\n1 | true\n2 | \n"
    )
    assert (document.title, document.tables[0].name, document.tables[0].rows) == (
        "Stock",
        "buoys",
        ((1, True), (2, None)),
    )
    lines = made.read(b'{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n', "rows.jsonl")
    assert lines.tables[0].rows == ((1, "x"), (2, "y"))


def test_deep_or_broken_json_is_refused() -> None:
    with pytest.raises(SourceError, match="nested too deeply"):
        made.read(b"[" * 500_000 + b"]" * 500_000, "a.json")
    with pytest.raises(SourceError, match="nested too deeply"):
        made.read(b'{"a":' * 300 + b"1" + b"}" * 300, "a.json")
    with pytest.raises(SourceError, match="Line 2, column 1"):
        made.read(b'{"a": 1,\n}', "a.json")
    with pytest.raises(SourceError, match="number"):
        made.read(b'{"a": ' + b"9" * 10_000 + b"}", "a.json")


def test_source_code_marks_definitions() -> None:
    document = made.read(
        b"import os\n\ndef depth(rope):\n    return rope\n\nclass Lead:\n    pass\n", "lead.py"
    )
    assert [mark.place for mark in document.marks] == [Heading(("depth",)), Heading(("Lead",))]
    assert document.title == "lead.py"


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Minutes\nDate: 2 May 2021\n", "2020-01-01.txt", "2021-05-02"),
        ("Issued: March 3, 2020", "", "2020-03-03"),
        ("Datum: 04.05.2019", "", "2019-05-04"),
        ("Board, 31 February 2021", "", ""),
        ("Board, 1st June 2021", "", "2021-06-01"),
        ("A text.\nOn 2020-02-02 it rained.", "", ""),
        ("Call 12345-67-890", "", ""),
    ],
)
def test_dates_that_a_document_states(text: str, name: str, expected: str) -> None:
    assert stated_date(text, name) == expected


def test_a_notebook_is_its_prose_code_and_output() -> None:
    output = {"output_type": "stream", "text": ["mean 9.1\n"]}
    picture = {"data": {"image/png": "iVBOR", "text/plain": "<Figure>"}}
    cells = [
        {"cell_type": "markdown", "source": ["# Fuel\n", "It burns 7 t."]},
        {"cell_type": "code", "source": "print(x)", "outputs": [output, picture]},
    ]
    found = made.read(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode(), "a.ipynb")
    assert found.text == "# Fuel\nIt burns 7 t.\n\nprint(x)\n\nmean 9.1\n\n<Figure>\n\n"
    assert found.title == "Fuel"
    assert found.marks == (Mark(0, 20, Heading(("Fuel",))),)
    older = {"worksheets": [{"cells": [{"cell_type": "code", "input": "y = 2", "outputs": []}]}]}
    assert made.read(json.dumps(older).encode(), "b.ipynb").text == "y = 2\n\n"


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"cells": 5}', b'{"cells": []}', b"\xff\xfe{"])
def test_what_is_no_notebook_is_said(data: bytes) -> None:
    with pytest.raises(SourceError):
        made.read(data, "a.ipynb")
