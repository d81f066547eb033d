"""How a training environment reads as text. The trainer knows nothing else of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.agents.base import Finish, Outcome, Task, View
from leadline.environments.base import Action, Environment, Observation, Tool

Draw = Callable[[np.random.Generator, int, str], list[Task]]


class NoTools:
    """The environment of tasks that are answered in one go."""

    tools: Sequence[Tool] = ()

    def reset(self, seed: int = 0) -> Observation:
        return Observation("")

    def step(self, action: Action) -> Observation:
        return Observation("there are no tools", error="there are no tools")


def finish(text: str) -> Action | Finish:
    return Finish(text)


def transcript(view: View, said: Sequence[str]) -> str:
    """The prompt, then what the policy said and what came back, in turn."""
    parts = [view.task.prompt]
    for text, turn in zip(said, view.turns, strict=True):
        parts += [text, turn.observation.text + "\n"]
    return "".join(parts)


@dataclass(frozen=True)
class TaskSet:
    """`draw(rng, n, split)` makes tasks for "train" or "test" that never overlap in the sense of the environment.

    Task.metadata["demonstration"] is a list of texts, one per turn, for supervised warm-up.
    """

    name: str
    alphabet: str
    max_new: int
    """Tokens per turn."""
    draw: Draw
    environment: Callable[[Task], Environment] = lambda task: NoTools()
    parse: Callable[[str], Action | Finish] = finish
    """What the policy wrote in one turn -> a tool call or the answer."""
    render: Callable[[View, Sequence[str]], str] = transcript
    max_turns: int = 1


def task(
    id: str, prompt: str, score: Callable[[str], float], demonstration: Sequence[str], **more: Any
) -> Task:
    """A task that is scored by its answer text alone."""

    def of_outcome(outcome: Outcome) -> float:
        return float(score(outcome.answer))

    return Task(id, prompt, of_outcome, {"demonstration": list(demonstration), **more})
