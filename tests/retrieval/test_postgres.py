"""Search in PostgreSQL, on a server that the tests start; left out where its programs are not installed."""

import psycopg
import pytest
from benchmarks import postgres

from leadline.errors import NotFound, StoreError, UsageError
from leadline.evidence.model import Passage
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.postgres import Layout, PostgresIndex, write_passages
from worlds import small_collection

pytestmark = pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL's programs are not installed")
LAYOUT = Layout("public.passages")


@pytest.fixture(scope="module")
def world():
    return small_collection(40, seed=3)


@pytest.fixture(scope="module")
def url(world):
    rows = [
        (
            Passage(f"{d.id}-1", d.id, 0, len(d.text), d.text),
            {"parity": "even" if n % 2 == 0 else "odd", "n": str(n)},
        )
        for n, d in enumerate(world[0])
    ]
    with postgres.server() as url:
        assert write_passages(url, LAYOUT, rows) == 40
        assert write_passages(url, Layout("plain"), rows, language="simple") == 40
        yield url


@pytest.fixture
def index(url):
    index = PostgresIndex(url, LAYOUT)
    yield index
    index.close()


def test_questions_find_their_passages_with_places(index, world):
    documents, queries, qrels = world
    texts = {document.id: document.text for document in documents}
    found = 0
    for query, hits in zip(queries, index.search_batch(list(queries.values()), 5), strict=True):
        assert [hit.rank for hit in hits.hits] == list(range(1, len(hits.hits) + 1))
        assert list(hits.hits) == sorted(hits.hits, key=lambda hit: (-hit.score, hit.id))
        assert all(texts[hit.document][hit.start : hit.end] == index.text(hit.id) for hit in hits.hits)
        found += bool({hit.document for hit in hits.hits} & qrels[query].keys())
    assert found >= 15  # of 20


def test_it_matches_what_our_own_index_matches(url, world, tmp_path):
    ours = LexicalIndex.create(tmp_path, analyzer="words")
    with ours.writer() as writer:
        for document in world[0]:
            writer.add(f"{document.id}-1", document.text)
    theirs = PostgresIndex(url, Layout("plain"), language="simple")
    for query in ("bergen lighthouse", "museum", "zanzibar"):
        assert set(theirs.search(query, 40).ids) == set(ours.search(query, 40).ids)
    theirs.close()


def test_filters_apply_inside_the_search(index):
    everything = index.search("built harbour market", 40)
    some = index.search("built harbour market", 3, {"parity": "odd", "n": [str(n) for n in range(20)]})
    wanted = [hit.id for hit in everything.hits if int(hit.id[1:3]) % 2 and int(hit.id[1:3]) < 20][:3]
    assert list(some.ids) == wanted
    assert index.search("harbour", filter={"no such": "x"}).hits == ()


def test_all_words_and_web_syntax_when_asked_for(url, world):
    index = PostgresIndex(url, LAYOUT, match="all")
    either, both = index.search("harbour OR museum", 40), index.search("harbour museum", 40)
    assert set(both.ids) < set(either.ids)
    without = index.search("harbour -museum", 40)
    assert without.ids
    assert not set(without.ids) & set(both.ids)
    pair = " ".join(world[0][0].text.split(" prefer ")[1].rstrip(".").split()[:2])
    quoted = index.search(f'"{pair}"', 40).ids
    assert "d00-1" in quoted
    assert all(pair in index.text(id) for id in quoted)
    index.close()


@pytest.mark.parametrize(
    "query", ["'; DROP TABLE passages; --", "a & | ! (", "\0harbour", "x" * 100_000, ":*", "the"]
)
def test_no_query_breaks_the_statement(index, query):
    assert index.search(query, 5).query == query
    assert index.search("harbour", 40).hits  # the table is still there


def test_a_search_can_write_nothing(index):
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        index._session.execute("DELETE FROM passages")


def test_mistakes_are_named(index, url):
    assert index.search(" ").notes == ("The query is empty.",)
    with pytest.raises(UsageError, match="at least 1"):
        index.search("x", 0)
    with pytest.raises(NotFound, match="d99"):
        index.text("d99")
    with pytest.raises(StoreError, match="already exists"):
        write_passages(url, LAYOUT, [])
    with pytest.raises(StoreError, match="does not exist"):
        PostgresIndex(url, Layout("nowhere")).search("x")
    with pytest.raises(StoreError, match="klingon"):
        PostgresIndex(url, LAYOUT, language="klingon")
    with pytest.raises(StoreError, match="does not answer"):
        PostgresIndex("postgresql://127.0.0.1:1/none?connect_timeout=1", LAYOUT)
    with pytest.raises(StoreError, match="took too long"):
        PostgresIndex(url, Layout("plain", vector=""), timeout_s=0.001).search("harbour " * 5000)
