"""Providers that do not speak OpenAI's format, through pydantic-ai's direct requests (extra `providers`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leadline.errors import ModelError, need
from leadline.models.base import Message, Reply
from leadline.models.completion import strip_thinking


class ProviderModel:
    """`spec` is pydantic-ai's "provider:name". Schemas are put into the prompt: not every provider constrains."""

    def __init__(self, spec: str) -> None:
        self.name = spec
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
        m = self.messages
        request, answers = [], []
        for message in messages:
            if message.role == "assistant":
                answers.append(m.ModelResponse(parts=[m.TextPart(message.content)]))
                continue
            part = m.SystemPromptPart if message.role == "system" else m.UserPromptPart
            request.append(part(message.content))
        if schema is not None:
            request.append(m.UserPromptPart(f"Answer with one JSON object of this schema: {dict(schema)}"))
        settings = {"max_tokens": max_tokens, "temperature": temperature}
        try:
            answer = self.direct.model_request_sync(
                self.name, [*answers, m.ModelRequest(parts=request)], model_settings=settings
            )
        except Exception as error:  # every provider raises classes of its own
            raise ModelError(f"{self.name} gave no answer: {type(error).__name__}: {error}.") from error
        text = "".join(
            part.content for part in answer.parts if isinstance(getattr(part, "content", None), str)
        )
        usage = answer.usage
        cost = {
            "tokens_in": float(usage.input_tokens or 0),
            "tokens_out": float(usage.output_tokens or 0),
            "usd": 0.0,
        }
        return Reply(strip_thinking(text), (), cost)
