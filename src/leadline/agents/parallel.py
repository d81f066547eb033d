"""Researchers side by side: one question is cut into independent ones, and each has a researcher of its own.

They see nothing of each other. Their calls go out together, so that a round takes as long as its slowest call
(arXiv:2506.18096 W8, arXiv:2512.02038 Q1); what they found is merged in the order of the questions.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from leadline.agents.base import Task
from leadline.agents.consult import picked, side_by_side
from leadline.agents.directed import Script
from leadline.agents.plan import MAX_STEPS, Outline, usable
from leadline.agents.questions import read, split
from leadline.agents.team import Team
from leadline.environments.base import Action, Tool
from leadline.models.base import ChatModel

CUT = (
    "You cut a request into questions that can be looked into at the same time, by people who do not talk to each "
    "other. Answer with one JSON object: steps, at most six questions, none of which needs the answer of another. "
    "One is enough for a simple request."
)


class Brief(msgspec.Struct, frozen=True):
    """What a worker is told: the goal, what to bring back, and when to stop (O1 of arXiv:2512.02038)."""

    question: str
    max_turns: int

    def text(self) -> str:
        return (
            "You are one of several researchers; look into this question only. Bring back quotes with their document. "
            f"You have {self.max_turns} calls; stop before that when the answer has been shown."
        )


class Parallel(Team):
    title = "parallel"
    needs = frozenset({"user"})

    def __init__(self, model: ChatModel, *, seed: int = 0, turns: int = 8) -> None:
        super().__init__(model, seed=seed)
        self.turns = turns

    def work(self, task: Task, tools: Sequence[Tool]) -> Script:
        said = self.ask(Outline, CUT, f"Request: {task.prompt}")
        questions = usable(said) or tuple(part.query for part in split(task.prompt))[:MAX_STEPS]
        if picked(tools, ["show_plan"]):
            yield Action("show_plan", {"steps": list(questions)})
        self.findings.questions += map(read, questions)
        briefs = [Brief(question, self.turns) for question in questions]
        scripts = [
            self.look_into(b.question, task, tools, brief=b.text(), max_turns=b.max_turns) for b in briefs
        ]
        yield from side_by_side(scripts, at_once=min(len(scripts), self.model.parallel))
        return self.finish()
