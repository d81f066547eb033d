"""The data environment: describing, querying, and citing the rows that went in."""

from __future__ import annotations

import pytest

from leadline.environments.base import Action, Environment
from leadline.environments.data import DataEnvironment, Figures, recheck
from leadline.evidence.model import Document, Rows, Table

SHOPS = Table("shops", ("shop", "town"), (("A", "Oslo"), ("B", "Bern")), 6)
SALES = Table(
    "Sheet1",
    ("shop", "day", "price (EUR)"),
    (("A", "2023-01-01", 1.5), ("B", "2023-01-02", 2.5), ("A", "2024-01-01", 4.0)),
    0,
)


def documents() -> list[Document]:
    shops = "intro\nshop | town\nA | Oslo\nB | Bern\n"
    sales = "shop | day | price (EUR)\nA | 2023-01-01 | 1.5\nB | 2023-01-02 | 2.5\nA | 2024-01-01 | 4.0"
    return [
        Document("d1", "Shops", shops, "f/shops.csv", "text/csv", "0", tables=(SHOPS,)),
        Document("d2", "Sales", sales, "f/sales.xlsx", "text/csv", "0", tables=(SALES,)),
        Document("d3", "Prose", "No table here.", "f/prose.txt", "text/plain", "0"),
    ]


@pytest.fixture(scope="module")
def data() -> DataEnvironment:
    return DataEnvironment(documents())


def sql(data: DataEnvironment, query: str) -> Figures:
    observation = data.step(Action("sql", {"query": query}))
    assert observation.error == ""
    return observation.data


def test_it_is_an_environment_that_never_raises(data: DataEnvironment):
    assert isinstance(data, Environment)
    for action in (Action("fly"), Action("sql"), Action("sql", {"x": 1}), Action("sql", {"query": "DROP TABLE shops"}),
                   Action("sql", {"query": "SELECT * FROM nowhere"}), Action("describe", {"table": "nowhere"}),
                   Action("sql", {"query": 5})):  # fmt: skip
        assert data.step(action).error


def test_describe_shows_names_types_units_and_samples(data: DataEnvironment):
    text = data.reset().text
    assert "table sales (3 rows)" in text  # named by its document, for "Sheet1" says nothing
    assert "price_eur DECIMAL(18,1) [EUR]: 1.5, 2.5, 4.0" in text
    assert "day DATE: 2023-01-01, 2023-01-02" in text
    one = data.step(Action("describe", {"table": "shops"}))
    assert [c["name"] for c in one.data[0]["columns"]] == ["shop", "town"]


def test_rows_behind_a_filter_are_quoted_one_by_one(data: DataEnvironment):
    found = sql(data, "SELECT sum(price_eur) FROM sales WHERE shop = 'A'")
    assert found.query.result == ((5.5,),)
    assert found.query.n_rows == 2
    assert found.rows["sales"].numbers == (1, 3)
    assert [(c.number, c.span.quote, c.place) for c in found.citations] == [
        (1, "A | 2023-01-01 | 1.5", Rows("Sheet1", 1, 1)),
        (2, "A | 2024-01-01 | 4.0", Rows("Sheet1", 3, 3)),
    ]
    for citation in found.citations:
        document = data.documents[citation.span.document]
        assert document.text[citation.span.start : citation.span.end] == citation.span.quote
        assert citation.query == found.query


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (
            "SELECT shop, sum(price_eur) AS t FROM sales GROUP BY shop ORDER BY t DESC LIMIT 1",
            {"sales": (1, 3)},
        ),
        ("SELECT shop, price_eur FROM sales ORDER BY price_eur LIMIT 1", {"sales": (1, 3)}),
        ("SELECT max(price_eur) FROM sales", {"sales": (1, 2, 3)}),
        ("SELECT count(*) FROM sales WHERE year(day) = 2023", {"sales": (1, 2)}),
        (
            "SELECT count(*) FROM sales s JOIN shops h ON s.shop = h.shop WHERE h.town = 'Bern'",
            {"sales": (2,), "shops": (2,)},
        ),
        (
            "SELECT count(*) FROM sales s JOIN shops USING (shop) WHERE town = 'Oslo'",
            {"sales": (1, 3), "shops": (1,)},
        ),
        ("SELECT count(*) FROM sales WHERE shop = 'Z'", {"sales": ()}),
        ("SELECT * FROM sales LIMIT 1", {"sales": (1, 2, 3)}),
        ("SELECT day, price_eur FROM sales WHERE price_eur > 2 ORDER BY day", {"sales": (2, 3)}),
        ("WITH a AS (SELECT * FROM sales) SELECT count(*) FROM a", {}),
        ("SELECT count(*) FROM sales WHERE shop IN (SELECT shop FROM shops)", {}),
        ("SELECT count(*) FROM sales UNION ALL SELECT count(*) FROM shops", {}),
        ("SELECT 1", {}),
    ],
)
def test_the_rows_that_went_in(query: str, rows: dict, data: DataEnvironment):
    assert {name: used.numbers for name, used in sql(data, query).rows.items()} == rows


