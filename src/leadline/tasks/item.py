"""A task on disk: one JSON line with the question, the gold answers, and where the evidence stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from leadline import json_lines
from leadline.errors import SourceError
from leadline.evidence.model import Document, Span
from leadline.files import DISK
from leadline.tasks.graph import ConstraintGraph


class Item(msgspec.Struct, frozen=True):
    """`kind` names the maker, `graph` is the machine-readable question where there is one."""

    id: str
    kind: str
    question: str
    answers: tuple[str, ...]
    """Accepted answers; for answer_type "list" one string with "; " between the entities."""
    answer_type: str = "text"
    evidence: tuple[Span, ...] = ()
    graph: ConstraintGraph | None = None
    metadata: dict[str, Any] = {}


def write_items(path: Path, items: Iterable[Item]) -> int:
    """Write a task file; returns the number of items."""
    written = list(items)
    DISK.write(path, json_lines.lines(written))
    return len(written)


def read_items(path: Path) -> Iterator[Item]:
    """Items of a task file. UsageError when it is none; SourceError with file, line and field where it is damaged."""
    seen: set[str] = set()
    make = "Make one with `leadline tasks make`."
    for number, item in json_lines.read_named(path, Item, "a file of tasks", make):
        if item.id in seen:
            raise SourceError(f"{path}, line {number}: the id {item.id!r} occurs twice.")
        seen.add(item.id)
        yield item


def missing_evidence(item: Item, documents: dict[str, Document]) -> list[Span]:
    """Spans whose quote is not at its place in the documents."""
    return [
        span
        for span in item.evidence
        if span.document not in documents
        or documents[span.document].text[span.start : span.end] != span.quote
    ]
