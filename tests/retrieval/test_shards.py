"""A collection in shards gives the answers of one collection, bit for bit: in this process and over HTTP."""

import asyncio
from dataclasses import dataclass

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import NotFound, StoreError, UsageError
from leadline.evidence.model import Document
from leadline.retrieval.beir import write_beir
from leadline.retrieval.collection import Collection
from leadline.retrieval.dense import ranked
from leadline.retrieval.lexical.whole import Whole
from leadline.retrieval.manifest import Settings
from leadline.retrieval.remote import RemoteShard
from leadline.retrieval.shards import LocalShard, ShardedCollection, merge
from leadline.serve.search_app import create_app

WORDS = ["harbour", "light", "buoy", "boats", "the", "lease", "signed", "1987", "navy", "storm"]
QUERIES = ["harbour lights", '"harbour light" boats', "+navy storm", "lease -boats", "buoy^3 navy", "the", "zebra",
           " ", 'title:boats "unbalanced', "1987"]  # fmt: skip


@dataclass
class InProcess(httpx.BaseTransport):
    """Sends requests to an ASGI application in this process; both sides write and read the bytes of HTTP bodies."""

    app: object
    answer: httpx.Response | None = None

    def handle_request(self, request):
        if self.answer is not None:
            return self.answer

        async def go():
            inner = httpx.Request(
                request.method, request.url, headers=request.headers, content=request.read()
            )
            response = await httpx.ASGITransport(app=self.app).handle_async_request(inner)
            return httpx.Response(
                response.status_code, headers=response.headers, content=await response.aread()
            )

        return asyncio.run(go())


def remote(collection, **options):
    key = options.pop("api_key", "")
    return RemoteShard(
        "http://localhost", api_key=key, transport=InProcess(create_app(collection, **options))
    )


def document(number, words):
    metadata = {"half": "first" if number % 2 else "second"}
    return Document(f"d{number:02d}", words[0], " ".join(words), "", "text/plain", "", metadata=metadata)


def made(name, documents, folder, **chosen):
    """A collection of these documents; the folder's name is the same for all, since it is part of their URIs."""
    write_beir(folder / name / "data", documents, {}, {})
    collection = Collection.open(name, create=True, settings=Settings(**chosen))
    collection.update([folder / name / "data"])
    return collection


TEXTS = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), min_size=1, max_size=14)


