"""What a table looks like, for who has not seen it: columns, types, units and sample values."""

from __future__ import annotations

from typing import Any

from leadline.environments.typed import Column, TypedTable


def description(table: TypedTable) -> str:
    """As text: a line for the table and one for each column."""
    lines = [f"table {table.name} ({table.n_rows:,} rows)"]
    lines += [
        f"  {c.name} {c.sql_type}{f' [{c.unit}]' if c.unit else ''}: {', '.join(samples(c))}"
        for c in table.columns
    ]
    return "\n".join(lines)


def profile(table: TypedTable) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "table": table.name,
        "document": table.document,
        "rows": table.n_rows,
        "columns": [
            {"name": c.name, "title": c.title, "type": c.sql_type, "unit": c.unit, "samples": samples(c)}
            for c in table.columns
        ],
    }


def samples(column: Column, n: int = 4) -> list[str]:
    """The first distinct values, shortened."""
    distinct = dict.fromkeys(str(v)[:40] for v in column.values[:2000] if v is not None)
    return list(distinct)[:n]
