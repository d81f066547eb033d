"""The search service in process (ASGI) and as a real server."""

import asyncio
import base64
import gc
import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from leadline.serve.guard import MAX_BODY
from leadline.serve.search_app import create_app, warm
from leadline.serve.wire import encode_document


def call(app, method, url, **options):
    async def go():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, url, **options)

    return asyncio.run(go())


def test_gym_format_is_base64_documents_in_rank_order(collection):
    app = create_app(collection)
    for path in ("/search", "/fineweb/search"):
        answer = call(app, "GET", path, params={"query": "velar valve", "k": 2})
        assert answer.status_code == 200
        documents = [json.loads(base64.b64decode(one)) for one in answer.json()["results"]]
        assert list(answer.json()) == ["results"]
        assert documents[0]["url"] == "docs/valves.txt"
        assert "Drouk Works" in documents[0]["text"]
        assert answer.headers["x-index-id"] == collection.index_id


def test_documents_are_encoded_as_in_the_specification():
    encoded = encode_document({"text": "Body", "url": "https://x.org/a"})
    assert encoded == "eyJ0ZXh0IjogIkJvZHkiLCAidXJsIjogImh0dHBzOi8veC5vcmcvYSJ9"


def test_native_answers_equal_the_library(collection):
    app = create_app(collection)
    body = {"query": "harbour lights", "k": 3, "retriever": "bm25", "k1": 1.2, "b": 0.75}
    answer = call(app, "POST", "/v1/search", json=body).json()
    hits = collection.search("harbour lights", 3, retriever="bm25", k1=1.2, b=0.75)
    assert [h["id"] for h in answer["hits"]] == list(hits.ids)
    assert [h["score"] for h in answer["hits"]] == [h.score for h in hits.hits]
    assert (answer["index"], answer["corpus"]) == (collection.index_id, collection.corpus_id)
    assert answer["parameters"]["k1"] == 1.2
    batch = call(app, "POST", "/v1/search/batch", json={"queries": ["harbour lights"], "k": 3}).json()
    assert (
        batch[0]["hits"]
        == call(app, "GET", "/v1/search", params={"query": "harbour lights", "k": 3}).json()["hits"]
    )


def test_filters_apply_inside_the_search(collection):
    app = create_app(collection)
    body = {"query": "the", "k": 3, "filter": {"uri": ["docs/lights.txt"]}}
    found = call(app, "POST", "/v1/search", json=body).json()["hits"]
    assert {collection.document(h["document"]).uri for h in found} <= {"docs/lights.txt"}


def test_search_r1_shape(collection):
    app = create_app(collection)
    body = {"queries": ["bread flour", "velar"], "topk": 1, "return_scores": True}
    result = call(app, "POST", "/retrieve", json=body).json()["result"]
    assert len(result) == 2
    assert result[0][0]["document"]["contents"].startswith('"')
    assert isinstance(result[0][0]["score"], float)


def test_browsecomp_plus_asks_retrieve_with_one_query(collection):
    answer = call(create_app(collection), "POST", "/retrieve", json={"query": "bread flour", "topk": 1})
    (row,) = answer.json()["result"]
    assert row["document"] == {"title": "bread", "text": "Bread needs flour, water, salt and time."}
    assert collection.document(row["docid"]).uri == "docs/bread.txt"
    assert json.loads(answer.headers["x-parameters"])["retriever"] == "hybrid"


def test_fetch_and_documents(collection):
    app = create_app(collection)
    assert "Bread" in call(app, "GET", "/fetch", params={"url": "docs/bread.txt"}).json()["text"]
    assert call(app, "GET", "/fetch", params={"url": "nowhere"}).status_code == 404
    identity = next(collection.documents()).id
    assert call(app, "GET", f"/v1/documents/{identity}").json()["id"] == identity
    assert call(app, "GET", "/v1/documents/dnothing").status_code == 404