@settings(max_examples=6, deadline=None)
@given(
    texts=TEXTS,
    changed=TEXTS,
    owners=st.lists(st.integers(0, 2), min_size=14, max_size=14),
    k=st.integers(1, 20),
)
def test_sharded_search_equals_a_single_index(tmp_path_factory, texts, changed, owners, k):
    """Also after changes: a shard that was updated twice and the single index built afresh agree."""
    base = tmp_path_factory.mktemp("shards")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADLINE_HOME", str(base / "home"))
        documents = [document(n, words) for n, words in enumerate(texts)]
        for n, words in enumerate(changed[: len(texts) // 2]):
            documents[n] = document(n, words)
        whole = made("whole", documents, base)
        shards = []
        for number in range(3):
            before = [document(n, words) for n, words in enumerate(texts) if owners[n] == number]
            made(f"s{number}", before, base)
            mine = [one for n, one in enumerate(documents) if owners[n] == number]
            shards.append(made(f"s{number}", mine, base))
        for sharded in (
            ShardedCollection([LocalShard(shard) for shard in shards]),
            ShardedCollection([remote(shards[0]), LocalShard(shards[1]), remote(shards[2])]),
        ):
            assert (sharded.corpus_id, sharded.index_id) == (whole.corpus_id, whole.index_id)
            assert len(sharded) == len(whole)
            for retriever in ("bm25", "dense", "hybrid"):
                for filter in (None, {"half": "first"}, {"half": ["first", "second"]}):
                    wanted = whole.search_batch(QUERIES, k, filter, retriever, k1=1.2, b=0.75)
                    assert sharded.search_batch(QUERIES, k, filter, retriever, k1=1.2, b=0.75) == wanted


@pytest.fixture
def two(tmp_path, leadline_home):
    first = made("one", [document(n, ["harbour", "light", "navy"]) for n in range(3)], tmp_path)
    second = made("two", [document(n, ["storm", "buoy", "navy"]) for n in range(3, 6)], tmp_path)
    return first, second


def test_documents_passages_and_uris_are_found_in_whatever_shard_has_them(two):
    sharded = ShardedCollection([LocalShard(two[0]), remote(two[1])])
    for owner, id in ((two[0], "d01"), (two[1], "d04")):
        assert sharded.document(id) == owner.document(id)
        assert sharded.passage(f"{id}-1") == owner.passage(f"{id}-1")
        assert sharded.find_uri(owner.document(id).uri) == id
    for ask in (sharded.document, sharded.passage, sharded.find_uri):
        with pytest.raises(NotFound):
            ask("d99")


def test_a_field_that_one_shard_lacks_filters_and_an_unknown_one_is_named(two, tmp_path):
    extra = Document("e1", "navy", "navy notes", "", "text/plain", "", metadata={"colour": "red"})
    third = made("three", [extra], tmp_path)
    sharded = ShardedCollection([LocalShard(two[0]), remote(two[1]), remote(third)])
    assert sharded.search("navy", filter={"colour": "red"}).ids == ("e1-1",)
    with pytest.raises(NotFound, match="colour"):
        sharded.search("navy", filter={"color": "red"})


def test_a_served_sharded_collection_answers_like_a_collection(two, tmp_path):
    whole = made("whole", [*two[0].documents(), *two[1].documents()], tmp_path)
    sharded = ShardedCollection([remote(two[0]), remote(two[1])])
    for collection in (sharded, whole):
        transport = InProcess(create_app(collection))
        with httpx.Client(transport=transport, base_url="http://localhost") as client:
            answers = [
                client.get("/search", params={"query": "navy storm", "k": 4}).content,
                client.post("/v1/search", json={"query": "navy", "filter": {"half": "first"}}).content,
                client.get("/fetch", params={"url": whole.document("d02").uri}).content,
                client.get("/v1/documents/d05").content,
            ]
            assert client.get("/v1/shard").status_code == (404 if collection is sharded else 200)
        if collection is sharded:
            first = answers
    assert first == answers


def test_one_document_in_two_shards_is_refused(two):
    sharded = ShardedCollection([LocalShard(two[0]), LocalShard(two[0])])
    with pytest.raises(StoreError, match="in two shards"):
        sharded.search("harbour")


def test_shards_must_have_the_same_settings(two, tmp_path):
    other = made("other", [document(9, ["navy"])], tmp_path, embedder="none")
    with pytest.raises(UsageError, match="same settings"):
        ShardedCollection([LocalShard(two[0]), LocalShard(other)])
    with pytest.raises(UsageError, match="at least one"):
        ShardedCollection([])


def test_a_shard_out_of_reach_fails_the_search_by_name(two):
    with pytest.raises(StoreError, match=r"http://127\.0\.0\.1:9 cannot be reached"):
        RemoteShard("http://127.0.0.1:9").state()
    with pytest.raises(UsageError, match="no address"):
        RemoteShard("localhost:8000")
    locked = InProcess(create_app(two[0], api_key="secret"))
    with pytest.raises(UsageError, match="x-api-key"):
        RemoteShard("http://localhost", transport=locked).state()
    assert RemoteShard("http://localhost", api_key="secret", transport=locked).state().name == "one"
    for answer, match in ((httpx.Response(200, content=b"<html>"), "as a shard does"),
                          (httpx.Response(500, content=b"oops"), "answered 500: oops")):  # fmt: skip
        shard = RemoteShard("http://localhost", transport=InProcess(None, answer))
        with pytest.raises(StoreError, match=match):
            shard.state()


def test_a_busy_shard_is_asked_again():
    waits = httpx.Response(429, headers={"retry-after": "0"}, json={"error": "Too many requests at once."})
    with pytest.raises(StoreError, match="429"):
        RemoteShard("http://localhost", transport=InProcess(None, waits)).totals(["navy"])


def test_statistics_that_cannot_be_those_of_the_whole_are_refused(two):
    index = two[0].searcher.shard
    with pytest.raises(UsageError, match="Add up"):
        index.search_batch(["navy storm"], 3, None, whole=Whole(100, 1000, {"navi": 3}))
    with pytest.raises(UsageError, match="Add up"):
        index.search_batch(["navy"], 3, None, whole=Whole(1, 1000, {"navi": 3}))
    one = index.search_batch(["navy"], 3, None, whole=Whole(100, 300, {"navi": 3}))[0].hits
    other = index.search_batch(["navy"], 3, None, whole=Whole(100, 300, {"navi": 90}))[0].hits
    assert one[0].score > other[0].score  # each question is answered by its own numbers
    assert index.search_batch(["navy"], 3, None, whole=Whole(100, 300, {"navi": 3}))[0].hits == one


PLANS = [b'["bm25", 0, 0.9, 0.4, 10]', b'["bm25", 5, 0.9, 0.4, 100000]', b'["bm25", 5, -1, 0.4, 10], "whole": [9, 9]',
         b"[1]"]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"queries": 7}', *(b'{"queries": ["x"], "plan": %s}' % plan for plan in PLANS)],
)
def test_broken_questions_to_a_shard_get_400(two, body):
    transport = InProcess(create_app(two[0]))
    with httpx.Client(transport=transport, base_url="http://localhost") as client:
        answer = client.post("/v1/shard/lists", content=body)
        assert answer.status_code == 400
        assert answer.json()["error"]


RANKINGS = st.lists(
    st.lists(st.tuples(st.integers(0, 99), st.sampled_from([0.0, 1.0, 1.5, 2.0])), max_size=8),
    min_size=1,
    max_size=4,
)


@given(shards=RANKINGS, k=st.integers(1, 12))
def test_the_top_k_of_the_union_is_the_merge_of_the_top_k_of_each(shards, k):
    """Ties by id, as the merged list has them: cutting each shard's list at k loses nothing."""
    lists = [
        ranked({f"s{n}-{id:02d}": score for id, score in pairs}.items(), 100)
        for n, pairs in enumerate(shards)
    ]
    union = ranked([(hit.id, hit.score) for hits in lists for hit in hits], k)
    assert merge([hits[:k] for hits in lists], k) == union
