"""The calls of a model during a run, for those who watch: `calls.jsonl` beside the trace.

The trace holds what an agent did; what it asked its model in between is a step of its own (runs/steps.py) that only
the driving process can read. Here each call leaves one line: after which step, which model, how long, what it cost.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from leadline import json_lines
from leadline.files import DISK, Disk
from leadline.runs.steps import Steps

T = TypeVar("T")


class Call(msgspec.Struct, frozen=True):
    """A model was asked after step number `after` of the trace (0: before the first)."""

    after: int
    model: str
    seconds: float
    cost: dict[str, float] = {}
    error: str = ""


class WatchedSteps(Steps):
    """Steps that also note each call of a model that is really made; one given back on resume was noted before."""

    def __init__(self, folder: Path, disk: Disk = DISK) -> None:
        super().__init__()
        self._path, self._disk = folder / "calls.jsonl", disk

    def ask(self, what: str, asked: bytes, do: Callable[[], T]) -> T:
        after = self.position

        def noted() -> T:
            began = time.perf_counter()
            try:
                answer = do()
            except Exception as error:
                self._note(Call(after, what, time.perf_counter() - began, error=str(error)[:300]))
                raise
            cost = getattr(answer, "cost", {})
            self._note(Call(after, what, time.perf_counter() - began, dict(cost)))
            return answer

        return super().ask(what, asked, noted)

    def _note(self, call: Call) -> None:
        self._disk.append(self._path, json_lines.line(call))


def read_calls(folder: Path) -> list[Call]:
    """All calls in order; a torn last line is left out."""
    try:
        return json_lines.readable((folder / "calls.jsonl").read_bytes(), Call)
    except FileNotFoundError:
        return []
