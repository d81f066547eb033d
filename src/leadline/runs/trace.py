"""The trace of a run: one JSON line per step, one schema for every agent.

`kind` is what happened (reset, search, open, sql, model, claim, end, ...). Results are kept as a digest, so a
trace stays small and still shows whether a replay saw the same thing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from leadline import json_lines
from leadline.errors import StoreError
from leadline.files import DISK, Disk


class Step(msgspec.Struct, frozen=True):
    """One line of a trace."""

    n: int
    kind: str
    arguments: dict[str, Any] = {}
    digest: str = ""
    """First 16 hex digits of the sha256 of the result's JSON."""
    summary: str = ""
    seconds: float = 0.0
    cost: dict[str, float] = {}
    error: str = ""


def digest(result: Any) -> str:
    """16 hex digits that identify a result.

    >>> digest({"a": 1})
    '015abd7f5cc57a2d'
    """
    return hashlib.sha256(msgspec.json.encode(result, order="sorted")).hexdigest()[:16]


def describe(step: Step) -> str:
    """One line about a step: what was done with what, and what went wrong.

    >>> describe(Step(1, "open", {"document": "d9"}, error="not there"))
    'open d9 (not there)'
    """
    arguments = " ".join(str(value) for value in step.arguments.values())
    return f"{step.kind} {arguments}".strip() + (f" ({step.error})" if step.error else "")


class Trace:
    """Collects steps in memory and, when given a path, on disk as they happen.

    `listen` is called with each step: the live view and server-sent events hang on it. `resume` says that the run was
    interrupted and is played again: lines that are on disk already stay as they are, with their times.
    """

    def __init__(
        self,
        path: Path | None = None,
        listen: Callable[[Step], None] | None = None,
        disk: Disk = DISK,
        *,
        resume: bool = False,
    ) -> None:
        self.path, self.listen, self.disk = path, listen, disk
        self.steps: list[Step] = []
        self._written: list[Step] = []
        if resume and path is not None and path.exists():
            self._keep([step for step in read_trace(path) if step.kind != "end"])

    def add(self, kind: str, **fields: Any) -> Step:
        """Append a step; `fields` are those of Step except n and kind."""
        step = Step(n=len(self.steps) + 1, kind=kind, **fields)
        ahead = self._written[len(self.steps) : len(self.steps) + 1]
        if ahead and _same(ahead[0], step):
            step = ahead[0]
        elif self.path is not None:
            if ahead:  # the lines from here on tell of steps that were lost: a power cut
                self._keep(self.steps)
            self.disk.append(self.path, json_lines.line(step))
        self.steps.append(step)
        if self.listen is not None:
            self.listen(step)
        return step

    def _keep(self, steps: list[Step]) -> None:
        """Let the file hold these steps and nothing else: no torn line, no end of a run that goes on."""
        assert self.path is not None
        self._written = list(steps)
        lines = json_lines.lines(steps)
        if lines != self.path.read_bytes():
            self.disk.write(self.path, lines)


def _same(old: Step, new: Step) -> bool:
    return (old.kind, old.arguments, old.digest) == (new.kind, new.arguments, new.digest)


def read_trace(path: Path) -> Iterator[Step]:
    """Steps of a trace file. A torn last line (the process was killed in it) is left out."""
    return json_lines.read_log(path, Step, "a step", StoreError)
