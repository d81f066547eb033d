"""What the tables offer to a question: names, values and keys, found by word families."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from leadline.agents.tables.lexicon import CURRENCY, MONEY, YEARS, Token, singular, stem, tokens
from leadline.agents.tables.totals import total_rows
from leadline.environments.title_units import titled
from leadline.environments.typed import Column, TypedTable

Stems = tuple[str, ...]
MAX_VALUE_WORDS = 8
MAX_DISTINCT_PARTIAL = 1000
BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
ROW_NUMBERS = frozenset(("id", "no", "nr", "number", "code", "key", "index"))
SUBSET = 0.9
"""Share of a column's values that must be found in another table's key to call it a reference."""


def keys(words: Sequence[Token]) -> tuple[Stems, Stems]:
    """The two forms under which names are kept: singular words, and word families (marked, so as not to mix)."""
    return tuple(w.plain for w in words), ("~", *(w.stem for w in words))


class Ref(NamedTuple):
    table: str
    column: str


class Value(NamedTuple):
    ref: Ref
    text: str


class Join(NamedTuple):
    """`child` refers to `parent`, whose values are unique: joining never multiplies rows of the child."""

    child: Ref
    parent: Ref


@dataclass(frozen=True)
class Schema:
    """What the words of a question can mean in these tables; keys of the look-ups are stemmed words (`Stems`)."""

    tables: Mapping[str, TypedTable]
    names: dict[Stems, list[Ref]] = field(default_factory=lambda: defaultdict(list))
    """Columns by the `keys` of their title, without its unit."""
    table_names: dict[Stems, list[str]] = field(default_factory=lambda: defaultdict(list))
    values: dict[Stems, list[Value]] = field(default_factory=lambda: defaultdict(list))
    """Text cells by all their words."""
    words: dict[str, set[Value]] = field(default_factory=lambda: defaultdict(set))
    """Values by one of their words, for names said in part."""
    short: set[tuple[Stems, Ref]] = field(default_factory=set)
    """Names that are only the last word of a longer title."""
    scanned: frozenset[str] = frozenset()
    """Tables read from pictures: used when no typed table answers."""
    unique: set[Ref] = field(default_factory=set)
    """Columns in which no row is empty and no value stands twice: keys."""
    joins: list[Join] = field(default_factory=list)
    totals: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Numbers (from 0) of the rows of a table that add up others."""

    def column(self, ref: Ref) -> Column:
        return next(c for c in self.tables[ref.table].columns if c.name == ref.column)

    @cached_property
    def units(self) -> frozenset[str]:
        """All units, in small letters."""
        return frozenset(c.unit.lower() for t in self.tables.values() for c in t.columns if c.unit)

    def measured(self, unit: str) -> list[Ref]:
        """The columns with a unit, which may be said without its sign (C for °C)."""
        return [
            Ref(name, column.name)
            for name, table in self.tables.items()
            for column in table.columns
            if unit and column.unit.lstrip("°") == unit
        ]

    def columns(self, table: str, *kinds: str) -> list[Ref]:
        return [Ref(table, c.name) for c in self.tables[table].columns if c.kind in kinds]

    def measures(self, table: str) -> list[Ref]:
        """Numbers that may be added up or compared; the running number of a table is a name."""
        numbers = self.columns(table, "BIGINT", "DOUBLE")
        return [r for r in numbers if not self._numbers_rows(r) and not self.is_year(r)]

    def _numbers_rows(self, ref: Ref) -> bool:
        if ref not in self.unique or self.column(ref).kind != "BIGINT" or self.column(ref).unit:
            return False
        if (MONEY - {stem("payment")}) & {word.stem for word in title_words(self.column(ref))}:
            return False  # the fees in a table of fees; but payment 17 is one of many
        title = {word.plain for word in title_words(self.column(ref))}
        return bool(title & ROW_NUMBERS) or singular(ref.table.split("_")[-1]) in title

    def is_measure(self, ref: Ref) -> bool:
        return ref in self.measures(ref.table)

    def paths(self, root: str) -> dict[str, tuple[Join, ...]]:
        """Tables that can be joined to a root without multiplying its rows, with the shortest way there."""
        found: dict[str, tuple[Join, ...]] = {root: ()}
        queue = [root]
        for here in queue:
            for join in self.joins:
                if join.child.table == here and join.parent.table not in found:
                    found[join.parent.table] = (*found[here], join)
                    queue.append(join.parent.table)
        return found

    def is_year(self, ref: Ref) -> bool:
        """Whether a column of whole numbers holds years: its title says so, and its values may be some."""
        column = self.column(ref)
        if column.kind != "BIGINT" or not YEARS & {word.stem for word in title_words(column)}:
            return False
        return all(1500 <= value <= 2200 for value in column.values if isinstance(value, int))

    def currency(self, metric: Ref) -> Ref | None:
        """The column that says in which currency each amount of another one is."""
        column = self.column(metric)
        if column.unit or not MONEY & {word.stem for word in title_words(column)}:
            return None
        named = (r for r in self.columns(metric.table, "VARCHAR") if r.column in CURRENCY)
        return next((r for r in named if all(map(_is_currency, self.column(r).values))), None)


def _is_currency(value: object) -> bool:
    return value is None or (isinstance(value, str) and re.fullmatch(r"[A-Z]{3}", value) is not None)


