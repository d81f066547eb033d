"""A benchmark as data: how to load it, a twin of it that runs anywhere, how to score it, its official output.

One file in protocols/ is one benchmark; its `PROTOCOL` (or `PROTOCOLS`) is all that the command line needs. The twin
is made from a seeded world, so that the whole protocol runs here end to end although most official data may not be
redistributed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from leadline.errors import CheckFailed, SourceError, UsageError
from leadline.evidence.model import Document
from leadline.models.judge import Judge


class Case(msgspec.Struct, frozen=True):
    """One task. `gold` is for the scorer only: agents are given `Prompt`, which does not carry it."""

    id: str
    prompt: str
    gold: dict[str, Any] = {}
    metadata: dict[str, Any] = {}


class Prompt(msgspec.Struct, frozen=True):
    """What an agent sees of a case."""

    id: str
    prompt: str


class Answer(msgspec.Struct, frozen=True):
    """What an agent gives back. `error` names a crash: the case is scored as failed and the rest goes on."""

    text: str = ""
    citations: tuple[str, ...] = ()
    """Ids of cited documents."""
    retrieved: tuple[str, ...] = ()
    confidence: float | None = None
    searches: int = 0
    error: str = ""


class Twin(NamedTuple):
    cases: list[Case]
    documents: list[Document]


Scores = dict[str, float]


class Protocol(msgspec.Struct, frozen=True):
    """`main` names the metric that leaderboards sort by; `official` the counts that real files must have."""

    name: str
    title: str
    paper: str
    licence: str
    how_to_get: str
    main: str
    twin: Callable[[int, int], Twin]
    """(seed, n) -> cases and documents."""
    score: Callable[[Case, Answer, Judge], Scores]
    load: Callable[[Path], list[Case]] | None = None
    official: Mapping[str, int] = {}
    write: Callable[[Sequence[tuple[Case, Answer]], Path], None] | None = None
    """Official output format."""


def load_official(protocol: Protocol, path: Path) -> list[Case]:
    """Cases of the official files, with count checks. Raises UsageError that says where the data are and under which
    licence, SourceError with file and line for malformed files, CheckFailed for wrong counts."""
    if protocol.load is None or not path.exists():
        raise UsageError(
            f"{protocol.title}: there is no official data at {path}.",
            remedy=f"{protocol.how_to_get} Licence: {protocol.licence}. Without it, run the twin (leave out --data).",
        )
    cases = protocol.load(path)
    expected = protocol.official.get("cases")
    if expected is not None and len(cases) != expected:
        raise CheckFailed(
            f"{path} holds {len(cases)} cases; the official set has {expected}.",
            remedy="Is the file complete?",
        )
    ids = [case.id for case in cases]
    if len(set(ids)) != len(ids):
        raise SourceError(f"{path}: the id {next(i for i in ids if ids.count(i) > 1)!r} occurs twice.")
    return cases


def json_lines(path: Path, required: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Rows of a JSON-lines file. Raises SourceError with file, line and field."""
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise SourceError(f"{path}, line {number} is not JSON: {error}.") from error
        missing = [field for field in required if not isinstance(row, dict) or field not in row]
        if missing:
            raise SourceError(f"{path}, line {number}: the field {missing[0]!r} is missing.")
        yield row
