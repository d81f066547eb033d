"""SQLite files: each table a Table. The database lives in memory, so nothing can be written anywhere."""

from __future__ import annotations

import sqlite3

from leadline.errors import SourceError
from leadline.evidence.model import Document, Heading
from leadline.sources.cells import plain_cell
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.types import Type

READS = (Type("application/vnd.sqlite3", (".sqlite", ".db", ".sqlite3"), opening=rb"SQLite format 3\x00"),)
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
MAX_VALUE_BYTES = 100_000_000
"""Of one value or row; SQLite itself would go to 1 GB."""


def read(data: bytes, context: Context) -> list[Document]:
    composer = Composer(context)
    base = open_memory(data)
    try:
        names = base.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
        ).fetchall()
        for (name,) in names:
            _table(base, composer, name)
    except sqlite3.Error as error:
        raise SourceError(f"The database is damaged ({error}).", remedy="Restore it from a copy.") from error
    finally:
        base.close()
    if not composer.tables:
        raise SourceError("The database has no tables.", remedy="Nothing can be read from it.")
    return [composer.document(title=context.stem)]


def open_memory(data: bytes) -> sqlite3.Connection:
    """A copy of the bytes as a database in memory in which only reading is authorised."""
    base = sqlite3.connect(":memory:")
    # Bytes 18 and 19 ask for a write-ahead log, which a database in memory cannot have.
    base.deserialize(data[:18] + b"\x01\x01" + data[20:])
    base.execute("PRAGMA trusted_schema = OFF")
    base.execute("PRAGMA cell_size_check = ON")
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
    base.text_factory = lambda raw: raw.decode("utf-8", "replace")
    base.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
    return base


def _table(base: sqlite3.Connection, composer: Composer, name: str) -> None:
    start = composer.length
    quoted = name.replace('"', '""')
    # One more than the limit, so that the composer sees that there are too many.
    cursor = base.execute(f'SELECT * FROM "{quoted}" LIMIT ?', (composer.context.limits.max_rows + 1,))
    columns = [column[0] for column in cursor.description]
    rows = [[plain_cell(cell) for cell in row] for row in cursor]
    composer.table(name, columns, rows)
    composer.mark(start, Heading((name,)))