def test_keys(collection):
    app = create_app(collection, api_key="s3cret")
    params = {"query": "bread"}
    assert call(app, "GET", "/search", params=params).status_code == 401
    assert call(app, "GET", "/search", params=params, headers={"x-api-key": "wrong"}).status_code == 401
    assert call(app, "GET", "/search", params=params, headers={"x-api-key": "s3cret"}).status_code == 200
    assert call(app, "GET", "/health").status_code == 200


def test_foreign_hosts_and_origins_are_refused(collection):
    app = create_app(collection)
    assert call(app, "GET", "/health", headers={"host": "evil.example"}).status_code == 421
    assert call(app, "GET", "/health", headers={"origin": "https://evil.example"}).status_code == 403
    assert call(app, "GET", "/health", headers={"origin": "http://localhost:3000"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "url", "options"),
    [
        ("GET", "/search", {}),
        ("GET", "/search", {"params": {"query": "x", "k": "0"}}),
        ("GET", "/search", {"params": {"query": "x", "k": "1000000000"}}),
        ("GET", "/search", {"params": {"query": "x", "k": "ten"}}),
        ("GET", "/search", {"params": {"query": "x" * 20_001}}),
        ("POST", "/v1/search", {"content": b"{broken"}),
        ("POST", "/v1/search", {"content": b"[1]"}),
        ("POST", "/v1/search", {"content": b"[" * 100_000}),
        ("POST", "/v1/search", {"json": {"query": 7}}),
        ("POST", "/v1/search", {"json": {"query": "x", "k": 1.5}}),
        ("POST", "/v1/search", {"json": {"query": "x", "k1": "big"}}),
        ("POST", "/v1/search", {"content": b'{"query": "x", "b": NaN}'}),
        ("POST", "/v1/search", {"json": {"query": "x", "retriever": "magic"}}),
        ("POST", "/v1/search", {"json": {"query": "x", "filter": [1]}}),
        ("POST", "/v1/search", {"json": {"query": "x", "filter": {"colour": "red"}, "retriever": "dense"}}),
        ("POST", "/v1/search", {"json": {"query": "x", "filter": {"uri": {"a": 1}}}}),
        ("POST", "/v1/search", {"json": {"query": "x", "kk": 3}}),
        ("POST", "/v1/search", {"json": {"query": "x", "retriever": ["bm25"]}}),
        ("POST", "/v1/search", {"content": b'{"query": "x", "k": 1e400}'}),
        ("POST", "/v1/search", {"content": b'{"query": "\\ud800"}'}),
        ("POST", "/v1/search", {"content": b"\xff{}"}),
        ("GET", "/v1/search", {"params": {"query": "x", "k1": "nan"}}),
        ("GET", "/v1/search", {"params": {"query": "x", "colour": "red"}}),
        ("GET", "/fetch", {}),
        ("POST", "/v1/shard/lists", {"json": {"queries": ["x"], "plan": ["magic", 1, 1, 1, 1]}}),
        ("POST", "/v1/shard/lists", {"json": {"queries": ["x"], "plan": ["bm25", 9, 1, 1, 1]}}),
        ("POST", "/v1/search/batch", {"json": {"queries": []}}),
        ("POST", "/v1/search/batch", {"json": {"queries": ["x"] * 257}}),
        ("POST", "/retrieve", {"json": {"queries": "x"}}),
        ("GET", "/nowhere", {}),
        ("DELETE", "/search", {}),
        ("POST", "/v1/search", {"content": b"x", "headers": {"content-length": str(MAX_BODY + 1)}}),
        ("POST", "/v1/search", {"content": b"x" * (MAX_BODY + 1)}),
    ],
)
def test_bad_requests_get_4xx_with_a_message(collection, method, url, options):
    answer = call(create_app(collection), method, url, **options)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]


