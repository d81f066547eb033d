"""What `leadline serve` answers to a coordinator (retrieval/remote.py): statistics, lists of candidates, documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadline.errors import NotFound, UsageError
from leadline.retrieval.collection import Collection
from leadline.retrieval.remote import ListsQuestion, TotalsQuestion
from leadline.retrieval.searcher import RETRIEVERS
from leadline.retrieval.shards import LocalShard
from leadline.serve import asked, wire

T = TypeVar("T")


def shard_routes(collection: Collection) -> list[Route]:
    """Routes under /v1/shard over one collection."""
    shard = LocalShard(collection)

    async def totals(request: Request) -> Response:
        question = await _read(request, TotalsQuestion)
        return await _answer(shard.totals, question.queries)

    async def lists(request: Request) -> Response:
        question = await _read(request, ListsQuestion)
        plan = question.plan
        if not 1 <= plan.k <= plan.pool <= wire.MAX_K:
            raise UsageError(f"The plan needs 1 <= k <= pool <= {wire.MAX_K}.")
        if plan.retriever not in RETRIEVERS:
            raise NotFound("retriever", plan.retriever[:100], RETRIEVERS)
        return await _answer(shard.lists, question.queries, plan, question.filter, question.whole)

    return [
        Route("/v1/shard", _plain(lambda request: shard.state())),
        Route("/v1/shard/totals", totals, methods=["POST"]),
        Route("/v1/shard/lists", lists, methods=["POST"]),
        Route(
            "/v1/shard/documents/{id:path}", _plain(lambda request: shard.document(request.path_params["id"]))
        ),
        Route(
            "/v1/shard/passages/{id:path}", _plain(lambda request: shard.passage(request.path_params["id"]))
        ),
        Route("/v1/shard/uri", _plain(lambda request: shard.find_uri(request.query_params.get("uri", "")))),
    ]


def _plain(answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
    async def route(request: Request) -> Response:
        return await _answer(answer, request)

    return route


async def _answer(function: Callable[..., Any], *arguments: Any) -> Response:
    found = await run_in_threadpool(function, *arguments)
    return Response(msgspec.json.encode(found), media_type="application/json")


async def _read(request: Request, kind: type[T]) -> T:
    """The body as that question, its queries within the limits of the other routes; else UsageError."""
    try:
        question = msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise UsageError(f"The body is not a question to a shard: {error}") from None
    queries: list[str] = question.queries  # type: ignore[attr-defined]
    if len(queries) > asked.MAX_QUERIES:
        raise UsageError(f"At most {asked.MAX_QUERIES} queries at once.")
    for query in queries:
        wire.read_query(query)
    return question
