"""The tables of documents under the names that SQL has for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from leadline.environments.typed import TypedTable, sql_name, typed_table
from leadline.evidence.model import Document, Query, Table

GENERIC = re.compile(r"|(table|sheet|page|data|rows|csv|main)( ?\d+)?( table \d+)?", re.IGNORECASE)
"""Names that say nothing of what is in a table."""


def named_tables(documents: Iterable[Document]) -> dict[str, TypedTable]:
    """Typed tables by SQL name, in the order of URI and position, so that names do not depend on reading order."""
    tables: dict[str, TypedTable] = {}
    for document in sorted(documents, key=lambda d: (d.uri, d.id)):
        for table in document.tables:
            typed = typed_table(table, document.id, tables, base_name(document, table))
            tables[typed.name] = typed
    return tables


def base_name(document: Document, table: Table) -> str:
    """The table's own name, or the document's title where that says nothing ("Sheet1")."""
    return document.title or table.name if GENERIC.fullmatch(table.name.strip()) else table.name


def tables_of(query: Query, documents: Mapping[str, Document]) -> list[TypedTable]:
    """The tables that a stored query names, found again in the documents that it names."""
    found: list[TypedTable] = []
    for name, identity in query.tables.items():
        document = documents.get(identity)
        for table in document.tables if document else ():
            base = sql_name(base_name(document, table))  # type: ignore[arg-type]
            head, _, number = name.rpartition("_")
            if name == base or (head == base[:56] and number.isdigit()):
                found.append(typed_table(table, identity, name=name))
                break
    return found


def mentioned(sql: str, tables: Mapping[str, TypedTable]) -> set[str]:
    """Tables whose name stands in the text of a query that is too involved to trace."""
    words = set(re.findall(r"\w+", sql.lower()))
    return {name for name in tables if name in words}
