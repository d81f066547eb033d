"""SQL that can only read: a DuckDB session that holds the given tables and reaches nothing else.

Four walls, none of which is a list of forbidden words: (1) exactly one statement, and DuckDB's own parser
must call it a SELECT; (2) it runs in a read-only transaction; (3) the session has no file systems, no
extensions to load, no view of Python's variables, and its configuration is locked; (4) time, memory, rows
and cell sizes are bounded. What wall 4 cannot promise inside one process (a single function call that does
not look up for seconds, memory that DuckDB does not count) `isolated.py` does: use it for strangers' SQL.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from leadline.environments.typed import TypedTable
from leadline.errors import LeadlineError, PermissionRefused, UsageError, need, short
from leadline.evidence.model import Cell

LOCKS = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "max_temp_directory_size": "0B",
}
LAST_LOCKS = (
    "SET disabled_filesystems='LocalFileSystem'",
    "SET allow_persistent_secrets=false",
    "SET lock_configuration=true",
)


@dataclass(frozen=True, slots=True)
class SQLLimits:
    """What one query may cost. Rows and characters of a cell beyond their limit are cut; the others end the query."""

    timeout_s: float = 10.0
    max_rows: int = 1000
    max_memory_mb: int = 512
    max_cell_chars: int = 10_000
    max_sql_chars: int = 100_000
    threads: int = 1


DEFAULT_LIMITS = SQLLimits()


class Result(msgspec.Struct, frozen=True):
    """Rows of a query. `truncated` says that there were more than the limit."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    truncated: bool = False
    seconds: float = 0.0


class SQLError(UsageError):
    """The statement is wrong or too expensive; the message is DuckDB's, for the author of the statement."""


class ReadOnlySQL:
    """`query(sql)` over typed tables, in this process.

    >>> from leadline.evidence.model import Table
    >>> from leadline.environments.typed import typed_table
    >>> sql = ReadOnlySQL([typed_table(Table("t", ("a",), ((1,), (2,)), 0), "d1")])
    >>> sql.query("SELECT sum(a) AS total FROM t").rows
    ((3,),)
    """

    def __init__(self, tables: Iterable[TypedTable], limits: SQLLimits = DEFAULT_LIMITS) -> None:
        duckdb = need("duckdb", "tables", "SQL over tables")
        self.limits = limits
        settings = {"threads": limits.threads, "memory_limit": f"{limits.max_memory_mb}MB"}
        self._errors = duckdb.Error
        self._session = duckdb.connect(":memory:", config=LOCKS | settings)
        self._turn = threading.Lock()
        for table in tables:
            load(self._session, table)
        for statement in LAST_LOCKS:
            self._session.execute(statement)

    def query(self, sql: str) -> Result:
        """Run one SELECT. Raises PermissionRefused for anything else, SQLError when it fails or takes too long."""
        with self._turn:
            self._admit(sql)
            return self._bounded(sql)

    def tree(self, sql: str) -> dict[str, Any]:
        """DuckDB's syntax tree of one SELECT ({} when it has none)."""
        with self._turn:
            found = self._session.execute("SELECT json_serialize_sql($1)", [sql]).fetchone()
        return dict(json.loads(found[0])) if found else {}

    def text(self, tree: dict[str, Any]) -> str:
        """The SQL text of a syntax tree."""
        with self._turn:
            return str(
                self._session.execute("SELECT json_deserialize_sql($1::JSON)", [json.dumps(tree)]).fetchone()[
                    0
                ]
            )

    def close(self) -> None:
        self._session.close()

    def _admit(self, sql: str) -> None:
        if len(sql) > self.limits.max_sql_chars:
            raise SQLError(
                f"The statement has {len(sql):,} characters; {self.limits.max_sql_chars:,} are allowed."
            )
        try:
            statements = self._session.extract_statements(sql)
        except (self._errors, UnicodeError, RecursionError) as error:
            raise SQLError(f"This is not SQL that DuckDB understands: {first_line(error)}") from error
        if len(statements) != 1:
            raise PermissionRefused(
                f"{len(statements)} statements were given.", remedy="Send one SELECT at a time."
            )
        try:
            kind = str(statements[0].type).rpartition(".")[2]
        except ValueError:  # a kind that the Python client has no name for yet
            kind = "These"
        if kind != "SELECT":
            raise PermissionRefused(
                f"{kind} statements are not allowed.", remedy="The data is read-only: use SELECT."
            )

    def _bounded(self, sql: str) -> Result:
        limits, began, late = self.limits, time.monotonic(), threading.Event()

        def stop() -> None:
            late.set()
            self._session.interrupt()

        alarm = threading.Timer(limits.timeout_s, stop)
        alarm.start()
        try:
            self._session.execute("BEGIN TRANSACTION READ ONLY")
            cursor = self._session.execute(sql)
            columns = tuple(str(part[0]) for part in cursor.description or ())
            rows = cursor.fetchmany(limits.max_rows + 1)
        except (self._errors, UnicodeError, MemoryError, OverflowError, ValueError) as error:
            raise self._explained(error, late.is_set()) from error
        finally:
            alarm.cancel()
            self._leave()
        kept = tuple(tuple(cell(v, limits.max_cell_chars) for v in row) for row in rows[: limits.max_rows])
        return Result(columns, kept, len(rows) > limits.max_rows, time.monotonic() - began)

    def _explained(self, error: BaseException, late: bool) -> LeadlineError:
        if late:
            return SQLError(
                f"The query was stopped after {self.limits.timeout_s:g} s.",
                remedy="Filter or aggregate earlier.",
            )
        return SQLError(f"The query failed: {first_line(error)}")

    def _leave(self) -> None:
        # The transaction may never have been opened, or have ended with its error.
        with contextlib.suppress(self._errors):
            self._session.execute("ROLLBACK")


def load(session: Any, table: TypedTable) -> None:
    """Create and fill one table. Values travel as parameters, names were made by sql_name."""
    columns = ", ".join(f'"{c.name}" {c.sql_type}' for c in table.columns)
    session.execute(f'CREATE TABLE "{table.name}" ({columns or "nothing VARCHAR"})')
    if not table.columns or not table.n_rows:
        return
    casts = ", ".join(
        f"unnest(${i}::{'VARCHAR' if c.kind in ('DATE', 'TIMESTAMP') else c.kind}[])::{c.sql_type}"
        for i, c in enumerate(table.columns, 1)
    )
    values = [[_plain(v) for v in c.values] for c in table.columns]
    session.execute(f'INSERT INTO "{table.name}" SELECT {casts}', values)


def _plain(value: Any) -> Any:
    return (
        value.isoformat(sep=" ")
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else value
    )


def cell(value: Any, max_chars: int = 10_000) -> Cell:
    """A value of DuckDB as a cell of ours: exact integers and decimals as numbers, dates as ISO 8601."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else str(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = value if isinstance(value, str) else str(value)
    return short(text, max_chars)


def first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)[:400]


def markdown(columns: Sequence[str], rows: Sequence[Sequence[Cell]], max_rows: int = 20) -> str:
    """Rows as the plain table that a language model is shown."""
    lines = [" | ".join(columns), *(" | ".join(_shown(v) for v in row) for row in rows[:max_rows])]
    if len(rows) > max_rows:
        lines.append(f"... {len(rows) - max_rows} more rows")
    return "\n".join(lines)


def _shown(value: Cell) -> str:
    return "" if value is None else " ".join(str(value).split())