def read_schema(tables: Mapping[str, TypedTable], scanned: Iterable[str] = ()) -> Schema:
    """The look-ups of all tables; one pass over their values. `scanned`: names of tables read from pictures."""
    schema = Schema(tables, scanned=frozenset(scanned))
    distinct: dict[Ref, set[object]] = {}
    for name, table in tables.items():
        schema.totals[name] = total_rows(table)
        words = tokens(name.replace("_", " "))
        for key in _variants(words) | _variants(_unnumbered(words)):
            schema.table_names[key].append(name)
        for column in table.columns:
            ref = Ref(name, column.name)
            words = title_words(column)
            outside, said = _bracketed(column)
            for key in _variants(words) | _variants(outside) | set(keys(said) if said else ()):
                schema.names[key].append(ref)
                if key not in keys(words):
                    schema.short.add((key, ref))
            rows = [v for at, v in enumerate(column.values) if at not in schema.totals[name]]
            distinct[ref] = {v for v in rows if v is not None}
            if len(distinct[ref]) == len(rows) > 0:
                schema.unique.add(ref)
            if column.kind == "VARCHAR":
                _learn_values(schema, ref, distinct[ref])
                _learn_labels(schema, ref, {str(column.values[at]) for at in schema.totals[name]})
    schema.joins.extend(_joins(schema, distinct))
    return schema


def title_words(column: Column) -> list[Token]:
    """Words of a title without its unit and without particles: "Price [EUR]" -> price, paid_on -> paid."""
    title = titled(column.title).name
    words = tokens((title if re.search(r"\w", title) else column.name).replace("_", " "))
    plain = [
        w
        for w in words
        if w.plain not in (column.unit.lower(), "on", "at", "of", "the", "in", "from", "to", "by")
    ]
    return plain or words


def _bracketed(column: Column) -> tuple[list[Token], list[Token]]:
    """An "Amount (net)" is an amount, and the net amount; both empty without brackets."""
    name = titled(column.title).name.replace("_", " ")
    within, outside = " ".join(BRACKETS.findall(name)), BRACKETS.sub("", name)
    return (tokens(outside), tokens(f"{within} {outside}")) if within else ([], [])


def _unnumbered(words: Sequence[Token]) -> list[Token]:
    """Words without numbers, quarters and versions: payments_2022, payments_q1 and payments2 hold payments."""
    plain = [re.sub(r"(?<=[^\W\d_]{2})\d+$", "", word.text) for word in words if word.number is None]
    return tokens(" ".join(word for word in plain if not re.fullmatch(r"(?:[qhv]|kw)\d{1,2}", word)))


def _variants(words: Sequence[Token]) -> set[Stems]:
    """The whole name; for a longer one its last word ("unit price" is a price), what is counted per something, or
    what it numbers or names ("invoice no", "sample ID")."""
    per = next((at for at, word in enumerate(words) if at and word.plain == "per"), len(words))
    parts = [words, words[:per], words[:per][-1:]]
    if len(words) > 1 and words[-1].plain in ROW_NUMBERS | {"name"}:
        parts.append(words[:-1])
    return {key for part in parts for key in keys(part)} if words else set()


def _learn_values(schema: Schema, ref: Ref, distinct: set[object]) -> None:
    for value in sorted(map(str, distinct)):
        words = tuple(token.plain for token in tokens(value))
        if not 0 < len(words) <= MAX_VALUE_WORDS:
            continue
        known = Value(ref, value)
        schema.values[words].append(known)
        if len(distinct) <= MAX_DISTINCT_PARTIAL and len(words) > 1:
            for word in words:
                schema.words[word].add(known)


def _learn_labels(schema: Schema, ref: Ref, labels: set[str]) -> None:
    """Rows of totals are found by their whole name ("total costs"); the word alone means adding up."""
    for label in sorted(labels):
        words = tuple(token.plain for token in tokens(label))
        if 1 < len(words) <= MAX_VALUE_WORDS:
            schema.values[words].append(Value(ref, label))


def _joins(schema: Schema, distinct: dict[Ref, set[object]]) -> list[Join]:
    """Columns whose values are the keys of another table, one per pair of tables: the likeliest by name."""
    best: dict[tuple[str, str], tuple[tuple[bool, float, str], Join]] = {}
    for parent in sorted(schema.unique):
        for child in sorted(distinct):
            if child.table == parent.table or schema.column(child).kind != schema.column(parent).kind:
                continue
            related = _related(schema, child, parent)
            if schema.column(child).kind not in ("VARCHAR", "BIGINT") or not distinct[child]:
                continue
            share = len(distinct[child] & distinct[parent]) / len(distinct[child])
            if share < SUBSET or not (
                related or (schema.column(child).kind == "VARCHAR" and len(distinct[child]) > 2)
            ):
                continue
            rank = (related, share, child.column)
            pair = (child.table, parent.table)
            if pair not in best or rank > best[pair][0]:
                best[pair] = (rank, Join(child, parent))
    return [join for _, join in sorted(best.values(), key=lambda pair: pair[1])]


def _related(schema: Schema, child: Ref, parent: Ref) -> bool:
    """Equal names, or the child's column names the parent's table (payments.invoice -> invoices.number)."""
    table = tuple(singular(part) for part in parent.table.split("_"))
    title = tuple(word.plain for word in title_words(schema.column(child)))
    return child.column == parent.column or title == table or title[:-1] == table
