"""What a client asks for: the body or the parameters of a request as values within limits, or UsageError."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from leadline.errors import NotFound, UsageError
from leadline.serve import wire

MAX_QUERIES = 256
"""Of one request."""
PARAMETERS = ("k", "retriever", "k1", "b", "filter")
"""Of a native search, beside the query."""


async def read_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object (UsageError also for nesting that no honest client sends)."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise UsageError("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise UsageError("The body must be a JSON object.")
    return body


def read_address(request: Request) -> dict[str, Any]:
    """The parameters in the address, k1 and b as numbers where they are some."""
    given: dict[str, Any] = dict(request.query_params)
    for name in ("k1", "b"):
        try:
            given[name] = float(given[name])
        except (KeyError, ValueError):
            continue  # not there, or refused by read_options
    return given


def read_search(given: Mapping[str, Any]) -> tuple[str, int, dict[str, Any]]:
    """query, k and options of a native search. A misspelt parameter is named, not ignored."""
    _known(given, ("query", *PARAMETERS))
    return wire.read_query(given.get("query")), wire.read_k(given.get("k")), read_options(given)


def read_batch(given: Mapping[str, Any]) -> tuple[list[str], int, dict[str, Any]]:
    """The same for several queries at once."""
    _known(given, ("queries", *PARAMETERS))
    return read_queries(given), wire.read_k(given.get("k")), read_options(given)


def _known(given: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in given:
        if name not in names:
            raise NotFound("parameter", name[:100], names)


def read_queries(given: Mapping[str, Any]) -> list[str]:
    queries = given.get("queries")
    if not isinstance(queries, list) or not 1 <= len(queries) <= MAX_QUERIES:
        raise UsageError(f"'queries' must be a list of 1 to {MAX_QUERIES} strings.")
    return [wire.read_query(query) for query in queries]


def read_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """retriever, k1, b and filter, those that are given."""
    options: dict[str, Any] = {}
    if given.get("retriever") is not None:
        if not isinstance(given["retriever"], str):
            raise UsageError("'retriever' must be a string.")
        options["retriever"] = given["retriever"][:100]
    for name, highest in (("k1", 100), ("b", 1)):
        if given.get(name) is not None:
            options[name] = wire.read_number(given[name], name, 0, 0, highest)
    chosen = given.get("filter")
    if chosen is not None:
        if not isinstance(chosen, dict):
            raise UsageError("'filter' must be an object of field and value or values.")
        options["filter"] = chosen
    return options
