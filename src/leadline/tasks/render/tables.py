"""The same facts as tables: CSV text and SQLite files, one table per kind of entity."""

from __future__ import annotations

import csv
import hashlib
import io
import sqlite3
import tempfile
from collections.abc import Mapping
from pathlib import Path

from leadline.evidence.model import Cell, Document, Table
from leadline.tasks.render.library import Library, Written
from leadline.tasks.schema import KINDS, of_kind
from leadline.tasks.world import World

Rows = list[tuple[Cell, ...]]


def columns_of(kind: str) -> tuple[str, ...]:
    """Column names of a kind's table: name, then one per predicate with spaces as underscores."""
    return ("name", *(predicate.name.replace(" ", "_") for predicate in of_kind(kind)))


def rows_of(world: World, kind: str) -> Rows:
    """One row per entity; several objects of one predicate are joined by "; "; numbers are numbers."""
    rows: Rows = []
    for entity in world.entities:
        if entity.kind == kind:
            cells: list[Cell] = [entity.name]
            for predicate in of_kind(kind):
                values = [fact.value for fact in world.get(entity.id, predicate.name)]
                text = "; ".join(values)
                cells.append(
                    int(text.replace(",", "")) if predicate.range == "number" and text else text or None
                )
            rows.append(tuple(cells))
    return rows


def csv_text(columns: tuple[str, ...], rows: Rows) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()


def render_tables(world: World, *, prefix: str = "tables") -> Library:
    """One CSV document per kind, as the CSV reader would give it: a Table, and one text line per row."""
    return _tables(world, {kind: f"{prefix}/{kind}s.csv" for kind in KINDS}, "text/csv", None)


def render_database(world: World, *, uri: str = "world.db") -> tuple[Library, bytes]:
    """The same tables inside one SQLite file: a document per table, and the file's bytes."""
    data = sqlite_bytes(world)
    library = _tables(world, {kind: f"{uri}#{kind}s" for kind in KINDS}, "application/vnd.sqlite3", data)
    return library, data


def _tables(world: World, uris: Mapping[str, str], media_type: str, file: bytes | None) -> Library:
    """A document per kind; its hash is that of `file`, or of its own CSV text."""
    library = Library()
    for kind, uri in uris.items():
        columns, rows = columns_of(kind), rows_of(world, kind)
        identity = "d" + hashlib.sha256(uri.encode()).hexdigest()[:12]
        lines = [" | ".join(columns)]
        offset = len(lines[0]) + 1
        for row in rows:
            line = " | ".join("" if cell is None else str(cell) for cell in row)
            subject = world.by_name[str(row[0])]
            library.written += [
                Written(fact.id, identity, offset, offset + len(line))
                for fact in world.by_subject.get(subject, [])
            ]
            lines.append(line)
            offset += len(line) + 1
        text = "\n".join(lines) + "\n"
        data = csv_text(columns, rows).encode() if file is None else file
        table = Table(f"{kind}s", columns, tuple(rows), 0)
        library.documents.append(
            Document(
                identity, f"{kind}s", text, uri, media_type, hashlib.sha256(data).hexdigest(), tables=(table,)
            )
        )
    return library


def sqlite_bytes(world: World, kinds: tuple[str, ...] = tuple(KINDS)) -> bytes:
    """An SQLite database with one table per kind. Same world, same bytes (for one SQLite version)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "world.db"
        connection = sqlite3.connect(path)
        for kind in kinds:
            columns = columns_of(kind)
            types = ["TEXT", *("INTEGER" if p.range == "number" else "TEXT" for p in of_kind(kind))]
            spec = ", ".join(f'"{c}" {t}' for c, t in zip(columns, types, strict=True))
            connection.execute(f'CREATE TABLE "{kind}s" ({spec})')
            marks = ", ".join("?" * len(columns))
            connection.executemany(f'INSERT INTO "{kind}s" VALUES ({marks})', rows_of(world, kind))
        connection.commit()
        connection.close()
        return path.read_bytes()
