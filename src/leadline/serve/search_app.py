"""The frozen search service: one collection, byte-identical rankings, three wire formats.

Nothing here ranks: answers are the library's. The collection is opened once and shows one committed state for as
long as the server lives.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from threading import Thread
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from leadline.errors import LeadlineError, NotFound, StoreError, UsageError
from leadline.evidence.model import Document
from leadline.retrieval import compiled
from leadline.retrieval.base import Hits
from leadline.retrieval.collection import Collection
from leadline.retrieval.shards import ShardedCollection
from leadline.serve import asked, openapi, wire
from leadline.serve.batches import Batches
from leadline.serve.guard import App, Guard
from leadline.serve.meters import Meters
from leadline.serve.request_log import RequestLog
from leadline.serve.shard_routes import shard_routes

LOOPBACK = ("127.0.0.1", "localhost", "::1")
Served = Collection | ShardedCollection
WORTH_COMPILING = 5_000
"""Passages from which on the compiled kernels are loaded, which takes two seconds of a processor."""


class SearchService:
    """The routes and what they share."""

    def __init__(self, collection: Served, log: RequestLog | None, retriever: str) -> None:
        self.collection, self.log, self.retriever = collection, log, retriever
        self.batches, self.started = Batches(collection.search_batch), time.time()

    def routes(self) -> list[Route]:
        return [
            Route("/search", self.gym_search),
            Route("/fineweb/search", self.gym_search),
            Route("/fetch", self.fetch),
            Route("/retrieve", self.retrieve, methods=["POST"]),
            Route("/v1/search", self.native_search, methods=["GET", "POST"]),
            Route("/v1/search/batch", self.native_batch, methods=["POST"]),
            Route("/v1/documents/{id:path}", self.document),
            Route("/health", self.health),
        ]

    # ---- searching ----------------------------------------------------------------------------------

    async def _ranked(self, request: Request, query: str, k: int, options: dict[str, Any]) -> Hits:
        started = time.perf_counter()
        hits = await self.batches.ask(query, k, {"retriever": self.retriever, **options})
        if self.log is not None:
            shown = " ".join(self.collection.passage(hit.id).text for hit in hits.hits)
            client = request.headers.get("x-api-key") or (request.client.host if request.client else "")
            self.log.add(
                client=client + request.headers.get("x-client-id", ""), endpoint=request.url.path, query=query, k=k,
                seconds=time.perf_counter() - started, doc_ids=[hit.document for hit in hits.hits], evidence=shown,
            )  # fmt: skip
        return hits

    def _shown(self, hits: Hits) -> list[tuple[Document, str, float]]:
        c = self.collection
        return [(c.document(hit.document), c.passage(hit.id).text, hit.score) for hit in hits.hits]

    async def gym_search(self, request: Request) -> Response:
        query = wire.read_query(request.query_params.get("query"))
        hits = await self._ranked(request, query, wire.read_k(request.query_params.get("k")), {})
        results = [wire.encode_document(wire.gym_document(d, text)) for d, text, _ in self._shown(hits)]
        return self._json({"results": results}, hits)

    async def native_search(self, request: Request) -> Response:
        given = await asked.read_json(request) if request.method == "POST" else asked.read_address(request)
        query, k, options = asked.read_search(given)
        hits = await self._ranked(request, query, k, options)
        return self._json(wire.native_hits(hits, self.collection.corpus_id), hits)

    async def native_batch(self, request: Request) -> Response:
        queries, k, options = asked.read_batch(await asked.read_json(request))
        answers = await asyncio.gather(*(self._ranked(request, query, k, options) for query in queries))
        return self._json([wire.native_hits(hits, self.collection.corpus_id) for hits in answers])

    async def retrieve(self, request: Request) -> Response:
        body = await asked.read_json(request)
        k, alone = wire.read_k(body.get("topk"), 3, "topk"), "queries" not in body and "query" in body
        queries = [wire.read_query(body["query"])] if alone else asked.read_queries(body)
        answers = await asyncio.gather(*(self._ranked(request, query, k, {}) for query in queries))
        rankings = [self._shown(hits) for hits in answers]
        if alone:
            return self._json(wire.browsecomp_plus(rankings[0]), answers[0])
        return self._json(wire.search_r1(rankings, bool(body.get("return_scores", False))), answers[0])

    # ---- documents and state ------------------------------------------------------------------------

    async def fetch(self, request: Request) -> Response:
        url = request.query_params.get("url")
        if not url:
            raise UsageError("'url' must be given.")
        found = await run_in_threadpool(self.collection.find_uri, url)
        return self._json(wire.gym_document(await run_in_threadpool(self.collection.document, found)))

    async def document(self, request: Request) -> Response:
        document = await run_in_threadpool(self.collection.document, request.path_params["id"])
        return self._json(
            {**wire.gym_document(document), "media_type": document.media_type, "sha256": document.sha256}
        )

    async def health(self, request: Request) -> Response:
        c = self.collection
        return self._json({"status": "ok", "collection": c.name, "documents": len(c), "corpus": c.corpus_id,
                           "index": c.index_id, "seconds": round(time.time() - self.started)})  # fmt: skip

    def _json(self, value: Any, hits: Hits | None = None) -> Response:
        """Corpus and index ids travel in headers too, where the wire format has no room for them."""
        headers = {"x-corpus-id": self.collection.corpus_id, "x-index-id": self.collection.index_id}
        if hits is not None:
            headers["x-parameters"] = msgspec.json.encode(hits.parameters, order="sorted").decode()
        return Response(msgspec.json.encode(value), headers=headers, media_type="application/json")


def create_app(
    collection: Served,
    *,
    api_key: str | None = None,
    hosts: tuple[str, ...] = LOOPBACK,
    queue: int = 32,
    log: RequestLog | None = None,
    retriever: str = "hybrid",
) -> App:
    """The service as an ASGI application, guarded. Without `api_key` it must only listen on loopback."""
    service, meters = SearchService(collection, log, retriever), Meters()

    async def metrics(request: Request) -> Response:
        return PlainTextResponse(meters.text({"documents": len(collection), "busy": guarded.busy}))

    async def describe(request: Request) -> Response:
        return JSONResponse(openapi.description())

    async def docs(request: Request) -> Response:
        return HTMLResponse(openapi.page())

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        Thread(target=warm, args=(collection,), daemon=True).start()  # a daemon: leaving does not wait for it
        writing = asyncio.create_task(log.keep_writing()) if log is not None else None
        yield
        if log is not None and writing is not None:
            writing.cancel()
            log.tried()

    routes = [
        *service.routes(),
        *(shard_routes(collection) if isinstance(collection, Collection) else ()),
        Route("/metrics", metrics),
        Route("/openapi.json", describe),
        Route("/docs", docs),
        Route("/", docs),  # whoever opens the printed address in a browser
    ]
    inner = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={LeadlineError: problem, HTTPException: unserved, Exception: bug},
    )
    guarded = Guard(inner, hosts=hosts, api_key=api_key, queue=queue, meters=meters)
    return guarded


def warm(collection: Served) -> None:
    """Load what later searches need, beside the first requests; the rankings are the same before and after.

    What is loaded by then stays for as long as the server lives. Python's garbage collector is told so: looking
    through it again and again stopped every answer for 70 ms at 20,000 documents.
    """
    if collection.manifest.n_passages >= WORTH_COMPILING:
        compiled.prepare()
    with suppress(LeadlineError):
        collection.search("warm", 1)
    gc.collect()
    gc.freeze()


async def problem(request: Request, error: Exception) -> Response:
    missing = isinstance(error, NotFound) and error.kind.startswith(("document", "passage"))
    status = 503 if isinstance(error, StoreError) else 404 if missing else 400
    return JSONResponse({"error": str(error)}, status_code=status)


async def unserved(request: Request, error: Exception) -> Response:
    """A path or a method that there is not."""
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": f"{error.detail}: see /docs."}, error.status_code, error.headers)


async def bug(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "This request could not be served; the server goes on."}, status_code=500)
