"""Builds a Document piece by piece, so that marks, tables and hidden stretches always fit its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

from leadline.errors import SourceError
from leadline.evidence.model import AnyPlace, Cell, Document, Mark, Rows, Table
from leadline.sources.canonical import canonical, invisible, overridden
from leadline.sources.context import Context
from leadline.sources.dates import stated_date

_BREAKS = re.compile("[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
Line = Sequence[str]


class Composer:
    """Text grows by whole lines; offsets that were given out stay true."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.length = 0
        self.pieces: list[str] = []
        self.marks: list[Mark] = []
        self.tables: list[Table] = []
        self.hidden: list[tuple[int, int]] = []
        self.metadata: dict[str, str] = {}
        self.n_invisible = self.n_rows = 0

    def add(self, text: str, *, hidden: bool = False) -> tuple[int, int]:
        """Append text and a line end; [start, end) of what was added, without the line end."""
        self.n_invisible += invisible(text)
        start = self._append(canonical(text))
        end = self.length - 1
        if hidden and end > start:
            self.hidden.append((start, end))
        return start, end

    def add_any(self, text: str, *, hidden: bool = False) -> None:
        """Append text unless it is blank."""
        if text.strip():
            self.add(text, hidden=hidden)

    def _append(self, text: str) -> int:
        start = self.length
        self.length += len(text) + 1
        if self.length > self.context.limits.max_characters:
            raise SourceError(
                f"It has more than {self.context.limits.max_characters:,} characters of text.",
                remedy="Split it, or raise max_characters.",
            )
        self.pieces.append(text)
        self.hidden += [(start + a, start + b) for a, b in overridden(text)]
        return start

    def mark(self, start: int, place: AnyPlace, end: int | None = None) -> None:
        """The text from `start` up to `end` (default: all so far, without its last line end) stands at `place`."""
        last = self.length - 1 if end is None else end
        if last > start:
            self.marks.append(Mark(start, last, place))

    def hide(self, start: int, end: int) -> None:
        if end > start:
            self.hidden.append((start, end))

    def table(
        self,
        name: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        shown: Iterable[Line] | None = None,
    ) -> None:
        """Add a table: header line, one line per row. `shown` gives the cells as the source writes them."""
        names = unique_names(columns)
        lines = [_line(names)]
        lines += [_line(line) for line in (shown if shown is not None else map(_shown, rows))]
        block = canonical("\n".join(lines))
        assert block.count("\n") == len(rows)
        self.n_invisible += sum(map(invisible, lines))
        start = self._append(block)
        self.table_at(start, self.length - 1, name, names, rows)

    def table_at(
        self, start: int, end: int, name: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]
    ) -> None:
        """Text [start, end), already there, is a table: a header line, and below it one line per row."""
        self.n_rows += len(rows)
        if self.n_rows > self.context.limits.max_rows:
            raise SourceError(
                f"Its tables have more than {self.context.limits.max_rows:,} rows.",
                remedy="Split it, or raise max_rows.",
            )
        name = self._free_name(canonical(_BREAKS.sub(" ", name)) or "table")
        self.tables.append(Table(name, tuple(unique_names(columns)), tuple(map(tuple, rows)), start))
        if rows:
            self.mark(start, Rows(name, 1, len(rows)), end)

    def _prose(self, text: str) -> str:
        """The text above the first table: dates in rows are data."""
        return text[: self.tables[0].start] if self.tables else text

    def _free_name(self, name: str) -> str:
        taken = {table.name for table in self.tables}
        candidates = [name, *(f"{name} ({n})" for n in range(2, len(taken) + 3))]
        return next(candidate for candidate in candidates if candidate not in taken)

    def document(self, *, title: str = "", date: str = "", made: str = "", part: str = "") -> Document:
        """The finished document. Without a title the file's name serves.

        The date is `date`, else what the text or the name states, else `made` (a time stamp of the file's program).
        """
        text = "\n".join([*self.pieces, ""]) if self.pieces else ""
        if not text.strip():
            raise SourceError("It holds no text.", remedy="Open it to see whether it should.")
        if self.n_invisible:
            self.metadata["invisible_characters"] = str(self.n_invisible)
        context = self.context
        return Document(
            id=document_id(context.uri, part),
            title=clean_title(title) or context.stem,
            text=text,
            uri=context.uri,
            media_type=context.media_type,
            sha256=context.sha256,
            marks=tuple(self.marks),
            tables=tuple(self.tables),
            hidden=tuple(merged(self.hidden)),
            date=date or stated_date(self._prose(text), context.name) or made,
            metadata={key: canonical(value)[:2000] for key, value in sorted(self.metadata.items()) if value},
        )


def document_id(uri: str, part: str = "") -> str:
    """Stable for the same URI: 'd' and 12 hex digits.

    >>> document_id("folder/a.txt")
    'd600f501edb0c'
    """
    return "d" + sha256((uri + part).encode()).hexdigest()[:12]


def clean_title(title: str) -> str:
    return " ".join(canonical(title).split())[:200]


def unique_names(columns: Sequence[str]) -> list[str]:
    """Column names on one line, none empty, none twice.

    >>> unique_names(["a", "", "a"])
    ['a', 'column 2', 'a (2)']
    """
    names: list[str] = []
    seen: set[str] = set()
    for number, column in enumerate(columns, 1):
        base = " ".join(canonical(column).split()) or f"column {number}"
        name, n = base, 2
        while name in seen:
            name, n = f"{base} ({n})", n + 1
        seen.add(name)
        names.append(name)
    return names


def merged(stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted stretches, those that touch joined.

    >>> merged([(4, 6), (0, 2), (2, 3)])
    [(0, 3), (4, 6)]
    """
    found: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _shown(row: Sequence[Cell]) -> list[str]:
    return [shown_cell(cell) for cell in row]


def shown_cell(cell: Cell) -> str:
    """A cell as text.

    >>> [shown_cell(cell) for cell in (None, True, 2.0, 2.5, "a")]
    ['', 'true', '2', '2.5', 'a']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def _line(cells: Line) -> str:
    joined = " | ".join(cells)
    return joined if joined.isprintable() else _BREAKS.sub(" ", joined)
