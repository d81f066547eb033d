"""A sentence that states a result, built from the plan and the figures alone."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.agents.tables.periods import Period
from leadline.agents.tables.plan import Filter, Plan
from leadline.agents.tables.schema import Ref, Schema
from leadline.evidence.model import Cell

WORDS = {"sum": "total", "avg": "average", "max": "highest", "min": "lowest"}
SIGNS = {">": "more than", "<": "less than", ">=": "at least", "<=": "at most"}


def sentence(plan: Plan, rows: Sequence[Sequence[Cell]], schema: Schema) -> str:
    where = _where(plan, schema)
    if not plan.keys:
        return _one(plan, rows[0][0], schema, where)
    if plan.order:
        return _winners(plan, rows, schema, where)
    if plan.aggregate:
        what = _measure(plan, schema)
        parts = ", ".join(f"{row[0]} {_figure(row[-1], plan, schema)}" for row in rows)
        return f"The {what}{where} by {_title(plan.keys[0], schema)}: {parts}."
    values = ", ".join(_shown(row[0], _unit(plan.keys[0], schema)) for row in rows)
    return f"The {_title(plan.keys[0], schema)} in {_table(plan.root)}{where} is {values}."


def _one(plan: Plan, value: Cell, schema: Schema, where: str) -> str:
    if plan.aggregate == "count":
        return f"The number of {_table(plan.root)}{where} is {_figure(value, plan, schema)}."
    if plan.aggregate == "distinct" and plan.metric:
        of = f"The number of different values of {_title(plan.metric, schema)}"
        return f"{of} in {_table(plan.root)}{where} is {_figure(value, plan, schema)}."
    return f"The {_measure(plan, schema)}{where} is {_figure(value, plan, schema)}."


def _winners(plan: Plan, rows: Sequence[Sequence[Cell]], schema: Schema, where: str) -> str:
    most = "highest" if plan.order == "max" else "lowest"
    named = "; ".join(f"{row[0]} ({_figure(row[-1], plan, schema)})" for row in rows)
    counted = plan.aggregate == "count" or plan.metric is None
    what = f"number of {_table(plan.root)}" if counted else _measure(plan, schema)
    title = _title(plan.keys[0], schema)
    return f"The {title} with the {most} {what}{where} is {named}." if len(rows) == 1 else (
        f"The {len(rows)} values of {title} with the {most} {what}{where} are {named}."
    )  # fmt: skip


def _measure(plan: Plan, schema: Schema) -> str:
    if plan.aggregate == "count" or plan.metric is None:
        return f"number of {_table(plan.root)}"
    word = WORDS.get(plan.aggregate, "")
    return f"{word} {_title(plan.metric, schema)} of {_table(plan.root)}".strip()


def _where(plan: Plan, schema: Schema) -> str:
    said = [_said(one, schema) for one in plan.filters]
    return f" with {', '.join(said)}" if said else ""


def _said(one: Filter, schema: Schema) -> str:
    title = _title(one.ref, schema)
    if isinstance(one.value, Period):
        first, last = one.value
        return f"{title} " + (
            f"from {first} to {last}" if first and last else f"from {first} on" if first else f"until {last}"
        )
    if one.operator == "filled":
        return f"a date in {title}"
    if one.operator == "=":
        return f"{title} {one.value}"
    return f"{title} {SIGNS[one.operator]} {_shown(one.value, _unit(one.ref, schema))}"


def _figure(value: Cell, plan: Plan, schema: Schema) -> str:
    unit = (
        "" if plan.metric is None or plan.aggregate in ("count", "distinct") else _unit(plan.metric, schema)
    )
    return _shown(value, unit)


def _shown(value: Cell, unit: str) -> str:
    """Figures with separators; money with two decimals and its currency in front.

    >>> _shown(1234.5, "EUR"), _shown(56, ""), _shown(65.29652, "kg"), _shown("Norway", "")
    ('EUR 1,234.50', '56', '65.30 kg', 'Norway')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "none" if value is None else str(value)
    money = len(unit) == 3 and unit.isupper()
    digits = f"{value:,.2f}" if isinstance(value, float) or money else f"{value:,}"
    return f"{unit} {digits}" if money else f"{digits} {unit}".strip()


def _title(ref: Ref, schema: Schema) -> str:
    column = schema.column(ref)
    words = " ".join(column.title.replace("_", " ").split())
    return words.removesuffix(f" {column.unit.lower()}") if column.unit else words


def _unit(ref: Ref, schema: Schema) -> str:
    return schema.column(ref).unit


def _table(name: str) -> str:
    return name.replace("_", " ")
