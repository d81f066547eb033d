"""Which source rows went into a result: the same FROM and WHERE, asking for row numbers.

Works on DuckDB's own syntax tree, for one SELECT over plain tables and joins (with or without grouping).
Anything else (subqueries, CTEs, set operations) has no row-level answer here, and says so with None.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from leadline.environments.sql import ReadOnlySQL, Result
from leadline.environments.typed import TypedTable
from leadline.evidence.model import Cell

MAX_NUMBERS = 50
"""Rows that are cited one by one."""
MAX_KEYS = 20
"""Rows of a result, each with its key, up to which the source rows behind it are looked for."""
KEY_KINDS = ("VARCHAR", "DATE", "BIGINT")
"""Kinds whose text in a result is their text in SQL; money is not among them (12.50 and 12.5)."""


Ask = Callable[[str], Result]


class RowsUsed(NamedTuple):
    """Rows of one table behind a result: how many, the first of their numbers (1-based), and the last one."""

    n: int
    numbers: tuple[int, ...]
    last: int


def rows_used(
    session: ReadOnlySQL, sql: str, result: Result, tables: Mapping[str, TypedTable], ask: Ask | None = None
) -> dict[str, RowsUsed] | None:
    """Rows by table name. When a result shows keys (groups, winners), only the rows of those keys count.

    `session` parses; `ask` runs the queries for row numbers, where the statement is a stranger's.
    """
    ask = ask or session.query
    statements = session.tree(sql).get("statements", ())
    node = statements[0]["node"] if len(statements) == 1 else {}
    if node.get("type") != "SELECT_NODE" or node["cte_map"]["map"] or _has_subquery(node):
        return None
    sources = _sources(node["from_table"], tables)
    if not sources:
        return None
    keys = _keys(node, result, sources, tables)
    wanted = [_reference(alias, "rowid") for alias in sources] + [key for key, _ in keys]
    flat = session.text({"error": False, "statements": [{**statements[0], "node": _flat(node, wanted)}]})
    names = [f"r{i}" for i in range(len(sources))] + [f"k{i}" for i in range(len(keys))]
    inner = f"({flat}) AS used({', '.join(names)})"
    where = _where([position for _, position in keys], result)
    return {
        table: _count(ask, f"FROM {inner} WHERE {where} AND r{i} IS NOT NULL", f"r{i}")
        for i, table in enumerate(sources.values())
    }


def _count(ask: Ask, source: str, name: str) -> RowsUsed:
    n, last = ask(f"SELECT count(DISTINCT {name}), max({name}) + 1 {source}").rows[0]
    found = ask(f"SELECT DISTINCT {name} + 1 AS row {source} ORDER BY 1 LIMIT {MAX_NUMBERS}")
    return RowsUsed(int(n or 0), tuple(int(row[0] or 0) for row in found.rows), int(last or 0))


def _sources(part: dict[str, Any], tables: Mapping[str, TypedTable]) -> dict[str, str]:
    """Alias -> table name of every base table below a FROM; empty when there is anything else."""
    if part["type"] == "BASE_TABLE":
        name = str(part["table_name"])
        known = next((t for t in tables if t.lower() == name.lower()), "")
        return {part["alias"] or name: known} if known else {}
    if part["type"] != "JOIN":
        return {}
    left, right = _sources(part["left"], tables), _sources(part["right"], tables)
    return left | right if left and right else {}


def _keys(
    node: dict[str, Any], result: Result, sources: dict[str, str], tables: Mapping[str, TypedTable]
) -> list[tuple[dict[str, Any], int]]:
    """Plain columns of the select list with their position in the result, where rows of it name their source."""
    if not 0 < len(result.rows) <= MAX_KEYS or not (node["group_expressions"] or node["modifiers"]):
        return []
    kinds = {(alias, c.name): c.kind for alias, table in sources.items() for c in tables[table].columns}
    found = []
    for position, item in enumerate(node["select_list"]):
        if item["type"] == "STAR":
            return []
        path = item.get("column_names", ())
        owners = [
            kind
            for (alias, name), kind in kinds.items()
            if path and name == path[-1] and alias in (path[0], alias)
        ]
        if item["type"] == "COLUMN_REF" and owners and owners[0] in KEY_KINDS:
            found.append(({**item, "alias": ""}, position))
    return found


def _where(positions: list[int], result: Result) -> str:
    if not positions:
        return "true"
    rows = (" AND ".join(_equals(f"k{i}", row[at]) for i, at in enumerate(positions)) for row in result.rows)
    return "(" + " OR ".join(f"({row})" for row in rows) + ")"


def _equals(name: str, value: Cell) -> str:
    return f"{name} IS NULL" if value is None else f"CAST({name} AS VARCHAR) = {literal(str(value))}"


def literal(text: str) -> str:
    """A SQL string.

    >>> print(literal("O'Neill"))
    'O''Neill'
    """
    return "'" + text.replace("'", "''") + "'"


def _flat(node: dict[str, Any], wanted: list[dict[str, Any]]) -> dict[str, Any]:
    flat = copy.deepcopy(node)
    flat |= {"select_list": wanted, "modifiers": [], "group_expressions": [], "group_sets": []}
    return flat | {"having": None, "qualify": None, "aggregate_handling": "STANDARD_HANDLING"}


def _reference(alias: str, column: str) -> dict[str, Any]:
    return {"class": "COLUMN_REF", "type": "COLUMN_REF", "alias": "", "column_names": [alias, column]}


def _has_subquery(part: Any) -> bool:
    if isinstance(part, dict):
        return part.get("class") in ("SUBQUERY", "WINDOW") or any(map(_has_subquery, part.values()))
    return isinstance(part, list) and any(map(_has_subquery, part))