def test_a_query_too_involved_to_trace_still_names_its_tables(data: DataEnvironment):
    found = sql(data, "SELECT count(*) FROM sales WHERE shop IN (SELECT shop FROM shops)")
    assert found.query.tables == {"sales": "d2", "shops": "d1"}
    assert [c.span.quote for c in found.citations] == ["shop | day | price (EUR)", "shop | town"]
    assert found.citations[1].place == Rows("shops", 1, 2)


def test_many_rows_are_cited_by_header_and_range():
    rows = tuple((i,) for i in range(200))
    text = "n\n" + "\n".join(str(i) for i in range(200))
    data = DataEnvironment(
        [Document("d", "t", text, "f/t.csv", "text/csv", "0", tables=(Table("t", ("n",), rows, 0),))]
    )
    found = data.figures("SELECT sum(n) FROM t WHERE n BETWEEN 20 AND 119")
    assert found.rows["t"].n == 100
    assert len(found.rows["t"].numbers) == 50
    assert [(c.span.quote, c.place) for c in found.citations] == [("n", Rows("t", 21, 120))]


def test_equal_names_of_tables_are_told_apart_and_found_again():
    one, two = documents()[0], documents()[0]
    import msgspec

    two = msgspec.structs.replace(two, id="d9", uri="g/shops.csv")
    data = DataEnvironment([two, one])
    assert list(data.tables) == ["shops", "shops_2"]
    found = data.figures("SELECT count(*) FROM shops_2")
    assert found.query.tables == {"shops_2": "d9"}
    assert recheck(found.query, [one, two]) == ""
    assert "not in the sources" in recheck(found.query, [one])


def test_a_result_that_no_longer_holds_is_told(data: DataEnvironment):
    import msgspec

    query = data.figures("SELECT count(*) FROM shops").query
    assert recheck(query, documents()) == ""
    forged = msgspec.structs.replace(query, result=((3,),))
    assert "report says [(3,)]" in recheck(forged, documents())
    hostile = msgspec.structs.replace(query, sql="COPY shops TO 'shops.csv'")
    assert "not allowed" in recheck(hostile, documents())


def test_without_tables_there_is_nothing_to_describe():
    assert DataEnvironment([]).reset().text == "There are no tables."


def test_rows_behind_a_strangers_query_are_not_searched_for_ever():
    rows = tuple((i,) for i in range(3000))
    text = "n\n" + "\n".join(str(i) for i in range(3000))
    document = Document("d", "t", text, "f/t.csv", "text/csv", "0", tables=(Table("t", ("n",), rows, 0),))
    data = DataEnvironment([document])
    found = data.step(Action("sql", {"query": "SELECT 1 FROM t a, t b, t c, t d LIMIT 1"})).data
    assert found.query.result == ((1,),)
    assert found.rows == {}
    assert [c.place for c in found.citations] == [Rows("t", 1, 3000)]
    data.close()
