"""A bandit of answers: each prompt is a fixed list of candidate answers, and a pull says whether it is right."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.environments.base import Action, Observation, Tool

CHOOSE = Tool(
    "choose",
    "Give the answer with this number.",
    {"type": "object", "properties": {"arm": {"type": "integer", "minimum": 0}}, "required": ["arm"]},
)


class AnswerBandit:
    """One prompt; `right` are the numbers of the right answers of `n_arms`. A choice ends the episode."""

    tools: Sequence[Tool] = (CHOOSE,)

    def __init__(self, n_arms: int, right: Sequence[int]) -> None:
        self.n_arms, self.right, self.done = n_arms, frozenset(right), False

    def reset(self, seed: int = 0) -> Observation:
        self.done = False
        return Observation(f"{self.n_arms} answers")

    def step(self, action: Action) -> Observation:
        arm = action.arguments.get("arm")
        if not isinstance(arm, int) or not 0 <= arm < self.n_arms:
            message = f"arm must be a whole number from 0 to {self.n_arms - 1}"
            return Observation(message, error=message)
        self.done = True
        return Observation("", reward=float(arm in self.right), done=True, cost={"calls": 1.0})

    def legal_actions(self) -> list[Action]:
        return [] if self.done else [Action("choose", {"arm": arm}) for arm in range(self.n_arms)]

    def state_id(self) -> str:
        return "done" if self.done else "start"

    def snapshot(self) -> bool:
        return self.done

    def restore(self, snapshot: bool) -> None:
        self.done = snapshot
