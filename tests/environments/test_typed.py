"""Types of columns: narrow only where every cell agrees."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from leadline.environments.typed import sql_name, typed_column, typed_table
from leadline.evidence.model import Table


@pytest.mark.parametrize(
    ("cells", "kind", "values", "unit"),
    [
        ([1, 2], "BIGINT", [1, 2], ""),
        ([1.0, 2.0], "BIGINT", [1, 2], ""),
        ([1, 2.5], "DOUBLE", [1, 2.5], ""),
        ([True, False], "BOOLEAN", [True, False], ""),
        (["1", "", None, "3"], "BIGINT", [1, None, None, 3], ""),
        (["1,234.50", "7"], "DOUBLE", [1234.5, 7], ""),
        (["1.234,50", "2.000,00"], "DOUBLE", [1234.5, 2000.0], ""),
        (["€ 12.50", "€1,000.00"], "DOUBLE", [12.5, 1000.0], "EUR"),
        (["EUR 5", "EUR 12"], "BIGINT", [5, 12], "EUR"),
        (["-3", "(4)"], "BIGINT", [-3, -4], ""),
        (["12 %", "7.5 %"], "DOUBLE", [12, 7.5], "%"),
        (["$(1,250.00)", "($499.00)", "$320.50"], "DOUBLE", [-1250, -499, 320.5], "USD"),
        (["1,250.00-", "−3"], "BIGINT", [-1250, -3], ""),
        (["1 250.50", "2'000", "3\u00a0100"], "DOUBLE", [1250.5, 2000, 3100], ""),
        (["12", "n/a", "n.d.", "#DIV/0!", "–"], "BIGINT", [12, None, None, None, None], ""),
        (["2023-01-02", "2023-12-31"], "DATE", [date(2023, 1, 2), date(2023, 12, 31)], ""),
        (["14.03.2023"], "DATE", [date(2023, 3, 14)], ""),
        (["14 March 2023", "1 May 2022"], "DATE", [date(2023, 3, 14), date(2022, 5, 1)], ""),
        (["13/02/2023", "01/02/2023"], "DATE", [date(2023, 2, 13), date(2023, 2, 1)], ""),
        (["2023-01-02T00:00:00"], "DATE", [date(2023, 1, 2)], ""),
        (["2023-01-02 10:30"], "TIMESTAMP", [datetime(2023, 1, 2, 10, 30)], ""),
    ],
)
def test_agreeing_cells_get_a_type(cells: list, kind: str, values: list, unit: str):
    column = typed_column("c", "c", cells)
    assert (column.kind, column.values, column.unit) == (kind, values, unit)


@pytest.mark.parametrize(
    "cells",
    [
        ["01/02/2023", "03/04/2023"],  # day or month first?
        ["€ 5", "$ 5"],  # two currencies cannot be added
        ["007", "12"],  # a code
        ["1,5", "2,5"],  # one and a half, or two numbers?
        ["12", "<5"],  # something, but no number
        ["12", "none at all"],
        ["555 123 456", "555 123 457"],  # a phone number
        ["none", "n/a"],
        ["(4", "5"],
        [True, 1],
        ["2023-W01-1"],
        ["2023-02-30"],
        ["1e5", "2"],
    ],
)
def test_doubtful_cells_stay_text(cells: list):
    assert typed_column("c", "c", cells).kind == "VARCHAR"


def test_an_empty_column_is_text():
    assert typed_column("c", "c", [None, "", " "]).values == [None, None, None]


@pytest.mark.parametrize(("cells", "sql_type"), [
    ([0.1, 0.25], "DECIMAL(18,2)"), ([0.1234567, 1.0], "DOUBLE"), ([1e12, 0.5], "DOUBLE"), ([1e-9, 0.5], "DOUBLE"),
])  # fmt: skip
def test_short_decimals_are_exact(cells: list, sql_type: str):
    assert typed_column("c", "c", cells).sql_type == sql_type


@pytest.mark.parametrize(("title", "unit"), [
    ("Weight (kg)", "kg"), ("amount_eur", "EUR"), ("Price [€]", "EUR"), ("Temp_C", "C"), ("Duration/min", "min"),
    ("Viscosity (mPa·s)", "mPa·s"), ("Group_A", ""), ("Amount (net)", ""), ("First try", ""),
])  # fmt: skip
def test_units_come_from_headers_too(title: str, unit: str):
    assert typed_column("c", title, [1.5, 2]).unit == unit


def test_numbers_with_decimal_commas_are_read_with_spaces_and_gaps():
    table = typed_table(Table("t", ("a", "b"), (("1 250,00", "n/a"), ("980,50", "3,5")), 0), "d")
    assert [c.values for c in table.columns] == [[1250.0, 980.5], [None, 3.5]]


def test_a_column_of_words_keeps_those_for_nothing():
    assert typed_column("c", "c", ["none", "mild", None]).values == ["none", "mild", None]


def test_names_are_plain_and_different():
    table = typed_table(Table("Über sheet!", ("A b", "a-b", "", "order", "1st"), ((1, 2, 3, 4, 5),), 0), "d")
    assert [c.name for c in table.columns] == ["a_b", "a_b_2", "column_", "order_", "n1st"]
    assert table.name == "über_sheet"


def test_short_rows_are_filled_with_nothing():
    table = typed_table(Table("t", ("a", "b"), ((1,), (2, 3)), 0), "d")
    assert table.columns[1].values == [None, 3]


def test_every_word_of_duckdb_becomes_a_usable_name():
    import duckdb

    session = duckdb.connect()
    for word in (
        "über sheet",
        "表",
        'a"; DROP',
        *[w for (w,) in session.sql("FROM duckdb_keywords() SELECT keyword_name").fetchall()],
    ):
        name = sql_name(word)
        session.execute(f"CREATE OR REPLACE TABLE {name} ({name} INTEGER)")
        assert (
            session.execute(
                f"SELECT {name}.{name}, sum({name}) FROM {name} GROUP BY {name}.{name}"
            ).fetchall()
            == []
        )
