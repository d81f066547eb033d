"""Wire formats of the search service, as pure functions of hits and documents.

DeepResearchGym (arXiv:2505.19253): `{"results": [base64 of a JSON document, ...]}` in rank order, without scores.
Search-R1: `{"result": [[{"document": {"contents"}, "score"}], ...]}`, one list per query;
BrowseComp-Plus asks the same route with one `query`: `{"result": [{"document": {"title", "text"}, "docid"}, ...]}`.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from leadline.errors import UsageError
from leadline.evidence.model import Document
from leadline.retrieval.base import Hits

MAX_K = 1000
MAX_QUERY = 20_000
"""Characters; longer queries are refused, not cut, since a cut changes the ranking."""


def encode_document(fields: dict[str, Any]) -> str:
    """Base64 of the UTF-8 JSON of a document (default separators).

    >>> encode_document({"text": "Body", "url": "https://x.org/a"})
    'eyJ0ZXh0IjogIkJvZHkiLCAidXJsIjogImh0dHBzOi8veC5vcmcvYSJ9'
    """
    return base64.b64encode(json.dumps(fields).encode()).decode()


def gym_document(document: Document, passage: str | None = None) -> dict[str, Any]:
    """Fields that clients of the public service read."""
    return {
        "text": passage if passage is not None else document.text,
        "url": document.uri,
        "id": document.id,
        "title": document.title,
        "date": document.date,
    }


def native_hits(hits: Hits, corpus: str) -> dict[str, Any]:
    """The native answer: all that is needed to get the ranking again. (Hits are written with their fields' names.)"""
    return {
        "query": hits.query,
        "hits": hits.hits,
        "corpus": corpus,
        "index": hits.index,
        "parameters": hits.parameters,
        "notes": list(hits.notes),
    }


def search_r1(rankings: list[list[tuple[Document, str, float]]], return_scores: bool) -> dict[str, Any]:
    """Contents are '"title"\\ntext', as its retrieval server sends them."""
    result = []
    for ranking in rankings:
        rows: list[dict[str, Any]] = []
        for document, text, score in ranking:
            row = {"document": {"id": document.id, "contents": f'"{document.title}"\n{text}'}}
            rows.append({**row, "score": score} if return_scores else row["document"])
        result.append(rows)
    return {"result": result}


def browsecomp_plus(ranking: list[tuple[Document, str, float]]) -> dict[str, Any]:
    """What BrowseComp-Plus (arXiv:2508.06600) makes of the same route: one query, one list."""
    rows = [{"document": {"title": d.title, "text": text}, "docid": d.id} for d, text, _ in ranking]
    return {"result": rows}


def read_query(value: Any) -> str:
    """A query that can be served, or UsageError."""
    if not isinstance(value, str):
        raise UsageError("'query' must be a string.")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise UsageError("'query' holds half a character (a lone surrogate), which is no text.")
    if len(value) > MAX_QUERY:
        raise UsageError(f"The query has {len(value):,} characters; the limit is {MAX_QUERY:,}.")
    return value


def read_k(value: Any, default: int = 10, name: str = "k") -> int:
    """k from a parameter: a whole number from 1 to MAX_K."""
    if value is None or value == "":
        return default
    try:
        k = int(value)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{name!r} must be a whole number, not {str(value)[:40]!r}.") from None
    if isinstance(value, bool | float) or not 1 <= k <= MAX_K:
        raise UsageError(f"{name!r} must be a whole number from 1 to {MAX_K}.")
    return k


def read_number(value: Any, name: str, default: float, low: float, high: float) -> float:
    """A finite number in [low, high], or UsageError."""
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise UsageError(f"{name!r} must be a number from {low:g} to {high:g}.")
    return float(value)
