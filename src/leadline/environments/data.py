"""The data environment: the tables of documents, described and queried with read-only SQL.

A result comes back as evidence: the query with its result (run again, it must give the same), the numbers
of the source rows that went in, and citations whose quotes are lines of the documents.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from leadline.environments.arguments import called
from leadline.environments.base import Action, Observation, Tool
from leadline.environments.isolated import IsolatedSQL
from leadline.environments.rows import Ask, RowsUsed, rows_used
from leadline.environments.sandbox import DEFAULT_CODE_LIMITS, CodeLimits, Run, Sandbox
from leadline.environments.sql import DEFAULT_LIMITS, ReadOnlySQL, Result, SQLLimits, markdown
from leadline.environments.table_names import mentioned, named_tables, tables_of
from leadline.environments.table_profile import description, profile
from leadline.errors import LeadlineError
from leadline.evidence.model import Citation, Document, Query, Rows, Span, Table

MAX_ROW_CITATIONS = 3
"""Up to this many rows are quoted one by one; a figure made of more is cited by header and row range."""
TRACE_S = 2.0
"""Seconds for finding the rows behind a stranger's query; beyond, its tables are cited as a whole."""
TEXT = {"type": "string"}
TOOLS = (
    Tool("describe", "List the tables, or the columns, types and sample values of one.", {
        "type": "object", "properties": {"table": TEXT}, "additionalProperties": False,
    }),
    Tool("sql", "Run one read-only SELECT in DuckDB's dialect over the tables.", {
        "type": "object", "properties": {"query": TEXT}, "required": ["query"], "additionalProperties": False,
    }),
    Tool("python", "Run a small Python program; query(sql) gives the rows of a SELECT as dictionaries.", {
        "type": "object", "properties": {"code": TEXT}, "required": ["code"], "additionalProperties": False,
    }, permission="code"),
)  # fmt: skip


class Figures(msgspec.Struct, frozen=True):
    """A query's result as evidence. Citations are numbered from 1; `rows` is empty where rows are not traceable."""

    query: Query
    rows: dict[str, RowsUsed]
    citations: tuple[Citation, ...]
    truncated: bool = False


class Computed(msgspec.Struct, frozen=True):
    """A program's run, with the figures of every query that it made."""

    run: Run
    figures: tuple[Figures, ...]


