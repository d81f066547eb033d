"""Searches that come while another runs are answered together by the next one.

A batch reads the vectors of the collection once for all its queries, and one thread does not compete with itself for
the interpreter. A search that comes alone starts at once. After a batch of several the next one waits a millisecond:
those who were answered together ask again within it, and would else be searched for as one and then the others.
Answers do not depend on the batch: the library's rankings do not.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool

from leadline.retrieval.base import Hits

LARGEST = 32
"""Queries of one batch: bounds how long it runs."""
LINGER = 0.001
"""Seconds for those that were answered together to ask again."""


class _Waiting(NamedTuple):
    like: str
    """Equal for searches that may share a batch."""
    query: str
    k: int
    options: dict[str, Any]
    answer: asyncio.Future[Hits]


class Batches:
    """`search` is Collection.search_batch; `ask` is awaited from one event loop."""

    def __init__(self, search: Callable[..., list[Hits]]) -> None:
        self._search = search
        self._waiting: list[_Waiting] = []
        self._running: asyncio.Task[None] | None = None
        self._together = 1
        """Searches of the last batch."""

    async def ask(self, query: str, k: int, options: dict[str, Any]) -> Hits:
        """The ranking of one query, with the errors of `search`."""
        like = json.dumps([k, options], sort_keys=True)
        answer: asyncio.Future[Hits] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(like, query, k, options, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                if self._together > 1:
                    await asyncio.sleep(LINGER)
                await self._next()
        finally:
            self._running = None

    async def _next(self) -> None:
        """Answer the oldest search and those like it."""
        first = self._waiting[0]
        batch: list[_Waiting] = []
        rest: list[_Waiting] = []
        for one in self._waiting:
            (batch if one.like == first.like and len(batch) < LARGEST else rest).append(one)
        self._waiting, self._together = rest, len(batch)
        try:
            found = await run_in_threadpool(
                self._search, [one.query for one in batch], first.k, **first.options
            )
        except Exception as error:  # the searchers get it, whatever it is
            for one in batch:
                if not one.answer.done():
                    one.answer.set_exception(error)
            return
        for one, hits in zip(batch, found, strict=True):
            if not one.answer.done():  # its client may have left
                one.answer.set_result(hits)
