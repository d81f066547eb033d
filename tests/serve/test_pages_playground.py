"""The playground: rankings side by side as the library gives them, scores explained, nDCG of judged queries."""

import re

import pytest
from pages_client import Browser

from leadline.evidence.model import Document
from leadline.retrieval.beir import write_beir
from leadline.retrieval.collection import Collection
from leadline.serve.pages.judged import ndcg
from leadline.serve.pages.rankers import RANKERS, Asked, shares


@pytest.fixture
def browser(collection):
    return Browser()


def test_search_shows_three_rankings_as_the_library_gives_them(browser, collection):
    page = browser.get(
        "/search", params={"query": "harbour valve", "collection": "c", "k1": "1.2", "b": "0.75"}
    ).text
    columns = page.split('class="column"')[1:]
    assert len(columns) == 3
    for column, retriever in zip(columns, ("bm25", "dense", "hybrid"), strict=True):
        hits = collection.search("harbour valve", retriever=retriever, k1=1.2, b=0.75).hits
        assert [f"{h.score:.4f}" for h in hits] == re.findall(r"score (-?[\d.]+)", column)
        assert re.search(r"\d passages? in \d+\.\d ms", column)
    assert "<mark>Harbour</mark>" in page
    assert "k1 1.2, b 0.75" in page


@pytest.mark.parametrize(
    "parameters", [{"k1": "-1"}, {"b": "2"}, {"k1": "nan"}, {"b": "x"}, {"query": "x" * 20_001}]
)
def test_search_with_impossible_parameters(browser, parameters):
    assert browser.get("/search", params={"query": "bread", **parameters}).status_code == 400


def test_every_ranker_can_stand_beside_the_others(browser):
    page = browser.get("/search", params={"query": "velar valve of Drouk Works", "with": list(RANKERS)}).text
    columns = page.split('class="column"')[1:]
    assert len(columns) == len(RANKERS)
    assert all('class="bad"' not in column for column in columns)
    assert "rerank cosine-" in columns[list(RANKERS).index("rerank")]
    assert browser.get("/search", params={"query": "bread", "with": "<b>"}).text.count("&lt;b&gt;") >= 1


def test_the_words_add_up_to_the_score(collection):
    hits = collection.search("the harbour lights, harbour", retriever="bm25").hits
    explained = shares(collection, Asked("the harbour lights, harbour", 0.9, 0.4, ()), hits)
    (best,) = [hit for hit in hits if "harbour" in explained[hit.id] and "lights" in explained[hit.id]]
    parts = [float(x) for x in re.findall(r"[\d.]+", explained[best.id])]
    assert sum(parts) == pytest.approx(best.score, abs=0.02)  # two decimals each
    alone = collection.search("lights", retriever="bm25").hits[0]
    assert f"lights {alone.score:.2f}" in explained[best.id]


def test_ndcg_by_hand():
    # grades 2 and 1: ideal 2/1 + 1/log2(3) = 2.6309; found at ranks 2 and 3: 1/log2(3) + 2/2 = 1.6309
    assert ndcg(["x", "a", "b"], {"a": 1, "b": 2}) == pytest.approx(1.6309 / 2.6309, abs=1e-4)
    assert ndcg(["a"], {"a": 0}) == 0.0


def test_a_judged_query_shows_its_ndcg_and_what_is_relevant(leadline_home, tmp_path):
    documents = [
        Document(f"d{n}", "", text, f"u{n}", "text/plain", "")
        for n, text in enumerate(("Bread needs flour.", "Salt is white.", "Flour and water."))
    ]
    write_beir(tmp_path / "judged", documents, {"q1": "flour of bread"}, {"q1": {"d2": 1}})
    Collection.open("judged", create=True).update([tmp_path / "judged"])
    page = Browser().get("/search", params={"collection": "judged", "query": "flour of bread"}).text
    assert '<option value="flour of bread">' in page
    assert page.count("nDCG@10 0.631") >= 2  # the relevant one is second
    assert ">relevant, 1<" in page
    other = Browser().get("/search", params={"collection": "judged", "query": "salt"}).text
    assert "nDCG@10" not in other
