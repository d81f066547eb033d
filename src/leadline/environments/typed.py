"""Columns of a document's table with SQL names and types: what a database may compare and add up.

A column gets a narrower type than text only when every filled cell agrees: dates in one format, numbers
in one notation ("1,234.50", "EUR 12", "12 %"). What may be read in two ways ("03/04/2023" throughout,
"1,5") stays text: a wrong type would give wrong sums without anybody noticing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from leadline.environments.title_units import CODES, CURRENCIES, titled
from leadline.evidence.model import Cell, Table
from leadline.sources.cells import is_missing

Kind = Literal["VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP"]
MAX_DECIMALS = 6
NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[-+])?\s*(?P<before>[€$£¥]|[A-Z]{3}(?=[\s\d-]))?\s*(?P<inner>-)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d+(?:\.\d+)?)"
    r"\s*(?P<after>%|€|\$|£|[A-Z]{3})?(?P<close>\))?"
)
_SPACED = re.compile(
    r"(?<![\d.,])\d{1,3}(?:[\u00a0\u2009\u202f'’]\d{3})+(?![\d ])|(?<![\d.,])\d{1,3}(?: \d{3})+(?=[.,]\d)"
)
"""Thousands kept apart by thin spaces or apostrophes; by plain spaces (as in phone numbers) only before decimals."""
_BRACKETED = re.compile(r"(?P<before>[€$£¥]|[A-Z]{3})\s*\((?P<inner>[^()]*)\)")
SURELY_COMMA = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+|[-+]?\d{4,},\d{1,2}")
SURELY_POINT = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+\.\d+|[-+]?\d+\.\d{1,2}")
WITH_COMMA = re.compile(r"|[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?")
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d").fullmatch
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y")
TIMES = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
SLASHED = ("%d/%m/%Y", "%m/%d/%Y")
TOTALS = frozenset(("total", "totals", "sum", "subtotal", "grand total", "summe", "gesamt"))
RESERVED = frozenset(
    "all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case "
    "cast check collate collation column concurrently constraint create cross default deferrable desc "
    "describe distinct do else end except exists false fetch for foreign freeze from full glob grant "
    "group having ilike in initially inner intersect into is isnull join lambda lateral leading left like "
    "limit natural not notnull null offset on only or order outer overlaps pivot pivot_longer pivot_wider "
    "placing positional primary qualify references returning right select semi show similar some "
    "summarize symmetric table tablesample then to trailing true union unique unpack unpivot using "
    "variadic verbose when where window with".split()
)
"""Words that DuckDB does not take as a bare name (compared with its own list in a test)."""


class Column(NamedTuple):
    """`name` is the SQL name, `title` the header as it stands in the source, `unit` what its cells or its title say:
    a currency code, %, or a unit of measure."""

    name: str
    title: str
    kind: Kind
    decimals: int
    unit: str
    values: list[Cell | date | datetime]

    @property
    def sql_type(self) -> str:
        """Numbers with few decimals are exact, so that sums of money do not depend on the order."""
        return f"DECIMAL(18,{self.decimals})" if self.kind == "DOUBLE" and self.decimals else self.kind


class TypedTable(NamedTuple):
    name: str
    document: str
    source: Table
    columns: tuple[Column, ...]

    @property
    def n_rows(self) -> int:
        return len(self.source.rows)


def sql_name(title: str, taken: Iterable[str] = ()) -> str:
    """A plain lower-case identifier for a header or a table, different from those `taken`.

    >>> sql_name("Unit price (EUR)"), sql_name("2023"), sql_name("order"), sql_name("a", ["a"])
    ('unit_price_eur', 'n2023', 'order_', 'a_2')
    """
    plain = re.sub(r"\W+", "_", title.strip().lower()).strip("_") or "column"
    if plain[0].isdigit():
        plain = f"n{plain}"
    if plain in RESERVED:
        plain += "_"
    used, name, number = set(taken), plain[:60], 2
    while name in used:
        name, number = f"{plain[:56]}_{number}", number + 1
    return name


def typed_table(table: Table, document: str, taken: Iterable[str] = (), name: str = "") -> TypedTable:
    """The table with typed columns; `name` replaces the table's own where that says nothing."""
    names: list[str] = []
    columns = []
    commas = _decimal_commas(table)
    for position, title in enumerate(table.columns):
        names.append(sql_name(title, names))
        cells = [row[position] if position < len(row) else None for row in table.rows]
        if commas and all(not isinstance(cell, str) or _may_have_comma(cell) for cell in cells):
            cells = [_with_point(cell) if isinstance(cell, str) else cell for cell in cells]
        columns.append(typed_column(names[-1], title, cells))
    return TypedTable(sql_name(name or table.name, taken), document, table, tuple(columns))


def _decimal_commas(table: Table) -> bool:
    """Whether a cell says for sure that commas are decimal signs here ("1.240,50"), and none that points are."""
    cells = [_regular(cell.strip()) for row in table.rows for cell in row if isinstance(cell, str)]
    return any(map(SURELY_COMMA.fullmatch, cells)) and not any(map(SURELY_POINT.fullmatch, cells))


def _may_have_comma(cell: str) -> bool:
    return is_missing(cell) or WITH_COMMA.fullmatch(_regular(cell.strip())) is not None


def _with_point(cell: str) -> str:
    """A number with a decimal comma as one with a decimal point; what holds nothing as it is.

    >>> _with_point(" 1.240,50 "), _with_point("88,0"), _with_point("n.d.")
    ('1240.50', '88.0', 'n.d.')
    """
    return cell if is_missing(cell) else _regular(cell.strip()).replace(".", "").replace(",", ".")


