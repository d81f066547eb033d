"""How much a run sends to its model: `python -m benchmarks.agents_context`

The real loop and prompt with a scripted model, for every context that an agent can have: tokens of all requests of a
run of 20, 100 and 500 steps (tokenizer of the packaged embedder), what of them are results, the largest request, and
how many calls fit a window of 32,768. Turns have the sizes of DeepMiner's arithmetic (arXiv:2510.08276: a question of
300 tokens, the model's own turns of 250, results of 2,000) or are bare calls (results of 2,000 all the same). The
arithmetic is beside the measured fit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from benchmarks.record import record, table

from leadline.agents.base import Context, Task
from leadline.agents.chat import ChatResearcher
from leadline.agents.contexts.keep_last import KeepLast
from leadline.agents.contexts.recent import Recent
from leadline.agents.contexts.size import calls_that_fit, sent_tokens
from leadline.agents.contexts.summary import Summary
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.contexts.window import PLACEHOLDER, SlidingWindow, blanked
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
    "window W=3 S=2": lambda: SlidingWindow(3, 2),
    "window W=S=5": lambda: SlidingWindow(5, 5),
    "keep-last 3": KeepLast,
    "recent W=5 S=3": Recent,
    "summary": Summary,
    "workspace": Workspace,
}
PAPER = {"question": 300, "assistant": 250, "result": 2000}
"""Sizes in tokens of DeepMiner's arithmetic."""
MARKS = 4
"""Tokens of a message beside its text."""
TURNS = {"250 tokens": PAPER["assistant"], "bare call": 0}
"""Tokens of the model's own turns; a bare call has some thirty."""
ARITHMETIC = {
    "transcript": lambda t: 0,
    "window W=5 S=3": lambda t: blanked(t, 5, 3),
    "window W=3 S=2": lambda t: blanked(t, 3, 2),
    "window W=S=5": lambda t: blanked(t, 5, 5),
}


@lru_cache(maxsize=8192)
def tokens(text: str) -> int:
    tokenizer: Any = embedder("wordllama").tokenizer  # type: ignore[attr-defined]
    return len(tokenizer.encode(text, add_special_tokens=False).ids)


@cache
def words(n: int) -> str:
    """A text of `n` tokens."""
    said = (
        "The harbour board decided that the valve of the north quay is to be replaced before winter.".split()
    )
    text = ""
    for number in range(n):
        longer = f"{text} {said[number % len(said)]}"
        if tokens(longer) > n:
            break
        text = longer
    return text


class Archive:
    """Gives a different text of about 2,000 tokens for every query."""

    tools = (Tool("search", "Search.", {"properties": {"query": {"type": "string"}}, "required": ["query"]}),)

    def reset(self, seed: int = 0) -> Observation:
        return Observation("ready")

    def step(self, action: Action) -> Observation:
        # 19: the marks of a message and of data, and the words before the text
        return Observation(f"Minutes on {action.arguments['query']}.{words(PAPER['result'] - 19)}")


class Counting:
    """A scripted model that counts what it is sent."""

    name = "counting"

    def __init__(self, steps: int, own: int) -> None:
        self.steps, self.thought = steps, words(max(0, own - 24))
        self.requests: list[int] = []
        self.results = 0
        """Tokens of results in all requests, placeholders not among them."""

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
        sizes = [tokens(message.content) + MARKS for message in messages]
        self.requests.append(sum(sizes))
        self.results += sum(
            size
            for size, message in zip(sizes, messages, strict=True)
            if message.content.startswith("<data>") and PLACEHOLDER not in message.content
        )
        done = len(self.requests) > self.steps
        move = {"action": "finish"} if done else {"action": "search", "text": f"valve {len(self.requests)}"}
        return Reply(json.dumps({"thought": self.thought, **move}))


class Sent(NamedTuple):
    """Tokens of a run: of all requests, of the results in them, of the largest; and the calls within the window."""

    total: int
    results: int
    largest: int
    fit: int


def sent(context: Context, steps: int, own: int) -> Sent:
    """What one run of `steps` calls sends, with own turns of `own` tokens."""
    model, prompt = Counting(steps, own), f"Which valves are to be replaced?{words(PAPER['question'] - 147)}"
    policy = ChatResearcher(model)
    policy.shown_chars = 100_000
    outcome = run(Task("t", prompt), policy, context, Archive(), Budget(), Trace())
    assert (outcome.ending, len(outcome.turns)) == ("finished", steps)
    room = WINDOW - own
    fit = next((n for n, size in enumerate(model.requests) if size > room), steps + 1) - 1
    return Sent(sum(model.requests), model.results, max(model.requests), fit)


def growth(fewer: float, more: float) -> float:
    """The exponent by which a total grows from the second number of steps to the third."""
    return math.log(more / fewer) / math.log(STEPS[2] / STEPS[1])


def main() -> None:
    rows, figures = [], {}
    for turns, own in TURNS.items():
        for name, make in CONTEXTS.items():
            found = [sent(make(), steps, own) for steps in STEPS]
            rows.append([
                turns, name, *(f"{one.total:,}" for one in found), f"{growth(found[1].total, found[2].total):.2f}",
                f"{growth(found[1].results, found[2].results):.2f}", f"{found[2].largest:,}",
                "500" if found[2].fit >= STEPS[2] else found[2].fit,
            ])  # fmt: skip
            figures[f"{turns}, {name}"] = [one._asdict() for one in found]
    fit = {name: calls_that_fit(WINDOW, blank, **PAPER) for name, blank in ARITHMETIC.items()}
    within = {
        name: math.log(sent_tokens(80, blank, **PAPER) / sent_tokens(20, blank, **PAPER)) / math.log(4)
        for name, blank in ARITHMETIC.items()
    }
    text = "\n\n".join([
        "Tokens of all requests of a run. Growth is the exponent between 100 and 500 steps: 1 is linear, 2 quadratic; "
        "of the whole, and of the results in it. The last column says how many calls of 500 fit a window of 32,768.",
        table(["own turns", "context", *(f"{n} steps" for n in STEPS), "growth", "of results",
               "largest request", "calls that fit"], rows),
        "DeepMiner's arithmetic, calls within 32,768 tokens (q = 300, a = 250, t = 2,000, placeholder 12): "
        + ", ".join(f"{name} {n}" for name, n in fit.items())
        + ". Measured above with the real prompt, whose marks and calls are a few tokens more.",
        "By the same arithmetic a run's tokens grow between 20 and 80 calls with exponent "
        + ", ".join(f"{name} {exponent:.2f}" for name, exponent in within.items()) + ".",
        "DeepMiner's window keeps every turn of the model, so only what it sends of results is linear. Its 500 steps "
        "fit 32k where a turn has at most 32 tokens (a bare call); turns of 250 tokens alone make 125,000, and then "
        "workspace, summary and recent, which let turns go, are what fits.",
    ])  # fmt: skip
    record(
        "agents_context",
        "What each context sends to the model",
        text,
        {"sent": figures, "arithmetic": fit, "growth 20 to 80 calls": within},
    )


if __name__ == "__main__":
    main()
