"""The types of the one loop: `run(task, policy, context, environment, budget, trace) -> Outcome`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from leadline.environments.base import Action, Observation, Tool


class Turn(msgspec.Struct, frozen=True):
    """One action and what came back."""

    action: Action
    observation: Observation
    thought: str = ""
    noted: tuple[Any, ...] = ()
    """What the policy wanted kept when it acted (quotes worth citing)."""


class Task(msgspec.Struct, frozen=True):
    """A prompt and, where the answer is known, a verifiable score of the outcome in [0, 1]."""

    id: str
    prompt: str
    score: Callable[[Outcome], float] | None = None
    metadata: dict[str, Any] = {}


class View(msgspec.Struct, frozen=True):
    """What a policy sees before it acts."""

    task: Task
    tools: Sequence[Tool]
    turns: Sequence[Turn]
    """What the context shows of the past (all turns, a window, a workspace as one turn, ...)."""
    notes: str = ""
    """Text that the context keeps beside the turns: a workspace report, lessons, a summary."""
    past: Sequence[Turn] = ()
    """All turns, whatever the context shows: for checking a quote against what was seen. No prompt is made of them."""


class Finish(msgspec.Struct, frozen=True):
    """The policy's last word: an answer, and anything richer (a Report, a program)."""

    answer: str
    result: Any = None


class Said(msgspec.Struct, frozen=True):
    """A move and the words before it: kept as Turn.thought (a plan, or the report of a rebuilt workspace).

    Several actions are calls that do not wait for each other; each becomes a turn, in this order.
    """

    thought: str
    move: Action | tuple[Action, ...] | Finish
    noted: tuple[Any, ...] = ()


class Policy(Protocol):
    """Observation in, action out: a chat model, the extractive researcher, a torch network, a script.

    What a policy may have besides, looked for by name:
    `cost`        what its model calls cost so far, by unit (tokens_in, tokens_out, usd)
    `conclude`    (view) -> Finish: what it has when it is stopped
    `needs`       what it acts on beside the collection (agents/surroundings.py)
    `learn`       (task, outcome): what it keeps of a run that is over
    """

    name: str

    def act(self, view: View) -> Action | Finish | Said: ...


class Context(Protocol):
    """What the policy sees of the past; pure: a function of the turns so far."""

    def view(self, task: Task, tools: Sequence[Tool], turns: Sequence[Turn]) -> View: ...


class Outcome(msgspec.Struct, frozen=True):
    """What a run leaves: answer, result, the whole trajectory, why it ended and what it cost."""

    answer: str
    ending: str
    """finished, budget spent, environment done or loop broken (agents/loop.py says when)."""
    turns: tuple[Turn, ...] = ()
    result: Any = None
    reward: float = 0.0
    cost: dict[str, float] = {}
