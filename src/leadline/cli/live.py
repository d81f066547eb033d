"""The live view of a run: its sub-questions, searches and documents, and what is spent of the budget.

Drawn on standard error, and only where a person looks; everything it shows comes from the steps of the trace.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.console import Group

    from leadline.runs.trace import Step

N_LAST = 5


class Board:
    """What is known of a run so far. `questions` are its sub-questions: what is searched for -> what is asked."""

    def __init__(
        self,
        question: str,
        questions: Mapping[str, str] | None = None,
        *,
        max_steps: float = float("inf"),
        max_seconds: float = float("inf"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.question, self.questions = question, dict(questions or {})
        self.max_steps, self.max_seconds, self.clock = max_steps, max_seconds, clock
        self.began = clock()
        self.counts: dict[str, Counter[str]] = {query: Counter() for query in self.questions}
        self.total: Counter[str] = Counter()
        self.last: deque[Step] = deque(maxlen=N_LAST)
        self.current = next(iter(self.questions), "")

    def add(self, step: Step) -> None:
        """Take in one step of the trace."""
        asked = str(step.arguments.get("query") or step.arguments.get("question") or "")
        if asked in self.counts:
            self.current = asked
        if self.current:
            self.counts[self.current][step.kind] += 1
        self.total[step.kind] += 1
        self.last.append(step)

    def __rich__(self) -> Group:
        from rich.console import Group
        from rich.text import Text
        from rich.tree import Tree

        from leadline.runs.trace import describe

        tree = Tree(Text(self.question, style="bold"), guide_style="dim")
        for query, text in self.questions.items():
            done = ", ".join(f"{n} {kind}" for kind, n in self.counts[query].items())
            style = "cyan" if query == self.current else ""
            tree.add(Text.assemble((text, style), (f"  {done}" if done else "", "dim")))
        lines = [
            Text(f"  {describe(step)}", style="dim", no_wrap=True, overflow="ellipsis") for step in self.last
        ]
        return Group(tree, *lines, Text(self.spent()))

    def spent(self) -> str:
        """Steps and seconds, with their limits where there are any."""
        parts = [
            f"{sum(self.total.values())}{_of(self.max_steps)} steps",
            f"{self.clock() - self.began:.0f}{_of(self.max_seconds)} s",
            f"{self.total['search']} searches",
            f"{self.total['open']} documents opened",
        ]
        return " · ".join(parts)


def _of(limit: float) -> str:
    return "" if limit == float("inf") else f"/{limit:g}"


class View(NamedTuple):
    """Where a run's progress goes: (done, total) while sources are read, then the steps of the trace."""

    progress: Callable[[int, int], None]
    listen: Callable[[Step], None]


@contextmanager
def live(board: Board, *, quiet: bool = False) -> Iterator[View]:
    """A progress bar, replaced by the board at the first step; draws nothing when `quiet` or when nobody looks."""
    if quiet or not sys.stderr.isatty():
        yield View(lambda done, total: None, board.add)
        return
    from rich.console import Console
    from rich.live import Live

    from leadline.cli.progress import progress_bar

    reading = progress_bar()
    task = reading.add_task("Reading", total=None)

    with Live(reading, console=Console(stderr=True), transient=True, refresh_per_second=8) as screen:

        def listen(step: Step) -> None:
            board.add(step)
            screen.update(board)

        yield View(lambda done, total: reading.update(task, completed=done, total=total), listen)
