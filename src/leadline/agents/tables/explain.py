"""A sentence that states a result, built from the plan and the figures alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from leadline.agents.tables.filters import Filter
from leadline.agents.tables.lexicon import MONEY
from leadline.agents.tables.measures import is_money, is_time
from leadline.agents.tables.periods import Period, span
from leadline.agents.tables.plan import Plan
from leadline.agents.tables.schema import Ref, Schema, title_words
from leadline.environments.title_units import titled
from leadline.environments.typed import Column
from leadline.evidence.model import Cell

WORDS = {"sum": "total", "avg": "average", "max": "highest", "min": "lowest"}
SIGNS = {">": "more than", "<": "less than", ">=": "at least", "<=": "at most"}


def sentence(plan: Plan, rows: Sequence[Sequence[Cell]], schema: Schema) -> str:
    """What the plan's result `rows` say: its filters and titles in words, and no figure of its own."""
    where = _where(plan, schema)
    if not plan.keys:
        return _one(plan, rows[0][0], schema, where)
    if plan.compared:
        others = tuple(one for one in plan.filters if one.ref != plan.keys[0])
        return _compared(plan, rows, schema, _where(replace(plan, filters=others), schema))
    if plan.order:
        return _winners(plan, rows, schema, where)
    if plan.aggregate:
        what = _measure(plan, schema)
        if plan.unit:
            return _one(plan, rows[0][-1], schema, where)
        parts = ", ".join(f"{row[0]} {_figure(row[-1], plan, schema)}" for row in rows)
        return f"The {what}{where} by {_title(plan.keys[0], schema)}: {parts}."
    values = ", ".join(_cell(row[0], plan.keys[0], schema) for row in rows)
    if plan.lists and len(rows) > 1:
        return f"The {len(rows)} {_table(plan.root)}{where} are {values}."
    title = _title(plan.keys[0], schema)
    if plan.filters and all(one.operator == "=" for one in plan.filters):
        of = " and ".join(f"{_title(one.ref, schema)} {_bound(one, schema)}" for one in plan.filters)
        date = "date " if schema.column(plan.keys[0]).kind in ("DATE", "TIMESTAMP") else ""
        return f"The {date}{title} of the {of} is {values}."
    return f"The {title} in {_table(plan.root)}{where} is {values}."


def _one(plan: Plan, value: Cell, schema: Schema, where: str) -> str:
    if plan.aggregate == "count":
        return f"The number of {_table(plan.root)}{where} is {_figure(value, plan, schema)}."
    if plan.aggregate == "distinct" and plan.metric:
        of = f"The number of different values of {_title(plan.metric, schema)}"
        return f"{of} in {_table(plan.root)}{where} is {_figure(value, plan, schema)}."
    return f"The {_measure(plan, schema)}{where} is {_figure(value, plan, schema)}."


def _compared(plan: Plan, rows: Sequence[Sequence[Cell]], schema: Schema, where: str) -> str:
    """Who comes first and by which figures; equals are said to be equal."""
    figures = [_figure(row[-1], plan, schema) for row in rows]
    what = f"number of {_table(plan.root)}" if plan.aggregate == "count" else _measure(plan, schema)
    if rows[0][-1] == rows[1][-1]:
        return f"The {what}{where} is {figures[0]} for {' and '.join(str(row[0]) for row in rows)}."
    others = ", ".join(f"{row[0]} ({figure})" for row, figure in zip(rows[1:], figures[1:], strict=True))
    most = "higher" if plan.order == "max" else "lower"
    return f"{rows[0][0]} has the {most} {what}{where}: {figures[0]}, beside {others}."


def _winners(plan: Plan, rows: Sequence[Sequence[Cell]], schema: Schema, where: str) -> str:
    most = _most(plan, schema)
    named = "; ".join(f"{row[0]} ({_figure(row[-1], plan, schema)})" for row in rows)
    counted = plan.aggregate == "count" or plan.metric is None
    what = f"number of {_table(plan.root)}" if counted else _measure(plan, schema)
    title = _title(plan.keys[0], schema)
    if len(rows) == 1:
        return f"The {title} with the {most} {what}{where} is {named}."
    return f"The {len(rows)} values of {title} with the {most} {what}{where} are {named}."


def _measure(plan: Plan, schema: Schema) -> str:
    if plan.aggregate == "count" or plan.metric is None:
        return f"number of {_table(plan.root)}"
    title, table = _title(plan.metric, schema), _table(plan.root)
    word = _most(plan, schema) if is_time(schema, plan.metric) else WORDS.get(plan.aggregate, "")
    named = title if plan.order and is_time(schema, plan.metric) else f"{word} {title}".strip()
    return named if table.startswith(title) else f"{named} of {table}"


def _most(plan: Plan, schema: Schema) -> str:
    """The word of a superlative; dates are late and early."""
    first = (plan.order or plan.aggregate) == "max"
    if plan.metric is not None and is_time(schema, plan.metric):
        return "latest" if first else "earliest"
    return "highest" if first else "lowest"


