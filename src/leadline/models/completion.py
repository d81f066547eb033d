"""An OpenAI-shaped chat completion, as servers and in-process engines give it, to a Reply."""

from __future__ import annotations

import re
from typing import Any

from leadline.errors import ModelError
from leadline.models.base import Reply, Token

_THINKING = re.compile(r"<(think|thinking|reasoning)>.*?</\1>\s*", re.DOTALL)
_OPEN_THINKING = re.compile(r"\A.*?</(?:think|thinking|reasoning)>\s*", re.DOTALL)


def read_completion(answer: Any, name: str) -> Reply:
    """An OpenAI-shaped chat completion as a Reply; ModelError says what the server said instead."""
    try:
        choice, usage = answer["choices"][0], answer.get("usage", {})
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
        return Reply(strip_thinking(choice["message"].get("content") or ""), tokens, cost)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"{name} gave no usable answer: {str(answer)[:300]}") from error


def strip_thinking(text: str) -> str:
    """Without reasoning tags, also when the opening one is missing.

    >>> strip_thinking("<think>hm</think> Paris"), strip_thinking("hm</think>Paris")
    ('Paris', 'Paris')
    """
    return _OPEN_THINKING.sub("", _THINKING.sub("", text)).strip()
