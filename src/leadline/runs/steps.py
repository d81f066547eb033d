"""Every effect of a run goes through `Steps`: done once, kept, and on resume given back instead of done again.

Orchestration is deterministic, so a killed run is resumed by playing it again from the start: finished steps answer
from the journal in microseconds until the first unfinished one, which is done. There are two kinds:

tool calls    have the number of the line that they add to the trace. On replay each must be the same call as the
              one recorded under its number; another one is refused by name, since all that follows rests on it.
model calls   found by what was asked, between two tool calls: agents side by side may ask in any order.

A call that was under way when the process died was not finished: it is made again.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

import msgspec

from leadline import errors
from leadline.errors import LeadlineError, StoreError
from leadline.runs.codec import decode, encode
from leadline.runs.journal import Entry, Journal

T = TypeVar("T")
SHOWN = 200
"""Characters of a call that a message shows."""


class Steps:
    """The steps of one run. Without a journal every call is simply made.

    `n_made` and `n_replayed` count calls that were made and calls that were answered from the journal.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.position = 0
        """Lines of the trace so far; the loop counts them."""
        self.n_made = self.n_replayed = 0
        self._clock, self._turn = clock, Lock()
        self._journal: Journal | None = None
        self._known: dict[str, Entry] = {}
        self._asked: Counter[str] = Counter()
        self._last = 0
        self._live_since, self._before, self._then = clock(), 0.0, 0.0

    def open(self, journal: Journal) -> None:
        """Keep steps in `journal`, and answer from it those that it has. A call that failed last is tried again."""
        entries = journal.entries()
        self._journal, self._last = journal, max((_number(entry) for entry in entries), default=0)
        for entry in entries:
            if entry.failed and _number(entry) == self._last:
                journal.drop(entry.path)
            else:
                self._known[entry.path] = entry
        self._before = max((entry.seconds for entry in entries), default=0.0)

    def close(self) -> None:
        """Let go of the run, so that another process may drive it."""
        if self._journal is not None:
            self._journal.close()

    @property
    def kept(self) -> bool:
        """Whether steps go into a journal."""
        return self._journal is not None

    @property
    def replaying(self) -> bool:
        """Whether calls still to come are known."""
        return self.position < self._last

    def traced(self, n: int) -> None:
        """The loop has added line n to the trace."""
        self.position = n
        if str(n) in self._known:
            self._then = max(self._then, self._known[str(n)].seconds)
        if n == self._last:
            self._live_since = self._clock()

    def ended(self) -> None:
        """The run ends here, with less than the journal holds: its limits were made smaller."""
        self._last = min(self._last, self.position)

    def seconds(self) -> float:
        """Of the run, whatever processes it took; while it is replayed, what they were then."""
        return self._then if self.replaying else self._before + self._clock() - self._live_since

    def call(
        self, n: int, tool: str, arguments: dict[str, Any], do: Callable[[], T], *, flush: bool = False
    ) -> T:
        """Tool call number n. `flush`: it cost something, so it is brought to the disk before the run goes on."""
        said = f"{tool} {msgspec.json.encode(arguments, order='sorted').decode()}"
        known = self._known.get(str(n))
        if known is not None and known.call != said:
            raise StoreError(
                f"Step {n} was {known.call[:SHOWN]} when the run was recorded, and is now {said[:SHOWN]}.",
                remedy=f"The agent, its model or Leadline has changed: `leadline runs fork --at {n - 1}` goes on "
                "from the step before it, or ask again.",
            )
        return self._answer(str(n), said, do, flush)

    def is_known(self, n: int) -> bool:
        """Whether tool call number n is finished already."""
        return str(n) in self._known

    def ask(self, what: str, asked: bytes, do: Callable[[], T]) -> T:
        """A call of a model, after the tool calls so far. `asked` is everything that determines the answer."""
        digest = hashlib.sha256(asked).hexdigest()[:16]
        with self._turn:
            self._asked[f"{self.position}/{digest}"] += 1
            path = f"{self.position}/{digest}.{self._asked[f'{self.position}/{digest}']}"
        if path not in self._known and self.replaying:
            raise StoreError(
                f"After step {self.position}, {what} was asked something else when the run was recorded.",
                remedy="The agent or Leadline has changed: "
                f"`leadline runs fork --at {self.position}` goes on from there, or ask again.",
            )
        return self._answer(path, what, do, flush=True)

    def _answer(self, path: str, said: str, do: Callable[[], T], flush: bool) -> T:
        """The kept result, or the result of doing it, kept."""
        known = self._known.get(path)
        if known is not None and self._journal is not None:
            self.n_replayed += 1
            result = decode(self._journal.result(path))
            if known.failed:
                raise _error(result)
            return result
        self.n_made += 1
        try:
            result = do()
        except LeadlineError as error:  # the run may react to it, and must do so again on replay
            self._keep(Entry(path, said, True, self.seconds()), [type(error).__name__, str(error)], flush)
            raise
        self._keep(Entry(path, said, False, self.seconds()), result, flush)
        return result

    def _keep(self, entry: Entry, result: Any, flush: bool) -> None:
        if self._journal is not None:
            self._journal.add(entry, encode(result), flush=flush)


def _number(entry: Entry) -> int:
    """The line of the trace that a tool call made, or after which a model was asked."""
    return int(entry.path.partition("/")[0])


def _error(kept: list[str]) -> LeadlineError:
    """The error that a call raised, by the name of its class."""
    kind = getattr(errors, kept[0], LeadlineError)
    try:
        return kind(kept[1])
    except TypeError:  # its message is made of several arguments
        return LeadlineError(kept[1])
