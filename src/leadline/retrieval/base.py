"""One protocol for everything that ranks: `search(query, k, filter) -> Hits`.

Equal scores are ordered by id, so that a ranking is a function of query, index and parameters alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec


class Hit(msgspec.Struct, frozen=True, gc=False):
    """One result; rank starts at 1. start and end are code points in the document's text."""

    id: str
    score: float
    rank: int
    document: str = ""
    start: int = 0
    end: int = 0


class Hits(msgspec.Struct, frozen=True):
    """A ranking, and all that is needed to get it again."""

    query: str
    hits: tuple[Hit, ...]
    index: str
    parameters: dict[str, Any] = {}
    notes: tuple[str, ...] = ()
    """What a person should know: an unbalanced quote searched as words, recall of an approximate index."""

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(hit.id for hit in self.hits)


Filter = Mapping[str, Any]
"""Metadata field -> value or collection of accepted values; applied inside the search."""


class Retriever(Protocol):
    def search(self, query: str, k: int = 10, filter: Filter | None = None) -> Hits: ...

    def search_batch(
        self, queries: Sequence[str], k: int = 10, filter: Filter | None = None
    ) -> list[Hits]: ...
