"""Documents as they go into a segment: cut into passages, and encoded if the collection has an embedder.

Both depend on the document and the settings alone, so it does not matter which process does them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from leadline.evidence.model import Document, Passage
from leadline.models.embed import embedder
from leadline.retrieval.manifest import Settings
from leadline.retrieval.passages import contexts, cut
from leadline.retrieval.readings import Progress
from leadline.retrieval.store import Entry

if TYPE_CHECKING:
    from leadline.sources.read import Reading

WithEntries = Iterator[tuple["Reading", list[Entry]]]
"""Readings, each with its documents as entries."""


class Workers(Protocol):
    """Who reads and prepares an update in parallel: cluster.RayWorkers."""

    def readings(
        self, paths: Sequence[Path], known: Mapping[str, str], settings: Settings, progress: Progress | None
    ) -> WithEntries: ...


def with_entries(readings: Iterable[Reading], settings: Settings) -> WithEntries:
    """The documents of each reading cut, but not encoded yet: that is quicker for many at once."""
    for reading in readings:
        yield reading, [cut_up(document, settings) for document in reading.documents]


def cut_up(document: Document, settings: Settings) -> Entry:
    """The document and its passages, without vectors."""
    whole = [Passage(f"{document.id}-1", document.id, 0, len(document.text), document.text)]
    passages = whole if settings.unit == "document" else cut(document, settings.cap)
    return Entry(document, passages, np.zeros((0, 0), np.float32))


def encoded(entries: Sequence[Entry], settings: Settings) -> list[Entry]:
    """The entries with vectors; those that have them already stay as they are."""
    bare = [entry for entry in entries if len(entry.vectors) != len(entry.passages)]
    if settings.embedder == "none" or not bare:
        return list(entries)
    texts = [text for entry in bare for text in indexed_texts(entry.document, entry.passages)]
    vectors = embedder(settings.embedder).encode(texts)
    at = np.cumsum([0, *(len(entry.passages) for entry in bare)])
    filled = iter(
        [entry._replace(vectors=vectors[a:b]) for entry, (a, b) in zip(bare, pairwise(at), strict=True)]
    )
    return [next(filled) if len(entry.vectors) != len(entry.passages) else entry for entry in entries]


def indexed_texts(document: Document, passages: Sequence[Passage]) -> list[str]:
    """What is indexed for each passage: its context (title, headings, table header), then its text."""
    return [
        f"{context}\n{passage.text}" if context else passage.text
        for context, passage in zip(contexts(document, passages), passages, strict=True)
    ]
