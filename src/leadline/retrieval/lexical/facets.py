"""Metadata as searchable facets: one key per (field, value), with the documents that have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import numpy as np

from leadline.errors import UsageError
from leadline.retrieval.lexical.postings import text_table
from leadline.retrieval.lexical.segment import Array


def field_prefix(field: str) -> bytes:
    return field.encode() + b"\0"


def facet_key(field: str, value: Any) -> bytes:
    """1 and 1.0 are the same value; True, "1" and 1 are not."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, float) and value != value:
        raise UsageError(f"Metadata field {field!r} is NaN.", remedy="Leave it out.")
    if not (value is None or isinstance(value, (str, int, float, bool))) or "\0" in field:
        raise UsageError(f"Metadata field {field!r}: {value!r} is not a text, number, truth value or None.")
    return field_prefix(field) + msgspec.json.encode(value)


def facet_keys(metadata: Mapping[str, Any] | None) -> tuple[bytes, ...]:
    """The facets of a document. A list or tuple gives one for each element."""
    keys: list[bytes] = []
    for field, value in (metadata or {}).items():
        values = value if isinstance(value, (list, tuple, set, frozenset)) else (value,)
        keys.extend(facet_key(field, v) for v in values)
    return tuple(sorted(set(keys)))


def facet_arrays(documents: Iterable[tuple[bytes, ...]]) -> dict[str, Array]:
    """The arrays of a segment whose documents have these facets."""
    found: dict[bytes, list[int]] = {}
    for doc, keys in enumerate(documents):
        for key in keys:
            found.setdefault(key, []).append(doc)
    return facet_table([(key, np.array(found[key], np.uint32)) for key in sorted(found)])


def facet_table(facets: list[tuple[bytes, Array]]) -> dict[str, Array]:
    table, at = text_table([key for key, _ in facets])
    post = np.zeros(len(facets) + 1, np.int64)
    np.cumsum([len(docs) for _, docs in facets], out=post[1:])
    docs = np.concatenate([docs for _, docs in facets]) if facets else np.empty(0, np.uint32)
    return {"facets": table, "facet_at": at, "facet_post": post, "facet_docs": docs.astype(np.uint32)}