def test_what_a_search_takes_may_stand_in_the_address(collection):
    app = create_app(collection)
    given = {"query": "bread", "k": "2", "retriever": "bm25", "k1": "1.2", "b": "0.75"}
    there = call(app, "GET", "/v1/search", params=given).json()
    assert there == call(app, "POST", "/v1/search", json={**given, "k": 2, "k1": 1.2, "b": 0.75}).json()
    assert there["parameters"] == {"retriever": "bm25", "k1": 1.2, "b": 0.75}


def test_what_is_loaded_at_the_start_is_not_searched_for_garbage(collection):
    """A server stopped for 70 ms every now and then, and refusals under overload came too late."""
    try:
        warm(collection)
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


def test_empty_query_is_served_with_a_note(collection):
    answer = call(create_app(collection), "GET", "/v1/search", params={"query": " "})
    assert answer.json()["notes"] == ["The query is empty."]


def test_more_requests_than_the_queue_holds_get_429(collection):
    app = create_app(collection, queue=2)

    async def many():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            calls = [client.get("/search", params={"query": "bread"}) for _ in range(12)]
            return await asyncio.gather(*calls)

    answers = asyncio.run(many())
    codes = [a.status_code for a in answers]
    assert set(codes) == {200, 429}
    assert all(a.headers["retry-after"] == "1" for a in answers if a.status_code == 429)
    assert call(app, "GET", "/search", params={"query": "bread"}).status_code == 200  # and recovers


def test_metrics_and_description(collection):
    app = create_app(collection)
    call(app, "GET", "/search", params={"query": "bread"})
    text = call(app, "GET", "/metrics").text
    assert 'leadline_requests_total{route="/search",status="200"} 1' in text
    assert "leadline_documents 3" in text
    description = call(app, "GET", "/openapi.json").json()
    assert description["openapi"].startswith("3.")
    for path in description["paths"]:
        assert path in call(app, "GET", "/docs").text or "{" in path


def start(*options):
    if "--shard" not in options:
        options = ("--collection", "c", *options)
    command = [sys.executable, "-m", "leadline", "serve", "--port", "0", "--json", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    url = json.loads(process.stdout.readline())["url"]
    for _ in range(200):
        try:
            httpx.get(f"{url}/health", timeout=5)
            return process, url
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the server did not come up")


def test_a_real_server_gives_the_same_bytes_after_a_restart_and_drains_on_sigterm(collection, tmp_path):
    bodies = []
    for _ in range(2):
        process, url = start("--log", str(tmp_path / "log"))
        answers = [
            httpx.get(f"{url}/search", params={"query": q, "k": 3}).content
            for q in ("bread", "velar", "navy")
        ]
        bodies.append(answers)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in (0, -signal.SIGTERM)
    assert bodies[0] == bodies[1]
    assert len(list((tmp_path / "log").glob("*.parquet"))) == 2  # logged requests survive SIGTERM


def test_a_server_over_a_server_gives_the_same_bytes(collection):
    below, url = start("--api-key", "k3y")
    above, front = start("--shard", url, "--shard-key", "k3y")
    for path in ("/search?query=velar&k=2", "/v1/search?query=harbour", "/fetch?url=docs/bread.txt"):
        direct = httpx.get(url + path, headers={"x-api-key": "k3y"})
        assert (direct.status_code, direct.content) == (200, httpx.get(front + path).content)
    below.send_signal(signal.SIGTERM)
    below.wait(10)
    gone = httpx.get(f"{front}/search?query=velar")
    assert (gone.status_code, "cannot be reached" in gone.json()["error"]) == (503, True)
    above.send_signal(signal.SIGTERM)
    above.wait(10)


def test_what_to_serve_must_be_named(cli):
    for options in ((), ("--collection", "c", "--shard", "http://localhost:1")):
        code, _, err = cli("serve", *options)
        assert (code, "--shard URL" in err) == (2, True)


def test_serving_beyond_loopback_needs_a_key(collection, cli):
    code, _, err = cli("serve", "--collection", "c", "--host", "0.0.0.0")
    assert code == 2
    assert "--api-key" in err


def test_unknown_collection(cli):
    assert cli("serve", "--collection", "nope")[0] == 2
