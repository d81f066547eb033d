"""A benchmark as data: how to load it, a twin of it that runs anywhere, how to score it, its official output.

One file in protocols/ is one benchmark; its `PROTOCOL` (or `PROTOCOLS`) is all that the command line needs. The twin
is made from a seeded world, so that the whole protocol runs here end to end although most official data may not be
redistributed.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
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


class Cited(msgspec.Struct, frozen=True):
    """One claim of an answer and the ids of the documents that it cites. `pages` are their texts: the harness fetches
    them for the scorer, an agent's own copy counts for nothing."""

    text: str
    documents: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """What an agent gives back. `error` names a crash: the case is scored as failed and the rest goes on."""

    text: str = ""
    citations: tuple[str, ...] = ()
    """Ids of cited documents."""
    retrieved: tuple[str, ...] = ()
    confidence: float | None = None
    searches: int = 0
    claims: tuple[Cited, ...] = ()
    """The claims of the text with their citations, where the agent knows them."""
    run: str = ""
    """Id of the run that holds the whole trace, where the agent makes one (`leadline runs show`)."""
    error: str = ""


class Twin(NamedTuple):
    cases: list[Case]
    documents: list[Document]


Scores = dict[str, float]


class Scored(NamedTuple):
    """A case with its answer and scores."""

    case: Case
    answer: Answer
    scores: Scores


def mean_of(scored: Sequence[Scored], metric: str) -> float:
    """Mean of a metric over the cases that have it; 0 when none has."""
    values = [s.scores[metric] for s in scored if metric in s.scores]
    return sum(values) / len(values) if values else 0.0


class Protocol(msgspec.Struct, frozen=True):
    """`main` names the metric that leaderboards sort by; `official` the counts that real files must have, `known` the
    files themselves: SHA-256 -> what that file is."""

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
    known: Mapping[str, str] = {}
    write: Callable[[Sequence[tuple[Case, Answer]], Path], None] | None = None
    """Official output format."""
    over_all: Callable[[Sequence[Scored]], Scores] | None = None
    """What is defined over all cases together and is no mean over cases: gaps, calibration, means over categories."""


def load_official(protocol: Protocol, path: Path, *, part: bool = False) -> list[Case]:
    """Cases of the official files, checked by hash where one is known, by count, and for repeated ids.

    `part` accepts a part or a changed copy. Raises UsageError that says where the data are and under which licence,
    SourceError with file and line for malformed files, CheckFailed for a wrong count or hash.
    """
    if protocol.load is None or not path.exists():
        raise UsageError(
            f"{protocol.title}: there is no official data at {path}.",
            remedy=f"{protocol.how_to_get} Licence: {protocol.licence}. Without it, run the twin (leave out --data).",
        )
    cases = protocol.load(path)
    ids = [case.id for case in cases]
    if len(set(ids)) != len(ids):
        raise SourceError(f"{path}: the id {Counter(ids).most_common(1)[0][0]!r} occurs twice.")
    if not part:
        _check_official(protocol, path, len(cases))
    return cases


def _check_official(protocol: Protocol, path: Path, n_cases: int) -> None:
    """A file whose hash is known is right as it is; any other must have the official count, and where the hash of the
    whole set is known, an equal count with other bytes is a changed copy."""
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() in protocol.known:
        return
    expected = protocol.official.get("cases", n_cases)
    if n_cases != expected:
        raise CheckFailed(
            f"{path} holds {n_cases} cases; the official set has {expected}.",
            remedy="Is the file complete? --part accepts a part or a changed copy.",
        )
    if path.is_file() and protocol.known:
        raise CheckFailed(
            f"The SHA-256 of {path} is none of the known files' ({'; '.join(protocol.known.values())}).",
            remedy="Get the file again, or accept a changed copy with --part.",
        )


def json_lines(path: Path, required: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Rows of a JSON-lines file. Raises UsageError if it cannot be opened, SourceError with file, line and field."""
    remedy = "--data takes the official file or folder as it is published."
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror or error}.", remedy=remedy) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise SourceError(f"{path}, line {number} is not JSON: {error}.", remedy=remedy) from error
        missing = [field for field in required if not isinstance(row, dict) or field not in row]
        if missing:
            raise SourceError(f"{path}, line {number}: the field {missing[0]!r} is missing.", remedy=remedy)
        yield row
