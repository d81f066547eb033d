"""Passages that live in PostgreSQL (15 or later, extra `pg`), searched there by its full-text search.

For collections that an organisation keeps in a database, on however many machines: nothing is copied, the engine
ranks, and the answer has the form of every retriever here. PostgreSQL's ts_rank counts words by frequency; it is not
BM25 and knows nothing of how rare a word is. It is exact (a GIN index changes speed, not answers), and ties go by id.

Another engine is plugged in the same way, by a class with `search` and `search_batch`: OpenSearch's `_search` with
`dfs_query_then_fetch`, a filter in `bool.filter` and `sort: [_score, id]`; Qdrant's `query_points` with `exact: true`
for the exact twin and its conditions for `filter`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from leadline.errors import NotFound, StoreError, UsageError, need
from leadline.evidence.model import Passage
from leadline.retrieval.base import Filter, Hit, Hits


class Layout(msgspec.Struct, frozen=True):
    """Names of the table (`schema.table` or `table`) and of its columns; "" for one that it does not have."""

    table: str
    id: str = "id"
    text: str = "text"
    document: str = "document"
    start: str = "start_at"
    end: str = "end_at"
    metadata: str = "metadata"
    """A jsonb object; filters look here."""
    vector: str = "words"
    """A tsvector of the text; without it every search cuts every text again."""


class PostgresIndex:
    """`url` as libpq takes it; the session is read-only and a search may take `timeout_s`.

    match: "any" word may occur, as in every other retriever here; "all" must (then quotes, OR and -word count too).
    """

    def __init__(
        self, url: str, layout: Layout, *, language: str = "english", match: Literal["any", "all"] = "any",
        timeout_s: float = 30.0,
    ) -> None:  # fmt: skip
        self._driver = need("psycopg", "pg", "Searching in PostgreSQL")
        self._sql = need("psycopg.sql", "pg", "Searching in PostgreSQL")
        if match not in ("any", "all"):
            raise UsageError(f"match is {match!r}.", remedy="Use any or all.")
        self.layout, self.language, self.match = layout, language, match
        options = f"-c default_transaction_read_only=on -c statement_timeout={int(1000 * timeout_s)}"
        try:
            self._session = self._driver.connect(url, options=options, autocommit=True)
        except self._driver.Error as error:
            raise StoreError(
                f"PostgreSQL does not answer: {error}".strip(), remedy="Check the address."
            ) from error
        self._ask(self._sql.SQL("SELECT %s::regconfig"), [language])
        self.name = f"postgres:{self._session.info.dbname}:{layout.table}"

    def close(self) -> None:
        self._session.close()

    def search(self, query: str, k: int = 10, filter: Filter | None = None) -> Hits:
        """The best k passages in which a word of the query occurs."""
        if k < 1:
            raise UsageError(f"k must be at least 1, not {k}.")
        parameters = {"language": self.language, "match": self.match, "rank": "ts_rank"}
        if not query.strip():
            return Hits(query, (), self.name, parameters, ("The query is empty.",))
        rows = self._ask(
            self._statement(filter), [self.language, query.replace("\0", " "), *_values(filter), k]
        )
        hits = [Hit(str(row[0]), float(row[1]), n, str(row[2] or ""), row[3] or 0, row[4] or 0)
                for n, row in enumerate(rows, 1)]  # fmt: skip
        return Hits(query, tuple(hits), self.name, parameters)

    def search_batch(self, queries: Sequence[str], k: int = 10, filter: Filter | None = None) -> list[Hits]:
        return [self.search(query, k, filter) for query in queries]

    def text(self, id: str) -> str:
        """The text of a passage. Raises NotFound."""
        statement = self._sql.SQL("SELECT {} FROM {} WHERE {}::text = %s").format(
            self._name(self.layout.text), self._name(self.layout.table), self._name(self.layout.id)
        )
        rows = self._ask(statement, [id])
        if not rows:
            raise NotFound("passage", id)
        return str(rows[0][0])

    # ---- SQL ----------------------------------------------------------------------------------------

    def _name(self, name: str) -> Any:
        return self._sql.Identifier(*name.split("."))

    def _column(self, name: str) -> Any:
        return self._name(name) if name else self._sql.SQL("NULL")

    def _statement(self, filter: Filter | None) -> Any:
        """The ranking as one statement. Names are quoted as identifiers, values travel beside it."""
        sql, at = self._sql.SQL, self.layout
        words = (
            "replace(plainto_tsquery(c.name, %s)::text, ' & ', ' | ')::tsquery"
            if self.match == "any"
            else "websearch_to_tsquery(c.name, %s)"
        )
        vector = (
            self._name(at.vector) if at.vector else sql("to_tsvector(q.name, {})").format(self._name(at.text))
        )
        if filter and not at.metadata:
            raise UsageError("This table has no metadata column to filter by.")
        accepted = sql(" AND ({}->>%s) = ANY(%s)").format(self._column(at.metadata)) if filter else sql("")
        return sql(
            "WITH c AS (SELECT %s::regconfig AS name), q AS (SELECT c.name, " + words + " AS query FROM c) "
            "SELECT {id}::text, ts_rank({vector}, q.query) AS score, {document}, {start}, {end} FROM {table}, q "
            "WHERE {vector} @@ q.query{accepted} ORDER BY score DESC, {id}::text COLLATE \"C\" LIMIT %s"
        ).format(
            id=self._name(at.id), vector=vector, document=self._column(at.document), start=self._column(at.start),
            end=self._column(at.end), table=self._name(at.table),
            accepted=sql("").join([accepted] * len(filter or ())),
        )  # fmt: skip

    def _ask(self, statement: Any, values: list[Any]) -> list[tuple[Any, ...]]:
        try:
            found: list[tuple[Any, ...]] = self._session.execute(statement, values).fetchall()
        except self._driver.errors.QueryCanceled as error:
            raise StoreError("The search took too long in PostgreSQL.",
                             remedy="Give the table a tsvector column with a GIN index.") from error  # fmt: skip
        except self._driver.Error as error:
            raise StoreError(f"PostgreSQL refused the search: {str(error).splitlines()[0]}") from error
        return found


def _values(filter: Filter | None) -> list[Any]:
    """Field and accepted values, in turn; in jsonb ->> gives text, so values are compared as text."""
    found: list[Any] = []
    for field, wanted in (filter or {}).items():
        several = isinstance(wanted, list | tuple | set | frozenset)
        found += [field, [str(value) for value in (wanted if several else [wanted])]]
    return found


def write_passages(
    url: str, layout: Layout, passages: Iterable[tuple[Passage, dict[str, str]]], language: str = "english"
) -> int:
    """Make the table of these passages and their metadata, with its GIN index, in one transaction. Returns how many.

    StoreError if the table is there already: nothing is replaced.
    """
    driver, sql = (
        need("psycopg", "pg", "Writing to PostgreSQL"),
        need("psycopg.sql", "pg", "Writing to PostgreSQL"),
    )
    names = {field: sql.Identifier(*getattr(layout, field).split(".")) for field in layout.__struct_fields__}
    try:
        with driver.connect(url) as session, session.cursor() as cursor:
            cursor.execute(
                sql.SQL(
                    "CREATE TABLE {table} ({id} text PRIMARY KEY, {document} text NOT NULL, {start} integer, "
                    "{end} integer, {text} text NOT NULL, {metadata} jsonb NOT NULL, {vector} tsvector GENERATED "
                    "ALWAYS AS (to_tsvector({language}::regconfig, {text})) STORED)"
                ).format(language=sql.Literal(language), **names)
            )
            n = 0
            copy = sql.SQL("COPY {table} ({id}, {document}, {start}, {end}, {text}, {metadata}) FROM STDIN")
            with cursor.copy(copy.format(**names)) as rows:
                for passage, metadata in passages:
                    text = passage.text.replace("\0", " ").encode("utf-8", "replace").decode()
                    rows.write_row((passage.id, passage.document, passage.start, passage.end, text,
                                    msgspec.json.encode(metadata).decode()))  # fmt: skip
                    n += 1
            cursor.execute(sql.SQL("CREATE INDEX ON {table} USING gin ({vector})").format(**names))
    except driver.Error as error:
        raise StoreError(f"PostgreSQL refused the passages: {str(error).splitlines()[0]}") from error
    return n
