"""Read-only SQL: what it computes, what it refuses, and that it ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.hostile_sql import SECRET, Traps, families, ordinary

from leadline.environments.isolated import IsolatedSQL
from leadline.environments.sql import ReadOnlySQL, SQLError, SQLLimits, cell
from leadline.environments.typed import TypedTable, typed_table
from leadline.errors import LeadlineError, PermissionRefused
from leadline.evidence.model import Table

LIMITS = SQLLimits(timeout_s=1.0)


def some_tables() -> list[TypedTable]:
    supplier = ("Nordlys", "Orrin")
    shipments = tuple(
        (f"S{i}", supplier[i % 2], f"K{i % 3}", i, i * 1.5, "Coast", f"2023-0{i % 9 + 1}-11", "2023-05-01",
         "2023-05-02", "late", i / 4)
        for i in range(40)
    )  # fmt: skip
    invoices = tuple(
        (f"N{i}", supplier[i % 2], "Kestrel", "2023-02-03", "2023-03-03", i * 10.25, "paid")
        for i in range(20)
    )
    prices = tuple(
        (f"K{i}", f"item {i}", supplier[i % 2], "rope", "piece", 10.5 * i + 1, i, "2023-01-01")
        for i in range(3)
    )
    columns = {
        "shipments": "shipment supplier sku quantity weight_kg carrier shipped due arrived status freight_eur",
        "invoices": "number supplier project issued due amount_eur status",
        "prices": "sku item supplier category unit price_eur min_order valid_from",
        "suppliers": "supplier country",
    }
    rows = {
        "shipments": shipments,
        "invoices": invoices,
        "prices": prices,
        "suppliers": (("Nordlys", "Norway"), ("Orrin", "Germany")),
    }
    return [typed_table(Table(n, tuple(columns[n].split()), rows[n], 0), "d", name=n) for n in columns]


@pytest.fixture(scope="module")
def own() -> ReadOnlySQL:
    return ReadOnlySQL(some_tables(), LIMITS)


@pytest.fixture(scope="module")
def foreign() -> Iterator[IsolatedSQL]:
    with IsolatedSQL(some_tables(), LIMITS) as session:
        yield session


def test_sums_of_money_are_exact():
    table = typed_table(Table("t", ("a",), tuple((0.1,) for _ in range(10)), 0), "d")
    assert ReadOnlySQL([table]).query("SELECT sum(a) FROM t").rows == ((1,),)


@pytest.fixture(scope="module")
def patient() -> ReadOnlySQL:
    """With time enough for a busy machine."""
    return ReadOnlySQL(some_tables(), SQLLimits(timeout_s=60.0))


def test_both_sessions_agree(patient: ReadOnlySQL):
    with IsolatedSQL(some_tables(), SQLLimits(timeout_s=60.0)) as child:
        for sql in ordinary(20, seed=3):
            assert patient.query(sql).rows == child.query(sql).rows


def test_rows_and_cells_are_bounded():
    session = ReadOnlySQL([], SQLLimits(max_rows=3, max_cell_chars=5))
    result = session.query("SELECT 'abcdefgh' AS a FROM range(10)")
    assert result.rows == (("abcd…",),) * 3
    assert result.truncated


def test_ordinary_queries_are_not_refused(patient: ReadOnlySQL):
    for sql in ordinary(200):
        assert patient.query(sql).columns


def traps(folder: Path) -> Traps:
    secret, out = folder / "secret.txt", folder / "out"
    secret.write_text(SECRET)
    out.mkdir()
    return Traps(str(secret), str(out), "http://127.0.0.1:9")


FAMILIES = tuple(families(Traps("", "", "")))


@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_statements_do_nothing(
    family: str, tmp_path: Path, foreign: IsolatedSQL, own: ReadOnlySQL, monkeypatch
):
    # A part of each family here; all of them, with figures, in benchmarks/sandbox.py.
    monkeypatch.setenv("LEADLINE_CANARY", SECRET)
    canary = canary_frame = canary_table = {"a": np.array([SECRET])}  # noqa: F841
    before = (
        own.query("SELECT count(*), sum(freight_eur) FROM shipments").rows,
        own.query("SELECT * FROM prices").rows,
    )
    bombs = family.startswith("bombs")
    for statement in families(traps(tmp_path))[family][:: 6 if bombs else 2]:
        for session in (foreign,) if bombs or family == "broken text" else (foreign, own):
            began = time.monotonic()
            try:
                answer = str(session.query(statement).rows)
            except LeadlineError as error:
                answer = str(error)
            assert SECRET not in answer, statement
            assert time.monotonic() - began < 30, statement  # hung; the figure itself is the benchmark's
    assert os.listdir(tmp_path / "out") == []
    after = (
        own.query("SELECT count(*), sum(freight_eur) FROM shipments").rows,
        own.query("SELECT * FROM prices").rows,
    )
    assert after == before


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE prices",
        "SELECT 1; SELECT 2",
        "INSERT INTO prices SELECT * FROM prices",
        "",
        "SET threads=2",
    ],
)
def test_refusals_say_what_to_do(sql: str, own: ReadOnlySQL):
    with pytest.raises(PermissionRefused, match=r"SELECT"):
        own.query(sql)


def test_errors_carry_the_databases_own_words(own: ReadOnlySQL):
    with pytest.raises(SQLError, match="nowhere"):
        own.query("SELECT * FROM nowhere")


def test_a_runaway_query_is_stopped_and_the_session_lives(own: ReadOnlySQL):
    with pytest.raises(SQLError, match="stopped after 1 s"):
        own.query("SELECT count(*) FROM range(10000000000000)")
    assert own.query("SELECT 1").rows == ((1,),)


def test_a_killed_child_starts_again(foreign: IsolatedSQL):
    # One function call that never looks up cannot be interrupted, only killed.
    with pytest.raises(SQLError):
        foreign.query("SELECT levenshtein(repeat('ab', 100000), repeat('ba', 100000))")
    assert foreign.query("SELECT count(*) FROM shipments").rows == ((40,),)


def test_the_child_may_not_write_a_byte_even_by_itself(tmp_path: Path):
    # The last wall: not DuckDB's settings but the limits of the process.
    import subprocess

    code = (
        "from leadline.environments.isolated import confine\nfrom leadline.environments.sql import SQLLimits\n"
        f"confine(SQLLimits())\nimport signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"open({str(tmp_path / 'x')!r}, 'w').write('hello' * 10000)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "File too large" in done.stderr
    assert (tmp_path / "x").stat().st_size == 0


def test_cells_are_plain_values():
    from datetime import date
    from decimal import Decimal

    values = (Decimal("2.50"), Decimal("3.00"), date(2023, 1, 2), 2**70, float("nan"), b"a", [1], None, True)
    plain = [2.5, 3, "2023-01-02", str(2**70), "nan", "b'a'", "[1]", None, True]
    assert [cell(value) for value in values] == plain
