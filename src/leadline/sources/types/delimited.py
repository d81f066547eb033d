"""CSV and TSV: delimiter, encoding and types are found out; cells are shown as the file writes them. Lines above the
header (instrument, operator, account holder) and below the last row are lines, not rows."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from leadline.errors import SourceError
from leadline.evidence.model import Document
from leadline.sources.canonical import canonical, decode
from leadline.sources.cells import typed_columns
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.types import Type

DELIMITERS = ",;\t|"
MAX_FIELD = 10_000_000
MAX_NOTES = 60
"""Lines above a table."""
_NUMBER = re.compile(r"[+-]?[\d.,]*\d%?\Z")


def looks_delimited(head: str) -> bool:
    """At least three full lines with the same number (2 or more) of one delimiter."""
    lines = [line for line in head.split("\n")[:-1] if line.strip()][:20]
    if len(lines) < 3:
        return False
    return any(
        len({line.count(sign) for line in lines}) == 1 and lines[0].count(sign) >= 2 for sign in ",;\t"
    )


READS = (
    Type("text/csv", (".csv",), text=True, looks=looks_delimited),
    Type("text/tab-separated-values", (".tsv", ".tab"), text=True),
)


def read(data: bytes, context: Context) -> list[Document]:
    text = canonical(decode(data))
    delimiter = "\t" if context.media_type.startswith("text/tab") else sniff(text)
    rows = parse(text, delimiter)
    if not rows:
        raise SourceError("The table has no rows.", remedy="Nothing can be read from it.")
    above, rows, below = framed(rows)
    width = max(map(len, rows))
    padded = [row + [""] * (width - len(row)) if len(row) < width else row for row in rows]
    with_header = has_header(padded)
    columns = padded[0] if with_header else [""] * width
    shown = padded[1:] if with_header else padded
    composer = Composer(context)
    for row in above:
        composer.add(note(row, delimiter))
    cells = typed_columns(shown, width, decimal_comma=delimiter != ",") if shown else []
    composer.table(context.stem, columns, cells, shown)
    for row in below:
        composer.add(note(row, delimiter))
    return [composer.document(title=context.stem)]


def parse(text: str, delimiter: str) -> list[list[str]]:
    """All rows that are not empty. SourceError with the line for what the csv module refuses."""
    # The module's default of 131,072 characters a field refuses honest files; the limit is global to the process.
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [[cell.strip() for cell in row] for row in reader if any(row)]
    except csv.Error as error:
        raise SourceError(f"Line {reader.line_num}: {error}.", remedy="Mend that line.") from error
    return rows


def framed(rows: list[list[str]]) -> tuple[list[list[str]], list[list[str]], list[list[str]]]:
    """Rows as the notes above a table, the table, and the notes below it.

    Above stand comments (#) and rows with no more than two thirds of the table's cells; below, lines of one cell. A
    line as wide as the table or nearly so, right above figures without a header, is their header, a comment, too.

    >>> framed([["# by Ito"], ["Run", "7"], ["a", "b", "c"], ["1", "2", "3"], ["4", "5", "6"], ["checked"]])
    ([['# by Ito'], ['Run', '7']], [['a', 'b', 'c'], ['1', '2', '3'], ['4', '5', '6']], [['checked']])
    """
    width = max(Counter(map(len, rows)).items(), key=lambda item: (item[1], item[0]))[0]
    start = next((at for at, row in enumerate(rows[:MAX_NOTES]) if _is_whole(row, width)), 0)
    if start and len(rows[start - 1]) >= max(2, width - 1) and not has_header(rows[start:]):
        start -= 1
        rows = [*rows[:start], [rows[start][0].lstrip("# "), *rows[start][1:]], *rows[start + 1 :]]
    plainly = width > 2 or rows[0][0].startswith("#") or len(rows[0]) == 1
    if start + 1 >= len(rows) or not plainly:
        start = 0
    stop = len(rows)
    while width > 2 and stop > start + 2 and len(rows[stop - 1]) == 1:
        stop -= 1
    return rows[:start], rows[start:stop], rows[stop:]


def _is_whole(row: list[str], width: int) -> bool:
    filled = sum(map(bool, row)) * 3
    enough = filled >= width * 2 if len(row) == width else filled > width * 2
    return enough and not row[0].startswith("#")


def note(row: list[str], delimiter: str) -> str:
    """A row that is none of the table as a line: "Operator: Ito".

    >>> note(["# Operator: Ito", "Lina"], ","), note(["Operator", "Ito", ""], ";")
    ('Operator: Ito, Lina', 'Operator: Ito')
    """
    cells = [cell for cell in row if cell]
    named = delimiter != "," and len(cells) == 2 and not cells[0].endswith(":")
    said = ": ".join(cells) if named else (", " if delimiter == "," else " ").join(cells)
    return said.lstrip("#% ") or said


def sniff(text: str) -> str:
    """The delimiter that cuts the first lines into the most equal rows of at least two cells.

    >>> sniff("a;b;c\\n1,5;2;3\\n"), sniff("a,b\\n1,2\\n")
    (';', ',')
    """
    sample = [line for line in text[:20_000].split("\n")[:50] if line.strip()]
    best, score = ",", (0.0, 0)
    for sign in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=sign) if row)
        width, n = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        if width >= 2 and (n / max(1, len(sample)), width) > score:
            best, score = sign, (n / max(1, len(sample)), width)
    return best


def has_header(rows: list[list[str]]) -> bool:
    """The first row has no number while a later one has, or all of its cells are short, filled and different."""
    first = rows[0]
    if any(_NUMBER.match(cell) for cell in first):
        return False
    if any(_NUMBER.match(cell) for row in rows[1:50] for cell in row):
        return True
    return all(first) and len(set(first)) == len(first) and max(map(len, first)) <= 60
