"""A plan as SQL. Names come from sql_name and are safe unquoted; values are escaped literals."""

from __future__ import annotations

from leadline.agents.tables.filters import Filter
from leadline.agents.tables.lexicon import NOTHING
from leadline.agents.tables.periods import Period
from leadline.agents.tables.plan import Plan
from leadline.agents.tables.schema import Join, Ref, Schema
from leadline.agents.tables.totals import is_label
from leadline.environments.rows import literal

FUNCTIONS = {"sum": "sum", "avg": "avg", "max": "max", "min": "min"}


def sql(plan: Plan, schema: Schema) -> str:
    """One SELECT; ties among winners are broken by name, so that the answer does not depend on row order."""
    joins = _joins(plan, schema)
    shown = [_name(key, joins) for key in plan.keys]
    figure = _figure(plan, joins)
    columns = shown + (
        [f"{figure} AS {_label(plan)}"] if figure and plan.aggregate else [figure] if figure else []
    )
    distinct = "DISTINCT " if shown and not figure else ""
    parts = [f"SELECT {distinct}{', '.join(columns)}", f"FROM {plan.root}"]
    parts += [
        f"JOIN {j.parent.table} ON {j.child.table}.{j.child.column} = {j.parent.table}.{j.parent.column}"
        for j in joins
    ]
    conditions = _conditions(plan, joins, schema)
    if adds_rows(plan, schema):
        rows = ", ".join(map(str, schema.totals[plan.root]))
        conditions.append(f"{plan.root + '.' if joins else ''}rowid NOT IN ({rows})")
    if conditions:
        parts.append(f"WHERE {' AND '.join(conditions)}")
    if shown and plan.aggregate:
        parts.append(f"GROUP BY {', '.join(shown)}")
    if shown:
        parts.append(_order(plan, shown, figure))
    return " ".join(part for part in parts if part)


def adds_rows(plan: Plan, schema: Schema) -> bool:
    """Whether the table has rows of totals that the plan must pass over: it names none of them."""
    named = any(isinstance(one.value, str) and is_label(one.value) for one in plan.filters)
    return bool(schema.totals.get(plan.root)) and not named


def _joins(plan: Plan, schema: Schema) -> list[Join]:
    paths = schema.paths(plan.root)
    return list(dict.fromkeys(join for ref in plan.refs for join in paths[ref.table]))


def _name(ref: Ref, joins: list[Join]) -> str:
    return f"{ref.table}.{ref.column}" if joins else ref.column


def _figure(plan: Plan, joins: list[Join]) -> str:
    if plan.aggregate == "count":
        return "count(*)"
    if plan.metric is None:
        return ""
    name = _name(plan.metric, joins)
    if plan.aggregate == "distinct":
        return f"count(DISTINCT {name})"
    if plan.aggregate == "gaps":
        return f"count(*) - count({name})"
    return f"{FUNCTIONS[plan.aggregate]}({name})" if plan.aggregate else name


def _label(plan: Plan) -> str:
    if plan.aggregate == "count" or plan.metric is None:
        return "n"
    return (
        f"n_{plan.metric.column}"
        if plan.aggregate == "distinct"
        else f"{plan.aggregate}_{plan.metric.column}"
    )


def _conditions(plan: Plan, joins: list[Join], schema: Schema) -> list[str]:
    """One condition per column: several values of one column are alternatives."""
    equal: dict[Ref, list[str]] = {}
    others = []
    for one in plan.filters:
        if one.operator == "=":
            number = isinstance(one.value, float)
            said = f"{one.value:.15g}" if number else literal(str(one.value))
            equal.setdefault(one.ref, []).append(said)
        elif one.operator in ("filled", "empty"):
            nothing = _nothing(_name(one.ref, joins), schema.column(one.ref).kind)
            others.append(f"NOT ({nothing})" if one.operator == "filled" else f"({nothing})")
        elif one.operator == "!=":
            others.append(f"{_name(one.ref, joins)} <> {literal(str(one.value))}")
        else:
            others.append(_condition(one, joins))
    same = [f"{_name(ref, joins)} {_among(sorted(set(values)))}" for ref, values in equal.items()]
    # A winner without a figure is none.
    known = [f"{_name(plan.metric, joins)} IS NOT NULL"] if plan.order and plan.metric else []
    return same + others + known


def _nothing(name: str, kind: str) -> str:
    """Whether a cell holds nothing: it is empty or says so; of a number 0, of yes and no a no."""
    if kind == "VARCHAR":
        return f"{name} IS NULL OR lower(trim({name})) IN ({', '.join(map(literal, NOTHING))})"
    if kind in ("BIGINT", "DOUBLE"):
        return f"{name} IS NULL OR {name} = 0"
    return f"{name} IS NOT TRUE" if kind == "BOOLEAN" else f"{name} IS NULL"


def _among(values: list[str]) -> str:
    return f"= {values[0]}" if len(values) == 1 else f"IN ({', '.join(values)})"


def _condition(one: Filter, joins: list[Join]) -> str:
    name = _name(one.ref, joins)
    if isinstance(one.value, Period):
        first, last = one.value
        ends = [f"{name} >= DATE '{first}'"] if first else []
        # Before the next day, so that a moment late on the last day counts.
        ends += [f"{name} < DATE '{last}' + 1"] if last else []
        return " AND ".join(ends)
    assert isinstance(one.value, float)
    return f"{name} {one.operator} {one.value:.15g}"


def _order(plan: Plan, shown: list[str], figure: str) -> str:
    keys = ", ".join(shown)
    if plan.order:
        return f"ORDER BY {figure} {'DESC' if plan.order == 'max' else 'ASC'}, {keys} LIMIT {plan.limit}"
    return f"ORDER BY {keys} LIMIT {plan.limit + 1}"
