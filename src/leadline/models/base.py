"""Language models: messages in, text and log-probabilities out. One small protocol for every engine and API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec


class Message(msgspec.Struct, frozen=True):
    role: Literal["system", "user", "assistant", "tool"]
    content: str


class Token(msgspec.Struct, frozen=True):
    """A generated token; natural logarithms. `top` holds the most likely alternatives, itself included."""

    text: str
    logprob: float
    top: dict[str, float] = {}


class Reply(msgspec.Struct, frozen=True):
    text: str
    tokens: tuple[Token, ...] = ()
    """Empty unless `top_logprobs` was asked for and the engine gives them."""
    cost: dict[str, float] = {}
    """tokens_in, tokens_out, usd."""


class ChatModel(Protocol):
    """`name` identifies engine, weights and settings: it goes into caches and results.

    Raises ModelError when there is no usable answer. One that answers several calls at a time says how many in
    `parallel`.
    """

    name: str

    def chat(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        top_logprobs: int = 0,
        schema: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> Reply: ...
