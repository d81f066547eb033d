"""A run of 41 steps that is the same every time, and that can be killed at any place in it.

A scripted chat model asks 20 times for a tool and then says its last word: 10 calls read the collection, 10 call a
tool of the outside world that keeps a book of every call that it ever got. The report rests on what both showed.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import msgspec

from leadline.agents.chat import ChatResearcher
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.durable import DurableModel
from leadline.agents.inquiry import Runtime
from leadline.agents.research import pursue_run
from leadline.environments.base import Action, Observation, Tool
from leadline.environments.outside import Outside
from leadline.evidence.model import Report
from leadline.models.base import Message
from leadline.models.scripted import ScriptedModel
from leadline.retrieval.collection import Collection
from leadline.runs.journal import Entry, SQLiteJournal
from leadline.runs.steps import Steps
from leadline.runs.store import Run, start_run

T = TypeVar("T")
TURNS = 20
STEPS = 2 * TURNS + 1
"""A model call before each tool call, and the last word."""
POINTS = ("before the call", "call made, answer lost", "answered, not kept", "kept")
"""Where a step can be cut off; the last is the boundary to the next one."""
QUESTION = "What do the gauges of the harbour read?"
STARTED = 1_764_072_000.0


def make_collection() -> None:
    """Ten short notes, one a gauge, as the collection `gauges`."""
    folder = Path(os.environ["LEADLINE_HOME"]) / "gauges"
    folder.mkdir(parents=True, exist_ok=True)
    for gauge in range(TURNS // 2):
        text = f"Gauge {gauge} of the harbour reads {gauge * 7 % 10}.{gauge} metres at noon.\n"
        (folder / f"gauge-{gauge}.txt").write_text(text)
    Collection.open("gauges", create=True).update([folder])


def reply(messages: Sequence[Message]) -> str:
    """What the model says: its next call follows from how many results it has been shown, its quotes from them.

    Where there is no tool `measure`, it only reads the collection.
    """
    results = [m.content for m in messages if m.role == "user" and m.content.startswith("<data>")]
    turn, outside = len(results), "- measure:" in messages[0].content
    if turn < (TURNS if outside else TURNS // 2):
        gauge = turn // 2 if outside else turn
        tool, text = ("measure", f"gauge {gauge}") if outside and turn % 2 else ("find", f"Gauge {gauge} of")
        return msgspec.json.encode(
            {"thought": f"Turn {turn}.", "action": tool, "text": text, "quotes": []}
        ).decode()
    places = [m for result in results for m in re.findall(r"(d[0-9a-f]{8,}) \d+-\d+: (Gauge \d+ of)", result)]
    quotes = [{"document": document, "words": words, "sentence": ""} for document, words in places]
    return msgspec.json.encode({"thought": "", "action": "finish", "text": "", "quotes": quotes}).decode()


class Book:
    """Every call that reached the outside, one line each, whoever died meanwhile: `time CPU-seconds name`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, name: str) -> None:
        line = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.write(line, f"{time.time()} {time.process_time()} {name}\n".encode())
        os.close(line)

    def calls(self) -> list[str]:
        """The names, in order."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [line.split(" ", 2)[2] for line in lines]


class Gauges:
    """The outside: a tool that costs something."""

    tools: ClassVar[Sequence[Tool]] = (
        Tool(
            "measure", "Read a gauge.",
            {"type": "object", "properties": {"gauge": {"type": "string"}}, "required": ["gauge"]}, "web",
        ),
    )  # fmt: skip

    def reset(self, seed: int = 0) -> Observation:
        return Observation("Gauges.")

    def step(self, action: Action) -> Observation:
        return Observation(f"{action.arguments['gauge']} was read.", cost={"calls": 1})


class KeptThenKilled(SQLiteJournal):
    """The journal, and a word before and after each step is kept."""

    def __init__(self, folder: Path, at: Callable[[str], None]) -> None:
        super().__init__(folder)
        self.at = at

    def add(self, entry: Entry, result: bytes, *, flush: bool) -> None:
        self.at(POINTS[2])
        super().add(entry, result, flush=flush)
        self.at(POINTS[3])


class Watched(Steps):
    """Steps that note in the book every call that is really made, and that die where they are told to.

    `die` is (number of the call made in this process, from 1; point); a call that is given back is not counted.
    """

    def __init__(self, book: Book, die: tuple[int, str] | None = None, pause_s: float = 0.0) -> None:
        super().__init__(clock=lambda: 0.0)  # no time passes, so that reports can be compared byte by byte
        self.book, self.die, self.pause_s, self.n = book, die, pause_s, 0

    def call(
        self, n: int, tool: str, arguments: dict[str, Any], do: Callable[[], T], *, flush: bool = False
    ) -> T:
        return super().call(n, tool, arguments, self._watched(f"{tool} {n}", do), flush=flush)

    def ask(self, what: str, asked: bytes, do: Callable[[], T]) -> T:
        return super().ask(what, asked, self._watched(f"model {self.position}", do))

    def _watched(self, name: str, do: Callable[[], T]) -> Callable[[], T]:
        def watched() -> T:
            self.n += 1
            self.at(POINTS[0])
            time.sleep(self.pause_s)
            self.book.note(name)
            result = do()
            self.at(POINTS[1])
            return result

        return watched

    def at(self, point: str) -> None:
        if (self.n, point) == self.die:
            os.kill(os.getpid(), signal.SIGKILL)


def play(run: Run, book: Path, die: tuple[int, str] | None = None, pause_s: float = 0.0) -> Report:
    """Play the run from where it is, to its end or to its death."""
    steps = Watched(Book(book), die, pause_s)
    steps.open(KeptThenKilled(run.folder, steps.at))
    runtime = Runtime(
        ChatResearcher(DurableModel(ScriptedModel(reply), steps)), Transcript(), steps,
        open_outside=lambda outside, question, captures: contextlib.nullcontext([Gauges()]),
    )  # fmt: skip
    return pursue_run(run, runtime)


def new_run() -> Run:
    """The same record every time: its id and start are part of the report."""
    granted = msgspec.to_builtins(Outside(("web",)))
    return start_run(QUESTION, collection="gauges", agent="react", outside=granted, clock=lambda: STARTED)


def in_child(action: Callable[[], object]) -> int:
    """Do it in a forked process; the signal that ended it, 0 when it came to its end, -1 when it failed."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            action()
            os._exit(0)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)
