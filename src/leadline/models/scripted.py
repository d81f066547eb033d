"""A model that says what it was told to: for tests, examples and replays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leadline.errors import ModelError
from leadline.models.base import Message, Reply

Script = Sequence[str | Reply] | Callable[[Sequence[Message]], str | Reply]


class ScriptedModel:
    """Answers from a list, one after the other, or from a function of the messages. Keeps what it was asked.

    >>> ScriptedModel(["yes"]).chat([Message("user", "Is it?")]).text
    'yes'
    """

    def __init__(self, script: Script, name: str = "scripted") -> None:
        self.script, self.name = script, name
        self.asked: list[Sequence[Message]] = []

    def chat(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        top_logprobs: int = 0,
        schema: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> Reply:
        self.asked.append(tuple(messages))
        if callable(self.script):
            said = self.script(messages)
        elif len(self.asked) <= len(self.script):
            said = self.script[len(self.asked) - 1]
        else:
            raise ModelError(f"The script of {self.name} has only {len(self.script)} answers.")
        return Reply(said) if isinstance(said, str) else said
