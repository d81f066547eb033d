"""What strangers' SQL and programs can do: `python -m benchmarks.sandbox`

Every hostile statement and program is run where an escape would be seen: a secret in a file, in the environment and
in a Python variable; a folder to write into; a port that counts calls; tables whose content is compared. Ordinary
queries are counted when they are refused. Each case has its limit; the overrun is what it took beyond.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from benchmarks.hostile_python import programs
from benchmarks.hostile_sql import SECRET, Traps, families, ordinary
from benchmarks.record import record, table
from benchmarks.table_questions import documents
from examples.sample_maker.story import tell

from leadline.environments.base import Action
from leadline.environments.data import DataEnvironment
from leadline.environments.sandbox import CodeLimits
from leadline.environments.sql import SQLLimits
from leadline.errors import LeadlineError

LIMIT_S = 2.0
ALLOWED_OVERRUN_S = 1.0


class Seen(NamedTuple):
    """What one family did: cases, escapes and changes (must be 0), errors, slowest case and restart in seconds."""

    family: str
    cases: int
    escapes: int
    changes: int
    refused: int
    slowest_s: float
    restart_s: float


@contextmanager
def listening() -> Iterator[tuple[int, list[int]]]:
    """A port of this machine and a list that grows with every call to it."""
    calls: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def count() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return
                calls.append(1)

        threading.Thread(target=count, daemon=True).start()
        yield server.getsockname()[1], calls


def content(data: DataEnvironment) -> list[object]:
    """Everything that a change would change."""
    return [
        data.foreign.query(f"SELECT count(*), sum(hash(t)) FROM {name} t").rows for name in data.tables
    ] + [data.foreign.query("SELECT table_name, estimated_size FROM duckdb_tables() ORDER BY 1").rows]


Attempt = Callable[[str], tuple[str, bool]]
"""A case -> everything that came back, and whether it was an error."""


def run_family(
    family: str,
    cases: list[str],
    attempt: Attempt,
    data: DataEnvironment,
    folder: Path,
    calls: list[int],
) -> Seen:
    before = content(data)
    escapes = refused = 0
    slowest = restart = 0.0
    for case in cases:
        # A child that the case before killed starts again first: that is not this case's time.
        began = time.monotonic()
        data.foreign.query("SELECT 1")
        restart = max(restart, time.monotonic() - began)
        n_calls, began = len(calls), time.monotonic()
        answer, failed = attempt(case)
        slowest = max(slowest, time.monotonic() - began)
        escapes += SECRET in answer or bool(os.listdir(folder)) or len(calls) > n_calls
        refused += failed
    return Seen(family, len(cases), escapes, int(content(data) != before), refused, slowest, restart)


def statement(data: DataEnvironment) -> Attempt:
    def attempt(sql: str) -> tuple[str, bool]:
        try:
            return str(data.foreign.query(sql).rows), False
        except LeadlineError as error:
            return str(error), True

    return attempt


def program(data: DataEnvironment) -> Attempt:
    def attempt(code: str) -> tuple[str, bool]:
        seen = data.step(Action("python", {"code": code}))
        return seen.text + seen.error, bool(seen.error)

    return attempt


def refusals(data: DataEnvironment) -> list[str]:
    """Ordinary analytic queries that were refused."""
    made = []
    for sql in ordinary(200):
        try:
            data.foreign.query(sql)
        except LeadlineError as error:
            made.append(f"{sql}: {error}")
    return made


def main() -> None:
    os.environ["LEADLINE_CANARY"] = SECRET
    canary = canary_frame = canary_table = {"a": np.array([SECRET])}
    assert canary is canary_frame is canary_table
    data = DataEnvironment(documents(tell()), SQLLimits(timeout_s=LIMIT_S), CodeLimits(timeout_s=LIMIT_S))
    with tempfile.TemporaryDirectory() as place, listening() as (port, calls):
        secret, folder = Path(place, "secret.txt"), Path(place, "out")
        secret.write_text(SECRET)
        folder.mkdir()
        hostile = families(Traps(str(secret), str(folder), f"http://127.0.0.1:{port}"))
        sql = [run_family(f, cases, statement(data), data, folder, calls) for f, cases in hostile.items()]
        written = programs(str(secret), str(folder), port)
        code = [run_family(f, cases, program(data), data, folder, calls) for f, cases in written.items()]
    false_refusals = refusals(data)
    data.close()
    columns = ["family", "cases", "escapes", "changes", "ended in an error", "slowest s", "slowest restart s"]
    lines = [
        f"Limit {LIMIT_S:g} s per statement and per program; {ALLOWED_OVERRUN_S:g} s more are allowed.",
        f"SQL: {totals(sql)}; {len(false_refusals)} of 200 ordinary queries refused.",
        table(columns, [list(s) for s in sql]),
        f"Python: {totals(code)}.",
        table(columns, [list(s) for s in code]),
    ]
    figures = {
        "sql": [s._asdict() for s in sql],
        "python": [s._asdict() for s in code],
        "refused": false_refusals,
    }
    record("sandbox", "Hostile statements and programs", "\n\n".join(lines), figures | {"limit_s": LIMIT_S})


def totals(seen: list[Seen]) -> str:
    late = sum(s.slowest_s > LIMIT_S + ALLOWED_OVERRUN_S for s in seen)
    return (
        f"{sum(s.cases for s in seen)} cases in {len(seen)} families, {sum(s.escapes for s in seen)} escapes, "
        f"{sum(s.changes for s in seen)} families with changes, {late} families with a case beyond its limit"
    )


if __name__ == "__main__":
    main()
