"""Providers that do not speak OpenAI's format, through pydantic-ai's direct requests (extra `providers`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from leadline.errors import ContextOverflow, ModelDown, need
from leadline.models.base import Message, Reply
from leadline.models.completion import overflowed, strip_thinking
from leadline.models.pace import Pace


class ProviderModel:
    """`spec` is pydantic-ai's "provider:name". Schemas are put into the prompt: not every provider constrains."""

    def __init__(
        self, spec: str, *, parallel: int = 8, usd_per_million: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        self.name, self.parallel, self.prices = spec, parallel, usd_per_million
        self.pace = Pace(parallel)
        self.direct: Any = need("pydantic_ai.direct", "providers", f"The model {spec}")
        self.messages: Any = need("pydantic_ai.messages", "providers", f"The model {spec}")

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
        if schema is not None:
            how = f"Answer with one JSON object of this schema: {msgspec.json.encode(schema).decode()}"
            messages = [*messages, Message("user", how)]
        said = self._said(messages)
        settings = {"max_tokens": max_tokens, "temperature": temperature}
        try:
            with self.pace:
                answer = self.direct.model_request_sync(self.name, said, model_settings=settings)
        except Exception as error:  # every provider raises classes of its own
            kind = ContextOverflow if overflowed(str(error)) else ModelDown
            raise kind(f"{self.name} gave no answer: {type(error).__name__}: {error}.") from error
        text = "".join(
            part.content for part in answer.parts if isinstance(getattr(part, "content", None), str)
        )
        usage = answer.usage
        sent, got = float(usage.input_tokens or 0), float(usage.output_tokens or 0)
        usd = (sent * self.prices[0] + got * self.prices[1]) / 1e6
        return Reply(strip_thinking(text), (), {"tokens_in": sent, "tokens_out": got, "usd": usd})

    def _said(self, messages: Sequence[Message]) -> list[Any]:
        """Messages in the library's words, in their order: a request for all that comes before each answer."""
        m = self.messages
        said: list[Any] = []
        for message in messages:
            if message.role == "assistant":
                said.append(m.ModelResponse(parts=[m.TextPart(message.content)]))
                continue
            part = (m.SystemPromptPart if message.role == "system" else m.UserPromptPart)(message.content)
            if said and isinstance(said[-1], m.ModelRequest):
                said[-1] = m.ModelRequest(parts=[*said[-1].parts, part])
            else:
                said.append(m.ModelRequest(parts=[part]))
        return said