class DataEnvironment:
    """Tools `describe`, `sql` and (with the permission "code") `python` over the tables of `documents`."""

    tools: Sequence[Tool] = TOOLS

    def __init__(
        self,
        documents: Iterable[Document],
        limits: SQLLimits = DEFAULT_LIMITS,
        code_limits: CodeLimits = DEFAULT_CODE_LIMITS,
    ) -> None:
        self.code_limits = code_limits
        self.documents = {d.id: d for d in documents if d.tables}
        self.tables = named_tables(self.documents.values())
        self.limits = limits
        self._tools: dict[str, Callable[..., Observation]] = {
            "describe": self._describe,
            "sql": self._sql,
            "python": self._python,
        }

    @cached_property
    def own(self) -> ReadOnlySQL:
        """In this process: for queries that Leadline itself built."""
        return ReadOnlySQL(self.tables.values(), self.limits)

    @cached_property
    def foreign(self) -> IsolatedSQL:
        """In a killable child: for queries that a model or a stranger wrote."""
        return IsolatedSQL(self.tables.values(), self.limits)

    def reset(self, seed: int = 0) -> Observation:
        return self.step(Action("describe"))

    def step(self, action: Action) -> Observation:
        tool = called(self.tools, action)
        if isinstance(tool, str):
            return Observation("", error=tool)
        try:
            return self._tools[tool.name](**action.arguments)
        except LeadlineError as error:
            return Observation("", error=str(error))

    def figures(self, sql: str) -> Figures:
        """Run a query that Leadline built, with its rows and citations."""
        return self._evidence(sql, self.own.query(sql), self.own.query)

    def close(self) -> None:
        for name in ("own", "foreign"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()

    def _describe(self, table: str = "") -> Observation:
        if table and table not in self.tables:
            return Observation("", error=f"There is no table {table!r}; there are: {', '.join(self.tables)}.")
        shown = [self.tables[table]] if table else list(self.tables.values())
        text = "\n\n".join(map(description, shown)) or "There are no tables."
        return Observation(text, data=[profile(t) for t in shown])

    def _sql(self, query: str) -> Observation:
        result = self.foreign.query(query)
        found = self._evidence(query, result, lambda sql: self.foreign.query(sql, TRACE_S))
        text = markdown(found.query.columns, found.query.result)
        more = f"\n(only the first {self.limits.max_rows} rows)" if found.truncated else ""
        return Observation(text + more, data=found, cost={"calls": 1.0})

    def _python(self, code: str) -> Observation:
        figures: list[Figures] = []

        def query(sql: str, left_s: float) -> list[dict[str, Any]]:
            end = time.monotonic() + left_s
            result = self.foreign.query(sql, left_s)
            found = self._evidence(
                sql, result, lambda more: self.foreign.query(more, min(TRACE_S, end - time.monotonic()))
            )
            figures.append(found)
            return [dict(zip(found.query.columns, row, strict=True)) for row in found.query.result]

        # Loading the tables is not the program's time.
        self.own.query("SELECT 1")
        self.foreign.query("SELECT 1")
        with Sandbox(query, self.code_limits) as sandbox:
            run = sandbox.run(code)
        text = "\n".join(part for part in (run.printed.rstrip(), run.value) if part)
        cost = {"calls": 1.0 + len(figures)}
        return Observation(text, data=Computed(run, tuple(figures)), error=run.error, cost=cost)

    def _evidence(self, sql: str, result: Result, ask: Ask) -> Figures:
        try:
            used = rows_used(self.own, sql, result, self.tables, ask) or {}
        except LeadlineError:
            used = {}  # a query that cannot be traced is still a query with a result
        names = [name for name in self.tables if name in used] or sorted(mentioned(sql, self.tables))
        tables = {name: self.tables[name].document for name in names}
        n_rows = max((rows.n for rows in used.values()), default=0)
        query = Query(sql, result.columns, result.rows, tables, n_rows)
        return Figures(query, used, tuple(self._citations(query, used)), result.truncated)

    def _citations(self, query: Query, used: Mapping[str, RowsUsed]) -> Iterable[Citation]:
        places: list[tuple[str, int, int]] = []
        for name in query.tables:
            rows = used.get(name)
            if rows is None or not rows.numbers:
                places.append((name, 0, 0))
            elif rows.n <= MAX_ROW_CITATIONS:
                places += [(name, number, number) for number in rows.numbers]
            else:
                places.append((name, rows.numbers[0], rows.last))
        for number, (name, first, last) in enumerate(places, 1):
            table = self.tables[name]
            single = first == last
            span = line_span(self.documents[table.document], table.source, first if single else 0)
            # Not traceable: the whole table is the honest range.
            place = Rows(table.source.name, first if last else min(1, table.n_rows), last or table.n_rows)
            yield Citation(number, span, place=place, query=query)


def recheck(query: Query, documents: Iterable[Document], limits: SQLLimits = DEFAULT_LIMITS) -> str:
    """Run a stored query again, isolated. Empty when it gives the stored result, else what differs."""
    tables = tables_of(query, {d.id: d for d in documents})
    missing = sorted(set(query.tables) - {t.name for t in tables})
    if missing:
        return f"The table {missing[0]} is not in the sources."
    try:
        with IsolatedSQL(tables, limits) as session:
            result = session.query(query.sql)
    except LeadlineError as error:
        return str(error)
    if result.columns != query.columns or not _same(result.rows, query.result):
        return f"The query now gives {list(result.rows[:3])!r}, the report says {list(query.result[:3])!r}."
    return ""


def _same(new: Sequence[Sequence[Any]], old: Sequence[Sequence[Any]]) -> bool:
    """Equal cells; JSON does not tell 3 from 3.0."""
    return len(new) == len(old) and all(tuple(a) == tuple(b) for a, b in zip(new, old, strict=True))


def line_span(document: Document, table: Table, row: int) -> Span:
    """The line of a row (0 is the header) in the document's text."""
    start = table.start
    for _ in range(row):
        start = document.text.index("\n", start) + 1
    end = document.text.find("\n", start)
    end = len(document.text) if end < 0 else end
    return Span(document.id, start, end, document.text[start:end])
