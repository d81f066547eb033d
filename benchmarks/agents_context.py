"""How much a run sends to its model: `python -m benchmarks.agents_context`

The real loop and prompt with a scripted model, for every context that an agent can have: tokens of all requests of a
run of 20, 100 and 500 steps (tokenizer of the packaged embedder), the largest request, and whether it fits a window of
32,768. Turns are long (the model writes about 200 words) or short (a bare call); every result is cut at 6,000
characters. DeepMiner's arithmetic (arXiv:2510.08276) is beside it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from benchmarks.record import record, table

from leadline.agents.base import Context, Task
from leadline.agents.chat import ChatResearcher
from leadline.agents.contexts.keep_last import KeepLast
from leadline.agents.contexts.size import calls_that_fit
from leadline.agents.contexts.summary import Summary
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.contexts.window import SlidingWindow, blanked
from leadline.agents.contexts.workspace import Workspace
from leadline.agents.loop import run
from leadline.environments.base import Action, Observation, Tool
from leadline.models.base import Message, Reply
from leadline.models.embed import embedder
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace

WINDOW = 32_768
STEPS = (20, 100, 500)
CONTEXTS: dict[str, Callable[[], Context]] = {
    "transcript": Transcript,
    "window W=5 S=3": SlidingWindow,
    "keep-last 3": KeepLast,
    "summary": Summary,
    "workspace": Workspace,
}
SENTENCE = "The harbour board decided that the valve of the north quay is to be replaced before winter. "
TURNS = {"long": SENTENCE * 13, "short": ""}
"""What the model writes before each call."""
PAPER = {"question": 300, "assistant": 250, "result": 2000}
"""Sizes in tokens of DeepMiner's arithmetic."""


class Archive:
    """Gives a different text of about 8,000 characters for every query."""

    tools = (Tool("search", "Search.", {"properties": {"query": {"type": "string"}}, "required": ["query"]}),)

    def reset(self, seed: int = 0) -> Observation:
        return Observation("ready")

    def step(self, action: Action) -> Observation:
        return Observation(f"Minutes on {action.arguments['query']}. " + SENTENCE * 90)


class Sent(NamedTuple):
    """Tokens of a run: of all requests together, and of the largest one."""

    total: int
    largest: int


class Counting:
    """A scripted model that counts what it is sent. Every message is tokenized once."""

    name = "counting"

    def __init__(self, steps: int, thought: str) -> None:
        self.steps, self.thought = steps, thought
        self.requests: list[int] = []

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
        self.requests.append(sum(tokens(message.content) + 4 for message in messages))
        done = len(self.requests) > self.steps
        move = {"action": "finish"} if done else {"action": "search", "text": f"valve {len(self.requests)}"}
        return Reply(json.dumps({"thought": self.thought, **move}))


@lru_cache(maxsize=8192)
def tokens(text: str) -> int:
    """Tokens of a text; a message costs four more for its marks."""
    tokenizer: Any = embedder("wordllama").tokenizer  # type: ignore[attr-defined]
    return len(tokenizer.encode(text, add_special_tokens=False).ids)


def sent(context: Context, steps: int, thought: str) -> Sent:
    """What one run sends."""
    model = Counting(steps, thought)
    outcome = run(
        Task("t", "Which valves are to be replaced?"),
        ChatResearcher(model),
        context,
        Archive(),
        Budget(),
        Trace(),
    )
    assert (outcome.ending, len(outcome.turns)) == ("finished", steps)
    return Sent(sum(model.requests), max(model.requests))


def main() -> None:
    rows, figures = [], {}
    for turns, thought in TURNS.items():
        for name, make in CONTEXTS.items():
            found = [sent(make(), steps, thought) for steps in STEPS]
            growth = math.log(found[2].total / found[1].total) / math.log(STEPS[2] / STEPS[1])
            fits = next(
                (n for n, one in zip(STEPS[::-1], found[::-1], strict=True) if one.largest <= WINDOW), 0
            )
            rows.append([
                turns, name, *(f"{one.total:,}" for one in found), f"{growth:.2f}", f"{found[2].largest:,}", fits,
            ])  # fmt: skip
            figures[f"{turns} {name}"] = [one._asdict() for one in found]
    fit = {
        "transcript": calls_that_fit(WINDOW, lambda t: 0, **PAPER),
        "W=5 S=3": calls_that_fit(WINDOW, lambda t: blanked(t, 5, 3), **PAPER),
        "W=3 S=2": calls_that_fit(WINDOW, lambda t: blanked(t, 3, 2), **PAPER),
        "W=S=5": calls_that_fit(WINDOW, lambda t: blanked(t, 5, 5), **PAPER),
    }
    text = "\n\n".join([
        "Growth is the exponent of total tokens between 100 and 500 steps: 1 is linear, 2 quadratic.",
        table(["turns", "context", *(f"tokens, {n} steps" for n in STEPS), "growth", "largest request of 500 steps",
               "steps that fit 32k"], rows),
        "DeepMiner's arithmetic, tool calls within 32,768 tokens (q = 300, a = 250, t = 2,000, placeholder 12): "
        + ", ".join(f"{name} {n}" for name, n in fit.items()) + ".",
    ])  # fmt: skip
    record(
        "agents_context", "What each context sends to the model", text, {"sent": figures, "arithmetic": fit}
    )


if __name__ == "__main__":
    main()
