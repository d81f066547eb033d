"""JSON and JSON lines: flat records become tables, everything else lines of `path: value`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from leadline.errors import SourceError
from leadline.evidence.model import Cell, Document
from leadline.sources.canonical import decode
from leadline.sources.cells import plain_cell
from leadline.sources.compose import Composer, shown_cell
from leadline.sources.context import Context
from leadline.sources.types import Type


def looks_json(head: str) -> bool:
    """An object or array, not prose in brackets."""
    start = head.lstrip()
    return start[:1] in ("{", "[") and start[1:].lstrip()[:1] in (
        '"',
        "{",
        "[",
        "]",
        "}",
        "-",
        *"0123456789tfn",
    )


READS = (
    Type("application/json", (".json", ".geojson"), text=True, looks=looks_json),
    Type("application/jsonl", (".jsonl", ".ndjson"), text=True),
)
MAX_DEPTH, MAX_COLUMNS = 100, 200


def read(data: bytes, context: Context) -> list[Document]:
    text = decode(data)
    value = _lines(text) if context.media_type == "application/jsonl" else _value(text)
    composer = Composer(context)
    _add(composer, value, "", context.stem, 0)
    title = value.get("title") if isinstance(value, dict) else ""
    return [composer.document(title=title if isinstance(title, str) else "")]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if _first_line_is_whole(text):
            return _lines(text)
        raise SourceError(
            f"Line {error.lineno}, column {error.colno}: {error.msg}.", remedy="Mend the JSON there."
        ) from error
    except ValueError as error:  # integers of thousands of digits
        raise SourceError(f"A number in it cannot be read: {error}.", remedy="Mend the JSON.") from error


def _first_line_is_whole(text: str) -> bool:
    """JSON lines under the name of JSON."""
    first, _, rest = text.strip().partition("\n")
    try:
        return bool(rest) and isinstance(json.loads(first), dict | list)
    except ValueError:
        return False


def _lines(text: str) -> list[Any]:
    found = []
    # Only \n ends a line here: JSON strings may hold the other separators.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                found.append(json.loads(line))
            except ValueError as error:
                raise SourceError(
                    f"Line {number} is not JSON ({error}).", remedy="Mend that line."
                ) from error
    return found


def _add(composer: Composer, value: Any, path: str, name: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise SourceError("It is nested too deeply.", remedy="No honest file needs that many levels.")
    columns = record_columns(value)
    if columns:
        rows: list[list[Cell]] = [[plain_cell(record.get(key)) for key in columns] for record in value]
        composer.table(path or name, columns, rows)
    elif isinstance(value, dict):
        for key, item in value.items():
            _add(composer, item, f"{path}.{key}" if path else str(key), name, depth + 1)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for at, item in enumerate(value):
            _add(composer, item, f"{path}[{at}]", name, depth + 1)
    elif isinstance(value, list):
        _line(composer, path, ", ".join(shown_cell(plain_cell(item)) for item in value))
    else:
        _line(composer, path, value if isinstance(value, str) else shown_cell(plain_cell(value)))


def _line(composer: Composer, path: str, text: str) -> None:
    if text.strip():
        composer.add(f"{' '.join(path.split())}: {text}" if path else text)


def record_columns(value: Any) -> list[str]:
    """The columns of a list of flat records in order of appearance; empty if it is not one.

    >>> record_columns([{"a": 1}, {"b": 2, "a": 0}]), record_columns([{"a": []}])
    (['a', 'b'], [])
    """
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) and item for item in value):
        return []
    if any(isinstance(cell, dict | list) for item in value for cell in item.values()):
        return []
    columns = list(dict.fromkeys(_keys(value)))
    filled = sum(len(item) for item in value)
    return columns if len(columns) <= MAX_COLUMNS and filled * 4 >= len(columns) * len(value) else []


def _keys(records: list[dict[str, Any]]) -> Iterator[str]:
    for record in records:
        yield from record
