"""Grids of cells to tables and lines of text: header rows are found, blank rows separate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadline.evidence.model import Cell
from leadline.sources.cells import typed_columns
from leadline.sources.compose import Composer, shown_cell

Grid = Sequence[Sequence[Cell]]


def add_grid(composer: Composer, name: str, grid: Grid) -> None:
    """Add the blocks of a grid: a table for each that has a header or columns, else lines."""
    table: list[Sequence[Cell]] = []
    for block in blocks(grid):
        above, start = 0, header_at(block)
        # A gap in the rows of a table; a single cell below it is a note.
        if start is None and table and any(sum(cell is not None for cell in row) > 1 for row in block):
            table += block
            continue
        table = _flush(composer, name, table)
        above = start or 0
        for row in block[:above]:
            composer.add(" ".join(shown_cell(cell) for cell in row if cell is not None))
        table = list(block[above:])
    _flush(composer, name, table)


def _flush(composer: Composer, name: str, rows: list[Sequence[Cell]]) -> list[Sequence[Cell]]:
    if not rows:
        return []
    used = [at for at in range(len(rows[0])) if any(row[at] is not None for row in rows)]
    rows = [[row[at] for at in used] for row in rows]
    if len(used) == 1 and header_at(rows) is None:
        for row in rows:
            composer.add(shown_cell(row[0]))
    elif header_at(rows) == 0:
        composer.table(name, [shown_cell(cell) for cell in rows[0]], rows[1:])
    else:
        composer.table(name, [""] * len(used), rows)
    return []


def blocks(grid: Grid) -> Iterator[list[list[Cell]]]:
    """Runs of rows that are not empty, all padded to the width of the grid."""
    width = max((len(row) for row in grid), default=0)
    block: list[list[Cell]] = []
    for row in grid:
        if any(cell is not None for cell in row):
            block.append([*row, *[None] * (width - len(row))])
        elif block:
            yield block
            block = []
    if block:
        yield block


def header_at(block: Sequence[Sequence[Cell]]) -> int | None:
    """The row of the column names: texts, different, filling most of the width, with a row below.

    >>> header_at([["Prices", None, None], ["item", "eur", "unit"], ["rope", 2, "m"]])
    1
    >>> header_at([[1, 2], [3, 4]]) is None
    True
    """
    widest = max(sum(cell is not None for cell in row) for row in block)
    for at, row in enumerate(block[:20]):
        names = [cell for cell in row if cell is not None]
        if len(names) * 3 < widest * 2:
            continue
        texts = all(isinstance(cell, str) and len(cell) <= 120 for cell in names)
        if (
            texts
            and len(set(names)) == len(names)
            and at + 1 < len(block)
            and (widest > 1 or _typed_below(block, at))
        ):
            return at
        return None
    return None


def _typed_below(block: Sequence[Sequence[Cell]], at: int) -> bool:
    """A single column has a header only if what follows is not text."""
    return any(not isinstance(cell, str | None) for row in block[at + 1 :] for cell in row)


def add_text_table(composer: Composer, name: str, rows: list[list[str]]) -> None:
    """A table whose cells are text: the first row is the header if there are more rows and columns."""
    width = max(map(len, rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows if any(row)]
    if len(rows) < 2 or width < 2:
        for row in rows:
            composer.add(" ".join(cell for cell in row if cell))
        return
    cells: list[tuple[Cell, ...]] = typed_columns(rows[1:], width)
    composer.table(name, rows[0], cells, rows[1:])
