"""A language model as the judge of Go-Explore (arXiv:2405.15143): numbered choices out, JSON in.

Our own wording of the paper's three questions. What the model is shown of states and actions is text from the
environment; its answer is only ever an index or 0/1. Anything else raises ValueError: chance decides, counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from leadline.explore.cells import Cell
from leadline.models.base import ChatModel, Message

SCHEMA = {"type": "object", "properties": {"choice": {"type": "integer"}}, "required": ["choice"]}
RULES = (
    "You steer a systematic search. An archive keeps interesting states. You will be asked which state to return "
    'to, which action to try, and whether a new state is interesting. Answer with JSON: {"choice": number}.'
)


class ModelJudge:
    """`goal` says what is wanted; `name_action(cell, k)` shows action k of a state. History: the last `window`
    exchanges (5 in Game of 24, 3 in BabyAI, 0 in TextWorld)."""

    def __init__(
        self, model: ChatModel, goal: str, name_action: Callable[[Cell, int], str],
        *, window: int = 5, temperature: float = 0.7, max_tokens: int = 100, seed: int = 0,
    ) -> None:  # fmt: skip
        self.model, self.goal, self.name_action = model, goal, name_action
        self.window, self.temperature, self.max_tokens, self.seed = window, temperature, max_tokens, seed
        self.history: list[Message] = []
        self.calls, self.tokens = 0, 0

    def choose_state(self, cells: Sequence[Cell], untried: Sequence[int]) -> int:
        shown = [f"{c.observation.text} (step {len(c.path)})" for c in cells]
        return self._choose("Return to which state? Take the most promising one: likely to lead to a solution or "
                            "to more new states.", shown)  # fmt: skip

    def choose_action(self, cell: Cell, actions: Sequence[int]) -> int:
        shown = [self.name_action(cell, k) for k in actions]
        return self._choose(f"State: {cell.observation.text}\nWhich action next?", shown)

    def accept(self, cell: Cell, archive: Sequence[Cell]) -> bool:
        known = "\n".join(c.observation.text for c in archive)
        answer = self._ask(
            f"Archive:\n{known}\nNew state: {cell.observation.text}\n"
            "Is it worth keeping? 1: yes. 0: no, it surely cannot lead to a solution, or it is like a known one."
        )
        if answer not in (0, 1):
            raise ValueError(f"{answer} is neither 0 nor 1")
        return answer == 1

    def _choose(self, question: str, options: Sequence[str]) -> int:
        numbered = "\n".join(f"{i}. {text}" for i, text in enumerate(options, 1))
        return self._ask(f"{question}\n{numbered}\nChoose between 1 and {len(options)}.") - 1

    def _ask(self, question: str) -> int:
        asked = Message("user", question)
        past = self.history[-2 * self.window :] if self.window else []
        reply = self.model.chat(
            [Message("system", f"{self.goal}\n{RULES}"), *past, asked],
            max_tokens=self.max_tokens, temperature=self.temperature, schema=SCHEMA, seed=self.seed + self.calls,
        )  # fmt: skip
        self.calls += 1
        self.tokens += int(reply.cost.get("tokens_in", 0) + reply.cost.get("tokens_out", 0))
        choice = json.loads(reply.text)["choice"]  # JSONDecodeError is a ValueError
        if not isinstance(choice, int):
            raise ValueError(f"{choice!r} is not a number")
        self.history += [asked, Message("assistant", reply.text)]
        return choice

    def state(self) -> dict[str, object]:
        return {
            "history": [[m.role, m.content] for m in self.history],
            "calls": self.calls,
            "tokens": self.tokens,
        }

    def resume(self, state: dict[str, object]) -> None:
        self.history = [Message(role, text) for role, text in state["history"]]  # type: ignore[attr-defined]
        self.calls, self.tokens = state["calls"], state["tokens"]  # type: ignore[assignment]
