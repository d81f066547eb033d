"""The person who asked, as an environment: agents may ask them something and show them a plan.

Both are steps of the trace like any other, so a resumed run does not ask twice. Without a person nobody answers, and
the agent goes on with what it has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leadline.environments.arguments import called
from leadline.environments.base import Action, Observation, Tool, failed

Person = Callable[[str], str]
"""Shown a text; what it answers, empty for nothing."""
MAX_ANSWER = 2000

ASK = Tool(
    "ask_user", "Ask the person who wants to know, when the question can be understood in several ways.",
    {"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]},
)  # fmt: skip
SHOW_PLAN = Tool(
    "show_plan", "Show the person the plan before it is carried out; the answer says what to change.",
    {"type": "object", "properties": {"steps": {"type": "array"}}, "required": ["steps"]},
)  # fmt: skip


class UserEnvironment:
    """Tools `ask_user` and `show_plan`. `data` of an observation is the answer."""

    tools: Sequence[Tool] = (ASK, SHOW_PLAN)

    def __init__(self, person: Person | None = None) -> None:
        self.person = person

    def reset(self, seed: int = 0) -> Observation:
        return Observation("A person." if self.person else "Nobody is there to be asked.")

    def step(self, action: Action) -> Observation:
        tool = called(self.tools, action)
        if isinstance(tool, str):
            return failed(tool)
        if tool is ASK:
            shown = str(action.arguments["question"])
        else:
            steps = [f"{n}. {step}" for n, step in enumerate(action.arguments["steps"], 1)]
            shown = "\n".join(["The plan:", *steps, "What should change? (nothing: go on)"])
        said = self.person(shown)[:MAX_ANSWER].strip() if self.person else ""
        return Observation(said or "Nobody answered.", data=said)