def _where(plan: Plan, schema: Schema) -> str:
    """ " with supplier A or B and status late, shipped in 2023"."""
    equal: dict[Ref, list[str]] = {}
    for one in plan.filters:
        if one.operator == "=":
            equal.setdefault(one.ref, []).append(_bound(one, schema))
    said = [f"{_title(ref, schema)} {' or '.join(values)}" for ref, values in equal.items()]
    said += [
        _said(one, schema)
        for one in plan.filters
        if one.operator != "=" and not isinstance(one.value, Period)
    ]
    times = [
        f", {_title(one.ref, schema)} {_time(one.value)}"
        for one in plan.filters
        if isinstance(one.value, Period)
    ]
    return (f" with {' and '.join(said)}" if said else "") + "".join(times)


def _said(one: Filter, schema: Schema) -> str:
    title = _title(one.ref, schema)
    if one.operator == "!=":
        return f"{title} other than {one.value}"
    if one.operator == "empty":
        return f"no {title}"
    if one.operator == "filled" and schema.column(one.ref).kind not in ("DATE", "TIMESTAMP"):
        return f"a {title}"
    if one.operator == "filled" or isinstance(one.value, Period):
        return f"a date in {title}"
    if schema.is_year(one.ref) and isinstance(one.value, float):
        return f"{title} {one.value:.0f} or {'later' if one.operator.startswith('>') else 'earlier'}"
    return f"{title} {SIGNS[one.operator]} {_bound(one, schema)}"


def _time(period: Period) -> str:
    """In words, whole years and months by name.

    >>> from leadline.agents.tables.periods import span
    >>> _time(span(2023, 1, 12)), _time(span(2023, 3, 3)), _time(span(2023, 1, 3))
    ('in 2023', 'in March 2023', 'from 2023-01-01 to 2023-03-31')
    """
    first, last = period
    if first is None or last is None:
        return f"from {first} on" if first else f"until {last}"
    if period == span(first.year, 1, 12):
        return f"in {first.year}"
    if period == span(first.year, first.month, first.month):
        return f"in {first:%B %Y}"
    return f"on {first}" if first == last else f"from {first} to {last}"


def _figure(value: Cell, plan: Plan, schema: Schema) -> str:
    if plan.metric is None or plan.aggregate in ("count", "distinct"):
        return _shown(value, "")
    return _cell(value, plan.metric, schema, plan.aggregate, plan.unit)


def _cell(value: Cell, ref: Ref, schema: Schema, aggregate: str = "", unit: str = "") -> str:
    """A value of a column, with its unit; years without separators."""
    column = schema.column(ref)
    if schema.is_year(ref):
        return str(value)
    unit = column.unit or unit
    places = _places(column, aggregate)
    money = is_money(unit) or (not unit and MONEY & {word.stem for word in title_words(column)})
    if places and aggregate != "avg" and isinstance(value, int | float) and not money:
        places = len(
            repr(round(float(value), places)).partition(".")[2].rstrip("0")
        )  # 1.5 kg beside 0.125 kg
    return _shown(value, unit, places)


def _places(column: Column, aggregate: str) -> int | None:
    """Decimals of a figure: as many as the column's cells have; a mean has one more, and two at least."""
    if column.kind == "BIGINT":
        return 2 if aggregate == "avg" else 0
    if column.kind != "DOUBLE" or not column.decimals:
        return None
    return max(2, column.decimals + 1) if aggregate == "avg" else column.decimals


def _shown(value: Cell, unit: str, places: int | None = None) -> str:
    """Figures with separators; money with two decimals at least and its currency in front. Without `places`, what has
    decimals is shown with six digits.

    >>> _shown(1234.5, "EUR"), _shown(56, ""), _shown(65.29652, "kg", 2), _shown("Norway", "")
    ('EUR 1,234.50', '56', '65.30 kg', 'Norway')
    >>> _shown(1860000, "NOK"), _shown(25.3, "NOK million", 2), _shown(0.0041, "g", 4), _shown(8, "kg", 1)
    ('NOK 1,860,000', 'NOK 25.30 million', '0.0041 g', '8.0 kg')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        said = "none" if value is None else str(value)
        return f"{said} {unit}" if unit and re.fullmatch(r"[<>≤≥~]?=?\s*\d[\d.,]*", said) else said
    if is_money(unit) and (places or isinstance(value, float)):
        places = max(2, places or 2)
    if places is None:
        places = 0 if isinstance(value, int) else max(2, 6 - len(str(int(abs(value)))))
    digits = f"{value:,.{places}f}"
    return f"{unit[:3]} {digits}{unit[3:]}" if is_money(unit) else f"{digits} {unit}".strip()


def _title(ref: Ref, schema: Schema) -> str:
    return " ".join(titled(schema.column(ref).title).name.replace("_", " ").split())


def _bound(one: Filter, schema: Schema) -> str:
    """The number that a question names, as short as it was said."""
    number = int(one.value) if isinstance(one.value, float) and one.value.is_integer() else one.value
    assert not isinstance(number, Period)
    places = len(repr(number).partition(".")[2]) if isinstance(number, float) else None
    return _shown(number, schema.column(one.ref).unit, places)


def _table(name: str) -> str:
    return name.replace("_", " ")
