"""Procedural tasks of reasoning-gym as one-step environments with its own scorers (extra `explore`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leadline.environments.base import Action, Observation, Tool
from leadline.errors import NotFound, need

ANSWER = Tool(
    "answer",
    "Give the final answer.",
    {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
)


class ReasoningGym:
    """Item `index` of a dataset ("countdown", "sudoku", ...). Reward: its scorer's value, in [0, 1]."""

    tools: Sequence[Tool] = (ANSWER,)

    def __init__(self, dataset: str, seed: int = 0, index: int = 0, **options: Any) -> None:
        library = need("reasoning_gym", "explore", "reasoning-gym")
        known = list(need("reasoning_gym.factory", "explore", "reasoning-gym").DATASETS)
        if dataset not in known:
            raise NotFound("reasoning-gym dataset", dataset, known)
        self.data = library.create_dataset(dataset, seed=seed, size=index + 1, **options)
        self.item: dict[str, Any] = self.data[index]
        self.done = False

    def reset(self, seed: int = 0) -> Observation:
        self.done = False
        return Observation(str(self.item["question"]))

    def step(self, action: Action) -> Observation:
        text = action.arguments.get("text")
        if self.done or not isinstance(text, str):
            return Observation("", error="One answer, as text, and then it is over.", done=self.done)
        self.done = True
        return Observation("", reward=float(self.data.score_answer(text, self.item)), done=True)
