"""Programs of a model: what works, what does not get out, and that all of it ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.hostile_python import FAMILIES, programs

from leadline.environments.base import Action
from leadline.environments.data import Computed, DataEnvironment
from leadline.environments.sandbox import CodeLimits, Sandbox
from leadline.environments.sql import SQLLimits
from leadline.errors import UsageError
from leadline.evidence.model import Document, Table

SECRET = "leadline-canary-91c2"
LIMITS = CodeLimits(timeout_s=0.8, max_output_chars=2000, max_queries=5)


def prices(limits: SQLLimits, code_limits: CodeLimits) -> DataEnvironment:
    table = Table("prices", ("sku", "price_eur"), (("a", 1.5), ("b", 2.5)), 0)
    text = "sku | price_eur\na | 1.5\nb | 2.5"
    document = Document("d1", "Prices", text, "f/prices.csv", "text/csv", "0", tables=(table,))
    return DataEnvironment([document], limits, code_limits)


@pytest.fixture(scope="module")
def data() -> Iterator[DataEnvironment]:
    """With time enough for a busy machine."""
    environment = prices(SQLLimits(timeout_s=60.0), CodeLimits(timeout_s=60.0))
    yield environment
    environment.close()


@pytest.fixture(scope="module")
def hurried() -> Iterator[DataEnvironment]:
    environment = prices(SQLLimits(timeout_s=0.8), LIMITS)
    yield environment
    environment.close()


def python(data: DataEnvironment, code: str):
    return data.step(Action("python", {"code": code}))


def test_a_program_computes_over_query_results_and_its_queries_are_evidence(data: DataEnvironment):
    observation = python(
        data,
        "rows = query('SELECT sku, price_eur FROM prices')\nprint(len(rows))\nsum(r['price_eur'] for r in rows)",
    )
    assert (observation.text, observation.error) == ("2\n4.0", "")
    assert isinstance(observation.data, Computed)
    assert [f.query.sql for f in observation.data.figures] == ["SELECT sku, price_eur FROM prices"]
    assert observation.data.figures[0].citations


def test_the_tool_asks_for_the_permission_to_run_code(data: DataEnvironment):
    assert {tool.name: tool.permission for tool in data.tools} == {
        "describe": "collection", "sql": "collection", "python": "code",
    }  # fmt: skip


def test_errors_of_the_program_are_told_to_its_author(data: DataEnvironment):
    assert python(data, "1/0").error == "ZeroDivisionError: division by zero"
    assert "SyntaxError" in python(data, "def").error
    assert "read-only" in python(data, "query('DROP TABLE prices')").error
    assert python(data, 5).error
    with pytest.raises(UsageError), Sandbox(limits=CodeLimits(max_code_chars=10)) as sandbox:
        sandbox.run("1 + 1 + 1 + 1 + 1")


def test_the_same_program_gives_the_same_result():
    code = "import random, datetime\n(random.random(), str(datetime.datetime.now()))"
    with Sandbox() as sandbox:
        assert sandbox.run(code).value == sandbox.run(code).value != ""


def test_output_is_bounded():
    with Sandbox(limits=LIMITS) as sandbox:
        run = sandbox.run("print('x' * 1500)\n'y' * 10000")
        assert (len(run.printed), len(run.value)) == (1501, 2000)


@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_programs_do_nothing(
    family: str, hurried: DataEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # Every third program (all of "files", "processes" and "network"); all, with figures, in benchmarks/sandbox.py.
    monkeypatch.setenv("LEADLINE_CANARY", SECRET)
    secret, folder = tmp_path / "secret.txt", tmp_path / "out"
    secret.write_text(SECRET)
    folder.mkdir()
    step = 1 if family in ("files", "processes", "network") else 3
    for code in programs(str(secret), str(folder), 9)[family][::step]:
        began = time.monotonic()
        observation = python(hurried, code)
        assert time.monotonic() - began < 30, code  # hung; the figure itself is the benchmark's
        assert SECRET not in observation.text + observation.error, code
    assert os.listdir(folder) == []
    assert secret.read_text() == SECRET
    assert hurried.figures("SELECT count(*) FROM prices").query.result == ((2,),)
