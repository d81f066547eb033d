"""The OpenAPI description of the service (written by hand: the routes stay as fast as Starlette) and its page."""

from __future__ import annotations

from html import escape
from typing import Any

from leadline import __version__

_HITS = {
    "type": "object",
    "properties": {
        "query": {"type": "string"},
        "hits": {"type": "array", "items": {"type": "object"}},
        "corpus": {"type": "string"},
        "index": {"type": "string"},
        "parameters": {"type": "object"},
        "notes": {"type": "array", "items": {"type": "string"}},
    },
}
_SEARCH_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["query"],
    "properties": {
        "query": {"type": "string", "maxLength": 20000},
        "k": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10},
        "retriever": {"type": "string", "enum": ["hybrid", "bm25", "dense"]},
        "k1": {"type": "number", "minimum": 0, "maximum": 100},
        "b": {"type": "number", "minimum": 0, "maximum": 1},
        "filter": {"type": "object"},
    },
}


def _operation(
    summary: str, schema: dict[str, Any], *, body: dict[str, Any] | None = None, parameters: Any = ()
) -> Any:
    problem = {"description": "What is wrong, in the field 'error'."}
    operation: dict[str, Any] = {
        "summary": summary,
        "parameters": list(parameters),
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": schema}}},
            **dict.fromkeys(("400", "401", "404", "408", "413", "429", "503"), problem),
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _query(name: str, kind: str, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": {"type": kind}}


def description() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    gym = {"type": "object", "properties": {"results": {"type": "array", "items": {"type": "string"}}}}
    ask = (_query("query", "string", True), _query("k", "integer"))
    named = (*ask, _query("retriever", "string"), _query("k1", "number"), _query("b", "number"))
    several = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 256}
    rest = {name: schema for name, schema in _SEARCH_BODY["properties"].items() if name != "query"}
    batch = {"type": "object", "required": ["queries"], "properties": {"queries": several, **rest}}
    r1 = {"queries": several, "topk": {"type": "integer", "default": 3}, "return_scores": {"type": "boolean"}}
    retrieve = {"type": "object", "required": ["queries"], "properties": r1}
    where = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Leadline search", "version": __version__, "license": {"name": "Apache-2.0"}},
        "paths": {
            "/search": {"get": _operation("DeepResearchGym: base64 documents in rank order", gym, parameters=ask)},
            "/fineweb/search": {"get": _operation("Alias of /search", gym, parameters=ask)},
            "/fetch": {"get": _operation("A document by its URL", {"type": "object"},
                                         parameters=(_query("url", "string", True),))},
            "/retrieve": {"post": _operation("Search-R1: several queries at once", {"type": "object"}, body=retrieve)},
            "/v1/search": {
                "get": _operation("Ranked passages with scores", _HITS, parameters=named),
                "post": _operation("Ranked passages with scores, all parameters", _HITS, body=_SEARCH_BODY),
            },
            "/v1/search/batch": {"post": _operation("Several queries at once", {"type": "array"}, body=batch)},
            "/v1/documents/{id}": {"get": _operation("A document", {"type": "object"}, parameters=(where,))},
            "/health": {"get": _operation("Is it alive, and which corpus and index", {"type": "object"})},
        },
    }  # fmt: skip


def page() -> str:
    """A plain page of the routes: no script, nothing from outside."""
    rows = []
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            named = ", ".join(p["name"] for p in operation["parameters"])
            body = operation.get("requestBody")
            given = named or (
                ", ".join(body["content"]["application/json"]["schema"]["properties"]) if body else ""
            )
            rows.append(f"<tr><td><code>{method.upper()} {escape(path)}</code><td>{escape(operation['summary'])}"
                        f"<td>{escape(given)}")  # fmt: skip
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Leadline search API</title>"
        "<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}"
        "td,th{text-align:left;padding:.3rem .8rem .3rem 0;vertical-align:top}</style>"
        "<h1>Leadline search API</h1><p>Machine-readable: <a href=/openapi.json>openapi.json</a></p>"
        f"<table><tr><th>Route<th>What it does<th>Parameters{''.join(rows)}</table>"
    )
