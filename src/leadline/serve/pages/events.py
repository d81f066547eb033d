"""The steps of a run as server-sent events, read from its trace on the disk.

The id of an event is the number of its step, so a browser that lost the connection goes on after the last one it
has seen (Last-Event-ID), and a second window sees the same.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from leadline import json_lines
from leadline.runs.trace import Step
from leadline.serve.pages.given import whole

POLL_SECONDS = 0.15
BEAT_SECONDS = 10.0
MOST_SECONDS = 900.0
"""A stream ends by itself after that; the browser opens it again where it was."""


class Tail(NamedTuple):
    """Steps read so far end at byte `offset` of the trace."""

    steps: tuple[Step, ...]
    offset: int


def read_on(path: Path, offset: int) -> Tail:
    """The whole lines after `offset`; a line that is still being written is left for the next time.

    What a kill tore is read over here: the run it belongs to says so elsewhere.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return Tail((), offset)
    whole = data[: data.rfind(b"\n") + 1]
    return Tail(tuple(json_lines.readable(whole, Step)), offset + len(whole))


def message(event: str, data: dict[str, object], id: int | None = None) -> str:
    """One event on the wire; JSON has no raw line break, so one data line is enough.

    >>> message("step", {"n": 3}, 3)
    'id: 3\\nevent: step\\ndata: {"n": 3}\\n\\n'
    """
    head = f"id: {id}\n" if id is not None else ""
    return f"{head}event: {event}\ndata: {json.dumps(data)}\n\n"


def last_seen(request: Request) -> int:
    """The step after which the browser wants to go on; what is no number is 0."""
    given = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    return whole(given, 9)


async def follow(
    path: Path,
    after: int,
    *,
    state: Callable[[], str],
    rows: Callable[[Sequence[Step]], Sequence[str]],
    board: Callable[[list[Step]], str],
    leaving: Callable[[], bool] = lambda: False,
    pause: Callable[[float], object] = asyncio.sleep,
) -> AsyncIterator[str]:
    """Steps after number `after`, then those to come; `end` when the run is no longer running.

    `rows` gives the HTML of each of some steps, `board` that of the whole run so far.
    """
    seen: list[Step] = []
    offset, shown, quiet, total = 0, "", 0.0, 0.0
    yield "retry: 1500\n\n"
    while total < MOST_SECONDS and not leaving():
        now = await run_in_threadpool(state)  # asked before reading: nothing can come after a final state
        tail = await run_in_threadpool(read_on, path, offset)
        offset = tail.offset
        seen.extend(tail.steps)
        new = [step for step in tail.steps if step.n > after]
        for step, shown_as in zip(new, await run_in_threadpool(rows, new) if new else (), strict=True):
            yield message("step", {"html": shown_as}, step.n)
        drawn = await run_in_threadpool(board, seen)
        if drawn != shown:
            shown, quiet = drawn, 0.0
            yield message("board", {"html": drawn})
        if now != "running":
            yield message("end", {"state": now})
            return
        if quiet >= BEAT_SECONDS:
            quiet = 0.0
            yield ": here\n\n"
        await pause(POLL_SECONDS)  # type: ignore[misc]
        quiet, total = quiet + POLL_SECONDS, total + POLL_SECONDS
