"""Requests to sessions: same client, close in time, linked in content.

Agents run in parallel behind one key, so several sessions of one client may be open at once; a request joins the
linked one that it resembles most. Version "sessions-1": gap 10 minutes; link = a shared content term with one of the
session's last five queries, or with the evidence that the session has seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from leadline.bench.logs.moves import jaccard, terms
from leadline.errors import UsageError, need, said
from leadline.json_lines import read_named

VERSION = "sessions-1"


class LogRow(msgspec.Struct, frozen=True):
    """One request. `ts` in milliseconds; `evidence` is the text that the client was shown."""

    request_id: str
    client_id: str
    ts: int
    endpoint: str
    query: str
    k: int
    latency_ms: float
    doc_ids: list[str]
    evidence: str = ""


def sessionise(rows: Iterable[LogRow], *, gap_ms: int = 600_000, last: int = 5) -> list[list[LogRow]]:
    """Sessions in order of their first request."""
    sessions: list[list[LogRow]] = []
    open_by_client: dict[str, list[int]] = {}
    seen: list[set[str]] = []
    for row in sorted(rows, key=lambda r: (r.ts, r.request_id)):
        mine = [i for i in open_by_client.get(row.client_id, []) if row.ts - sessions[i][-1].ts <= gap_ms]
        words = terms(row.query, drop_stop_words=True)
        best, strength = -1, 0.0
        for i in mine:
            recent = set().union(*(terms(r.query, drop_stop_words=True) for r in sessions[i][-last:]))
            linked = jaccard(words, recent) + 0.5 * len(words & seen[i]) / max(1, len(words))
            if linked > strength:
                best, strength = i, linked
        if best < 0:
            sessions.append([])
            seen.append(set())
            best = len(sessions) - 1
            mine.append(best)
        sessions[best].append(row)
        seen[best] |= terms(row.evidence, drop_stop_words=True)
        open_by_client[row.client_id] = mine
    return sessions


def pairwise_f1(found: Sequence[Sequence[str]], true: Sequence[Sequence[str]]) -> float:
    """F1 over pairs of requests that are put together, of found sessions against true ones (ids of requests)."""

    def pairs(groups: Sequence[Sequence[str]]) -> set[tuple[str, str]]:
        return {(a, b) for group in groups for a in group for b in group if a < b}

    ours, gold = pairs(found), pairs(true)
    return 2 * len(ours & gold) / (len(ours) + len(gold)) if ours or gold else 1.0


WRITTEN_BY = "Give what `leadline serve --log FOLDER` wrote: the folder, or a file in it."


def read_log(path: Path) -> list[LogRow]:
    """Rows of a Parquet file, a JSON-lines file, or all of a folder.

    UsageError for what is no request log; SourceError with file and line where one is damaged.
    """
    if path.is_dir():
        files = sorted([*path.glob("*.parquet"), *path.glob("*.jsonl")])
        if not files:
            raise UsageError(f"{path} holds no request log.", remedy=WRITTEN_BY)
        return [row for file in files for row in read_log(file)]
    if path.suffix != ".parquet":
        return [row for _, row in read_named(path, LogRow, "a request log", WRITTEN_BY)]
    parquet: Any = need("pyarrow.parquet", "serve", "Reading Parquet")
    try:
        with path.open("rb") as file:
            return [msgspec.convert(row, LogRow) for row in parquet.read_table(file).to_pylist()]
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise UsageError(f"{path} is not a request log ({said(error)}).", remedy=WRITTEN_BY) from error
