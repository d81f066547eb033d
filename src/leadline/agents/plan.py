"""Research by a plan: made once, made after asking the user, or changed while it is carried out.

The plan is shown (a step of the trace) before the first search, and a person who is there may change it. Each step is
looked into by a researcher with a context of its own, who is told what the steps before have found.

Workflow classes of arXiv:2506.18096, section 3.4: fixed steps (W1), planning only (W2), intent first (W3), the draft
plan confirmed (W4), re-planning from results (W7).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from leadline.agents.base import Task
from leadline.agents.consult import picked
from leadline.agents.directed import Script
from leadline.agents.questions import read, split
from leadline.agents.team import Team
from leadline.environments.base import Action, Tool
from leadline.models.base import ChatModel

MAX_STEPS = 6
_WORD = re.compile(r"[^\W\d_]{2,}")
Mode = Literal["static", "ask", "revise"]
"""static: the plan stands. ask: what is unclear is asked before, and the draft is shown. revise: what is left to do
is planned anew after each step."""

FIXED = (
    "What is {question} about, and which names does it turn on?",
    "{question}",
    "What speaks against the answer to: {question}",
)
"""The steps of the agent `workflow`: the same for every question."""


class Outline(msgspec.Struct, frozen=True):
    """Steps of a plan, each a question of its own that can be understood without the others."""

    steps: tuple[str, ...]


class Intent(msgspec.Struct, frozen=True):
    """Whether the request can be understood in one way only, and if not, what to ask."""

    clear: bool
    question: str = ""


PLAN = (
    "You plan research. Answer with one JSON object: steps, at most six short questions that together answer the "
    "request, each understandable without the others. One is enough for a simple request."
)
CLEAR = (
    "You read a request before research starts. Answer with one JSON object: clear (true unless it can mean two "
    "different things that lead to different answers) and question (what to ask its author, if it is not clear)."
)
REVISE = (
    "You lead research that is under way. Answer with one JSON object: steps, the questions that are still to be "
    "looked into, in the light of what was found; put names that were found in the place of descriptions, ask a "
    "question that found nothing in another way, and leave out what is answered. None if all is answered."
)


class Planner(Team):
    """`steps` with {question} in them are fixed steps that need no planning model."""

    needs = frozenset({"user"})

    def __init__(
        self,
        model: ChatModel,
        *,
        mode: Mode = "static",
        steps: Sequence[str] = (),
        seed: int = 0,
        turns: int = 8,
    ) -> None:
        self.title = "workflow" if steps else f"plan-{mode}" if mode != "static" else "plan"
        super().__init__(model, seed=seed)
        self.mode, self.steps, self.turns = mode, tuple(steps), turns

    def work(self, task: Task, tools: Sequence[Tool]) -> Script:
        request = yield from self.clarified(task.prompt, tools)
        steps = yield from self.agreed(self.outline(request), request, tools)
        done: tuple[str, ...] = ()
        while steps:
            self.findings.questions = list(map(read, (*done, *steps)))
            step, steps, done = steps[0], steps[1:], (*done, steps[0])
            notes = f"Found by the steps before:\n{self.known()}" if len(self.findings.ledger) else ""
            yield from self.look_into(step, task, tools, notes=notes, max_turns=self.turns)
            if self.mode == "revise" and steps:
                steps = yield from self.revised(request, step, steps, tools)
        self.findings.questions = list(map(read, done))
        return self.finish()

    def outline(self, request: str) -> tuple[str, ...]:
        """The steps of the plan; by the rules of `questions.split` where the model gives none."""
        if self.steps:
            return tuple(step.replace("{question}", request) for step in self.steps)
        said = self.ask(Outline, PLAN, f"Request: {request}")
        return usable(said) or tuple(part.query for part in split(request))[:MAX_STEPS]

    def clarified(self, request: str, tools: Sequence[Tool]) -> Script:
        """The request, with the user's answer where it was not clear; asked only in the mode for it."""
        if self.mode != "ask" or not picked(tools, ["ask_user"]):
            return request
        intent = self.ask(Intent, CLEAR, f"Request: {request}")
        if intent is None or intent.clear or not intent.question.strip():
            return request
        seen = yield Action("ask_user", {"question": intent.question})
        return f"{request} ({seen.data})" if seen.data else request

    def agreed(self, steps: tuple[str, ...], request: str, tools: Sequence[Tool]) -> Script:
        """The plan after it was shown; what the user says is planned in."""
        if not picked(tools, ["show_plan"]):
            return steps
        seen = yield Action("show_plan", {"steps": list(steps)})
        if not seen.data or self.steps:
            return steps
        draft = "\n".join(steps)
        said = self.ask(Outline, PLAN, f"Request: {request}\nDraft:\n{draft}\nIts author says: {seen.data}")
        return usable(said) or steps

    def revised(self, request: str, done: str, steps: tuple[str, ...], tools: Sequence[Tool]) -> Script:
        """What is left to do in the light of what was found; shown again when it has changed."""
        found = "something" if self.findings.ledger.of(done) else "nothing"
        left = "\n".join(steps)
        said = self.ask(
            Outline, REVISE, f"Request: {request}\nJust looked into: {done} (found {found})\nStill planned:\n{left}",
            f"Found so far:\n{self.known()}",
        )  # fmt: skip
        if said is None or tuple(said.steps) == steps:
            return steps
        changed = usable(said)
        if changed and picked(tools, ["show_plan"]):
            yield Action("show_plan", {"steps": list(changed)})
        return changed


class Fixed(Planner):
    """The same steps for every question (W1)."""

    def __init__(self, model: ChatModel, *, seed: int = 0) -> None:
        super().__init__(model, steps=FIXED, seed=seed)


def usable(outline: Outline | None) -> tuple[str, ...]:
    """The steps that ask something (two words at least), each once, at most MAX_STEPS.

    >>> usable(Outline(("Who makes it?", "1.1.1.1", "Who makes it?", " ")))
    ('Who makes it?',)
    """
    steps = (step.strip() for step in outline.steps) if outline else ()
    return tuple(dict.fromkeys(step for step in steps if len(_WORD.findall(step)) >= 2))[:MAX_STEPS]
