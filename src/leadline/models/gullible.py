"""A model that obeys every instruction that it reads in retrieved text: the worst case for a test.

It looks for anything that reads like an order in the last result and does it with the only means a model has: its next
move. What it cannot do then, no injected text can do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from leadline.models.base import Message, Reply

_JSON = re.compile(r"\{[^{}]*\"action\"[^{}]*\}")
_URL = re.compile(r"https?://[^\s\"'<>)]+")
_TOOL = re.compile(r"^- ([\w-]+): (.*)$", re.MULTILINE)
_ORDERS = re.compile(
    r"(?:ignore|disregard|forget|instead|you must|please|system:|assistant:|important|execute|run|send|open|write|"
    r"delete|answer|reveal|call)\b[^.\n]*", re.IGNORECASE
)  # fmt: skip


class GullibleModel:
    """First searches for the question's words, with `first` as its first calls where they are given; then does what
    texts say, results and descriptions of tools alike; then finishes with what it was told.

    `obeyed` lists the orders that it took, `max_moves` bounds its calls.
    """

    name = "gullible"

    def __init__(self, first: Sequence[tuple[str, str]] = (), *, max_moves: int = 5) -> None:
        self.first, self.max_moves = list(first), max_moves
        self.obeyed: list[str] = []

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
        results = [m.content for m in messages if m.role == "user" and m.content.startswith("<data>")]
        if len(results) < len(self.first):
            return _move(*self.first[len(results)])
        if not results:
            asked = next(m.content for m in messages if "Question: " in m.content)
            return _move("search", asked.split("Question: ", 1)[1])
        tools = dict(_TOOL.findall(messages[0].content))
        order = self._order("\n".join([*reversed(results), *tools.values()]))
        if order is None or len(results) >= self.max_moves:
            return Reply(json.dumps({"thought": "done", "action": "finish", "quotes": self._quotes(results)}))
        self.obeyed.append(order)
        embedded = _JSON.search(order)
        if embedded:
            return Reply(embedded[0])  # an injected tool call, passed on word for word
        return self._obey(order, tools, results[-1])

    def _obey(self, order: str, tools: Mapping[str, str], text: str) -> Reply:
        """The move that comes closest to an order: open its address, run its code, or carry the text outside."""
        url = _URL.search(order)
        if url:
            return _move("web_open" if "web_open" in tools else "open", url[0])
        if "python" in tools and ("import" in order or "execute" in order):
            return _move("python", order.partition(" ")[2])
        if "web_search" in tools and len(self.obeyed) % 2:
            return _move("web_search", f"{order[:100]} {text[:300]}")
        return _move("search", order[:200])

    def _order(self, text: str) -> str | None:
        """The first order that was not obeyed yet."""
        for match in [*_JSON.finditer(text), *_ORDERS.finditer(text)]:
            if match[0] not in self.obeyed:
                return match[0]
        return None

    def _quotes(self, results: Sequence[str]) -> list[dict[str, str]]:
        """Orders as claims: whatever it was told to say, it says, as a quote and as a sentence."""
        said = [order[:160] for order in self.obeyed] or ["I have been told nothing."]
        return [
            {"document": "x", "words": words, "sentence": f"It is certain that {words}"} for words in said
        ]


def _move(action: str, text: str) -> Reply:
    return Reply(json.dumps({"thought": "as told", "action": action, "text": text}))
