"""Questions over tables without a language model: question -> links -> plan -> SQL -> sentence.

    lexicon.py     word families and the closed lists of a question's grammar
    periods.py     years, quarters, months, days, and ranges of them
    schema.py      names, values and keys of the tables
    mentions.py    what a stretch of words may be
    link.py        what each word may mean
    numbers.py     numbers that a column has
    scene.py       one table as the root: one meaning per word
    conditions.py  which rows are asked about
    measures.py    the column that a figure or a date without a name must mean
    plan.py        the root that fits best, and what to compute over it
    readings.py    the ways to read a question: best, side by side, how many, sum, cell, list
    nouns.py       what the things that a question names are to it
    filters.py     conditions that rows meet, also by what they lack
    compare.py     values side by side
    build.py       the plan as SQL
    totals.py      rows that add up others
    explain.py     the result as a sentence

The rule that keeps it honest: a question with one word that cannot be explained is not answered.
"""

from __future__ import annotations

import weakref
from dataclasses import replace

import msgspec

from leadline.agents.tables.build import adds_rows, sql
from leadline.agents.tables.explain import sentence
from leadline.agents.tables.link import link
from leadline.agents.tables.plan import Plan, date_choices, plans
from leadline.agents.tables.readings import MAX_LISTED
from leadline.agents.tables.schema import Schema, read_schema
from leadline.environments.data import DataEnvironment, Figures
from leadline.errors import LeadlineError
from leadline.evidence.model import Cell, Citation, Region

LEAST_CONFIDENCE = 0.5
SURE = 0.7
"""Below this an answer is flagged: it states how it read the question and may have misread it."""
_SCHEMAS: weakref.WeakKeyDictionary[DataEnvironment, Schema] = weakref.WeakKeyDictionary()


class TableAnswer(msgspec.Struct, frozen=True):
    """A figure with its query, a sentence that states it, and citations (numbered from 1) of the rows."""

    text: str
    sql: str
    columns: tuple[str, ...]
    result: tuple[tuple[Cell, ...], ...]
    citations: tuple[Citation, ...]
    figures: Figures
    confidence: float

    @property
    def flagged(self) -> bool:
        return self.confidence < SURE


def answer_from_tables(question: str, environment: DataEnvironment) -> TableAnswer | None:
    """Answer by one generated query, or None when the tables do not hold the answer or the question is unclear."""
    if not environment.tables or len(question) > 1000:
        return None
    schema = schema_of(environment)
    answers = [a for plan in plans(link(question, schema), schema) if (a := _run(plan, schema, environment))]
    if not answers or len({a.result for a in answers}) > 1:
        return None
    best = max(answers, key=lambda a: a.confidence)
    return best if best.confidence >= LEAST_CONFIDENCE else None


def schema_of(environment: DataEnvironment) -> Schema:
    """The schema of an environment's tables, read once."""
    if environment not in _SCHEMAS:
        pictures = {
            d.id for d in environment.documents.values() if any(isinstance(m.place, Region) for m in d.marks)
        }
        scanned = [name for name, table in environment.tables.items() if table.document in pictures]
        _SCHEMAS[environment] = read_schema(environment.tables, scanned)
    return _SCHEMAS[environment]


def _run(asked: Plan, schema: Schema, environment: DataEnvironment) -> TableAnswer | None:
    try:
        plan = _with_equals(_in_currency(asked, schema, environment), schema, environment)
        if plan is None:
            return None
        statement = sql(plan, schema)
        found = environment.figures(statement)
        others = [environment.own.query(sql(other, schema)).rows for other in date_choices(plan, schema)]
    except LeadlineError:
        return None  # the plan does not fit the data: no figure, no claim
    rows = found.query.result
    if (
        not rows
        or all(value is None for value in rows[0])
        or (plan.keys and not plan.order and len(rows) > plan.limit)
        or (plan.compared and len(rows) < plan.limit)
    ):
        return None
    # The question did not say which date it means, and the dates disagree.
    sure = plan.confidence * (0.75 if any(other != rows for other in others) else 1.0)
    if plan.keys and not (plan.order or plan.aggregate or plan.lists) and len(rows) > 1:
        sure *= 0.6
    text = sentence(plan, rows, schema)
    text = f"{text[:-1]}{_left_out(plan, schema, environment)}."
    return TableAnswer(text, statement, found.query.columns, rows, found.citations, found, round(sure, 4))


def _left_out(plan: Plan, schema: Schema, environment: DataEnvironment) -> str:
    """What a figure made of several rows leaves out: rows of totals, and rows without a value."""
    if plan.aggregate not in ("sum", "avg", "count") or plan.keys:
        return ""
    said = " (rows of totals left out)" if adds_rows(plan, schema) else ""
    if plan.metric is None or all(value is not None for value in schema.column(plan.metric).values):
        return said
    gaps = environment.own.query(sql(replace(plan, aggregate="gaps"), schema)).rows[0][0]
    return f"{said}; {gaps} {'row has' if gaps == 1 else 'rows have'} no value" if gaps else said


def _in_currency(plan: Plan, schema: Schema, environment: DataEnvironment) -> Plan | None:
    """The plan for amounts of which another column says the currency: that currency is said, a figure over several is
    one for each, and None where amounts in several would be compared."""
    column = (
        schema.currency(plan.metric) if plan.metric and plan.aggregate not in ("count", "distinct") else None
    )
    if column is None or not (plan.aggregate or plan.order):
        return plan
    which = replace(plan, aggregate="", metric=None, order="", keys=(column,), limit=MAX_LISTED)
    found = [str(row[0]) for row in environment.own.query(sql(which, schema)).rows]
    if len(found) == 1:
        return replace(plan, unit=found[0])
    return None if plan.keys or plan.order else replace(plan, keys=(column,), limit=MAX_LISTED)


def _with_equals(plan: Plan | None, schema: Schema, environment: DataEnvironment) -> Plan | None:
    """The plan with as many winners as there are: those equal to the last one, too. None where they are too many."""
    if plan is None or plan.compared or not (plan.order and plan.keys):
        return plan
    rows = environment.own.query(sql(replace(plan, limit=plan.limit + MAX_LISTED), schema)).rows
    if len(rows) <= plan.limit:
        return plan
    equal = [row for row in rows[plan.limit :] if row[-1] == rows[plan.limit - 1][-1]]
    return replace(plan, limit=plan.limit + len(equal)) if len(equal) < MAX_LISTED else None