def typed_column(name: str, title: str, cells: Sequence[Cell]) -> Column:
    empty = [cell is None or (isinstance(cell, str) and _says_nothing(cell)) for cell in cells]
    filled = [cell for cell, nothing in zip(cells, empty, strict=True) if not nothing]
    kind, values, unit = _best(filled)
    if kind == "VARCHAR":  # in a column of words, "none" is one
        empty = [cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells]
        values = [str(cell) for cell, nothing in zip(cells, empty, strict=True) if not nothing]
    decimals = _decimals(values) if kind == "DOUBLE" else 0
    following = iter(values)
    whole = [None if nothing else next(following) for nothing in empty]
    if not unit and kind in ("BIGINT", "DOUBLE", "VARCHAR"):  # a date is in no unit
        unit = titled(title).unit
    return Column(name, title, kind, decimals, unit, whole)


def _says_nothing(cell: str) -> bool:
    """Whether a cell of a column of numbers or dates holds none: it says so, or it names a row of totals."""
    return is_missing(cell) or cell.strip(" :").lower() in TOTALS


def _best(filled: list[Cell]) -> tuple[Kind, list[Cell | date | datetime], str]:
    if filled and all(isinstance(cell, bool) for cell in filled):
        return "BOOLEAN", list(filled), ""
    if filled and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in filled):
        return _numbers([float(c) if isinstance(c, float) else int(c) for c in filled], "")  # type: ignore[arg-type]
    texts = [str(cell) for cell in filled]
    return (
        (_dates(texts) or _amounts(texts) or ("VARCHAR", list(texts), "")) if texts else ("VARCHAR", [], "")
    )


def _numbers(values: list[int | float], unit: str) -> tuple[Kind, list[Cell | date | datetime], str]:
    whole = all(float(v).is_integer() and abs(v) < 2**53 for v in values)
    # A column of 12.0, 13.0 came from a spreadsheet that knows no integers.
    return ("BIGINT", [int(v) for v in values], unit) if whole else ("DOUBLE", list(values), unit)


def _dates(texts: list[str]) -> tuple[Kind, list[Cell | date | datetime], str] | None:
    if len(texts[0]) > 30 or not any(c.isdigit() for c in texts[0]):
        return None
    for pattern in DATES:
        days = _parsed(texts, pattern)
        if days:
            return "DATE", [day.date() for day in days], ""
    slashed = [days for days in (_parsed(texts, pattern) for pattern in SLASHED) if days]
    if len(slashed) == 1:
        return "DATE", [day.date() for day in slashed[0]], ""
    for pattern in TIMES:
        moments = _parsed(texts, pattern)
        if moments:
            midnight = all((m.hour, m.minute, m.second) == (0, 0, 0) for m in moments)
            return ("DATE", [m.date() for m in moments], "") if midnight else ("TIMESTAMP", list(moments), "")
    return None


def _parsed(texts: list[str], pattern: str) -> list[datetime] | None:
    try:
        if pattern == "%Y-%m-%d":  # the common one, ten times faster
            return [datetime.fromisoformat(text) for text in texts] if all(map(ISO_DAY, texts)) else None
        return [datetime.strptime(text.strip(), pattern) for text in texts]
    except ValueError:
        return None


def _amounts(texts: list[str]) -> tuple[Kind, list[Cell | date | datetime], str] | None:
    values: list[int | float] = []
    units = set()
    for text in texts:
        found = NUMBER.fullmatch(_regular(text.strip()))
        if not found or bool(found["open"]) != bool(found["close"]) or _is_code(found["digits"]):
            return None
        if (found["before"] or "").isalpha() and found["before"] not in CODES:
            return None  # INV-2023001 is a name
        units.add(CURRENCIES.get(mark := found["before"] or found["after"] or "", mark))
        values.append(_value(found))
    # Two currencies in one column cannot be added up.
    return _numbers(values, units.pop()) if len(units) == 1 else None


def _regular(text: str) -> str:
    """An amount as NUMBER reads it: true minus signs in front, currencies within brackets, no spaces in numbers.

    >>> _regular("$(1,250.00)"), _regular("1,250.00-"), _regular("−12"), _regular("1 250 000.5"), _regular("2'500")
    ('($1,250.00)', '-1,250.00', '-12', '1250000.5', '2500')
    """
    if text.isdigit():
        return text
    plain = _SPACED.sub(lambda found: re.sub(r"\D", "", found.group()), text.replace("−", "-"))
    plain = _BRACKETED.sub(r"(\g<before>\g<inner>)", plain)
    return f"-{plain[:-1].rstrip()}" if plain[-1:] == "-" and plain[:1].isdigit() else plain


def _is_code(digits: str) -> bool:
    """007 and 0123 are names, not numbers."""
    return len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()


def _value(found: re.Match[str]) -> int | float:
    digits = found["digits"]
    european = "," in digits and "." in digits and digits.rindex(",") > digits.rindex(".")
    plain = digits.replace(".", "").replace(",", ".") if european else digits.replace(",", "")
    size = float(plain) if "." in plain else int(plain)
    return -size if found["open"] or found["sign"] == "-" or found["inner"] else size


def _decimals(values: Sequence[object]) -> int:
    """Decimals that write every value exactly, or 0 when they are too many or the numbers too large."""
    most = 0
    for value in values:
        text = repr(value)
        if "e" in text or "n" in text or abs(float(text)) >= 1e11:
            return 0
        most = max(most, len(text.partition(".")[2]))
    return most if most <= MAX_DECIMALS else 0
