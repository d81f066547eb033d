"""An OpenAI-shaped chat completion, as servers and in-process engines give it, to a Reply."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from leadline.errors import ContextOverflow, ModelError
from leadline.models.base import Reply, Token
from leadline.models.calls import native_call

_THINKING = re.compile(r"<(think|thinking|reasoning)>.*?</\1>\s*", re.DOTALL)
_OPEN_THINKING = re.compile(r"\A.*?</(?:think|thinking|reasoning)>\s*", re.DOTALL)
_ONLY_THINKING = re.compile(r"\A\s*<(?:think|thinking|reasoning)>.*", re.DOTALL)
_TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|context (?:length|size|window)|maximum context|prompt is too long",
    re.IGNORECASE,
)


def read_completion(answer: Any, name: str) -> Reply:
    """An OpenAI-shaped chat completion as a Reply; ModelError says what the server said instead.

    A native tool call becomes text in the form that `leadline.models.calls` reads.
    """
    if isinstance(answer, Mapping) and "error" in answer and overflowed(str(answer["error"])):
        raise ContextOverflow(f"{name} cannot read that much: {str(answer['error'])[:300]}")
    try:
        choice, usage = answer["choices"][0], answer.get("usage") or {}
        listed = (choice.get("logprobs") or {}).get("content") or []
        tokens = tuple(
            Token(
                token["token"],
                float(token["logprob"]),
                {other["token"]: float(other["logprob"]) for other in token.get("top_logprobs", [])},
            )
            for token in listed
        )
        cost = {
            "tokens_in": float(usage.get("prompt_tokens", 0)),
            "tokens_out": float(usage.get("completion_tokens", 0)),
        }
        message = choice["message"]
        text = strip_thinking(message.get("content") or "")
        calls = message.get("tool_calls") or []
        return Reply("\n".join(filter(None, [text, *map(native_call, calls[:1])])), tokens, cost)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{name} gave no usable answer: {str(answer)[:300]}") from error


def overflowed(said: str) -> bool:
    """Whether an error says that the prompt is longer than the model can read.

    >>> overflowed("This model's maximum context length is 8192 tokens."), overflowed("max_tokens is unknown")
    (True, False)
    """
    return bool(_TOO_LONG.search(said))


def strip_thinking(text: str) -> str:
    """Without reasoning tags, also when one of the two is missing; nothing is left when the model only thought.

    >>> strip_thinking("<think>hm</think> Paris"), strip_thinking("hm</think>Paris"), strip_thinking("<think>hm")
    ('Paris', 'Paris', '')
    """
    rest = _OPEN_THINKING.sub("", _THINKING.sub("", text))
    return _ONLY_THINKING.sub("", rest).strip()
