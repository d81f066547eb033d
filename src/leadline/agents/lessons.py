"""A researcher who is told what earlier runs have taught (LightSearcher, arXiv:2512.06653, section 3.3).

After each run the memory notes how it went; from the contrast of good and bad runs lessons are written, and the next
run is shown them, with how a similar question was answered. They are kept in $LEADLINE_HOME/experience.json.

Departs: the paper uses lessons only while it trains and drops them after; with a model whose weights stay as they are
they are shown at every run. Where a task has no known answer, a run is judged by its evidence: the share of what it
wanted to say that its sources bore out, and below 1 when an earlier run needed fewer calls for the same question.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from leadline.agents.base import Outcome, Task
from leadline.agents.directed import Script
from leadline.agents.experience import Experience, ExperienceMemory, best_experience
from leadline.agents.findings import Findings
from leadline.agents.team import Team
from leadline.environments.base import Action, Observation, Tool
from leadline.files import DISK, Disk, home
from leadline.models.base import ChatModel

EVERY = 5
"""Runs after which the lessons are written anew (the paper: training steps)."""
RECALL = Tool("recall", "What earlier runs have taught.", {
    "type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"],
})  # fmt: skip


class Kept(msgspec.Struct):
    """The file of the memory."""

    good: list[Experience] = []
    bad: list[Experience] = []
    text: str = ""
    runs: int = 0
    version: int = 1


class MemoryEnvironment:
    """Tool `recall`: what is known is read as a step of the run, so a resumed run is told the same."""

    tools: Sequence[Tool] = (RECALL,)

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or memory_file()

    def reset(self, seed: int = 0) -> Observation:
        return Observation("A memory.")

    def step(self, action: Action) -> Observation:
        kept = read_memory(self.path)
        memory = ExperienceMemory()
        memory.good = kept.good
        similar = best_experience(memory, str(action.arguments.get("question", "")))
        lines = [kept.text] if kept.text else []
        if similar is not None:
            lines.append(f"A similar question was answered by: {', '.join(similar.actions)}, finish.")
        return Observation("\n".join(lines))


class Experienced(Team):
    """A chat researcher with lessons beside its transcript."""

    title = "lessons"
    needs = frozenset({"memory"})

    def __init__(
        self, model: ChatModel, *, seed: int = 0, path: Path | None = None, disk: Disk = DISK
    ) -> None:
        super().__init__(model, seed=seed)
        self.path, self.disk = path, disk

    def work(self, task: Task, tools: Sequence[Tool]) -> Script:
        seen = yield Action("recall", {"question": task.prompt})
        notes = f"Lessons of earlier runs:\n{seen.text}" if seen.text and not seen.error else ""
        yield from self.look_into(task.prompt, task, tools, notes=notes)
        return self.finish()

    def learn(self, task: Task, outcome: Outcome) -> None:
        """Note how a run went; every fifth time the lessons are written anew."""
        path = self.path or memory_file()
        kept = read_memory(path)
        memory = ExperienceMemory()
        memory.good, memory.bad, memory.text = kept.good, kept.bad, kept.text
        calls = tuple(turn.action.tool for turn in outcome.turns if turn.action.tool != RECALL.name)
        fewest = min((len(e.actions) for e in kept.good if e.question == task.prompt), default=len(calls))
        memory.add(Experience(task.prompt, outcome.answer, earned(task, outcome, len(calls), fewest), calls))
        runs = kept.runs + 1
        if runs % EVERY == 0 or not memory.text:
            memory.rewrite()
        written = Kept(memory.good, memory.bad, memory.text, runs)
        self.disk.write(path, msgspec.json.format(msgspec.json.encode(written), indent=2))


def earned(task: Task, outcome: Outcome, calls: int, fewest: int) -> float:
    """In [0, 1]: the task's own score where it has one, else how much of what was said the sources bore out.

    1 only with the fewest calls that were ever enough for this question; a run that says nothing earns 0.
    """
    found = outcome.result if isinstance(outcome.result, Findings) else Findings()
    said = len(found.ledger) + len(found.figures)
    share = said / (said + found.refused) if said else 0.0
    reward = outcome.reward if task.score is not None else share
    return reward if calls <= fewest else min(reward, 0.9)


def forget(question: str, path: Path | None = None, *, disk: Disk = DISK) -> int:
    """Remove every experience of a question and write the lessons anew without them; how many were removed."""
    path = path or memory_file()
    kept = read_memory(path)
    memory = ExperienceMemory()
    memory.good = [e for e in kept.good if e.question != question]
    memory.bad = [e for e in kept.bad if e.question != question]
    memory.rewrite()
    gone = len(kept.good) + len(kept.bad) - len(memory.good) - len(memory.bad)
    written = Kept(memory.good, memory.bad, memory.text, kept.runs)
    disk.write(path, msgspec.json.format(msgspec.json.encode(written), indent=2))
    return gone


def memory_file() -> Path:
    return home() / "experience.json"


def read_memory(path: Path) -> Kept:
    """The memory of a file; an empty one where there is none or where it cannot be read any more."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError):
        return Kept()
