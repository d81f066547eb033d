"""What a language model is shown of a contextual bandit, and the agent that reads it (EVOLvE, arXiv:2410.06238).

RH: each past step with its user, choice and reward. AG: also, at each step and for the current user, what LinUCB knew
before that step: bonus and value of every arm. (A summary per arm would forget the users: there is no SH.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from leadline.explore.bandit_prompts import answered
from leadline.explore.bandits import Array, LinUCB
from leadline.models.base import ChatModel, Message


class Seen(NamedTuple):
    """A step: the user in words, with the numbers; what LinUCB said (text, "" in RH); choice and reward."""

    user: str
    guide: str
    arm: int
    reward: float


def user_in_words(person: str, x: Array) -> str:
    """One sentence and the preference vector in full.

    >>> user_in_words("a nurse", np.array([0.5, -1.0]))
    'This person is a nurse. Preferences: [0.50, -1.00].'
    """
    numbers = ", ".join(f"{value:.2f}" for value in x)
    return f"This person is {person or 'unknown'}. Preferences: [{numbers}]."


def guide_in_words(names: Sequence[str], oracle: LinUCB, x: Array) -> str:
    """{bonus, value} of every arm, before the step's update."""
    value, bonus = oracle.values(x)
    return "\n".join(
        f"{name}: exploration bonus {b:.2f}, exploitation value {v:.2f}"
        for name, b, v in zip(names, bonus, value, strict=True)
    )


def prompt(names: Sequence[str], past: Sequence[Seen], user: str, guide: str) -> list[Message]:
    """The messages for the decision about the current user."""
    task = (
        f"You recommend one of {len(names)} movies to a new person again and again. Each gives a rating as reward. "
        "Collect as much as you can. Balance trying movies that you know little about with the best so far."
    )
    lines = [f"{len(past)} interactions so far:"]
    for step in past:
        shown = [step.user, step.guide] if step.guide else [step.user]
        lines += [*shown, f"You recommended {names[step.arm]}, reward {step.reward:.2f}"]
    lines += [
        user,
        *([guide] if guide else []),
        f"Which movie? Answer with one name only: {', '.join(names)}.",
    ]
    return [Message("system", task), Message("user", "\n".join(lines))]


class ContextualModelAgent:
    """A language model behind choose / update / meet of `play_contextual`. An answer that is no name becomes a random
    arm and is counted."""

    def __init__(
        self, model: ChatModel, names: Sequence[str], d: int, form: Literal["RH", "AG"] = "RH",
        *, window: int = 200, seed: int = 0,
    ) -> None:  # fmt: skip
        self.model, self.names, self.form, self.window = model, list(names), form, window
        self.rng = np.random.default_rng((seed, 45))
        self.oracle = LinUCB(len(self.names), d, seed=seed)
        self.past: list[Seen] = []
        self.person, self.user, self.guide, self.invalid = "", "", "", 0

    def meet(self, person: str) -> None:
        self.person = person

    def choose(self, x: Array) -> int:
        self.user = user_in_words(self.person, x)
        self.guide = guide_in_words(self.names, self.oracle, x) if self.form == "AG" else ""
        asked = prompt(self.names, self.past[-self.window :], self.user, self.guide)
        arm = answered(self.model.chat(asked, max_tokens=24, seed=len(self.past)).text, self.names)
        if arm is None:
            self.invalid += 1
            arm = int(self.rng.integers(len(self.names)))
        return arm

    def update(self, arm: int, x: Array, reward: float) -> None:
        self.past.append(Seen(self.user, self.guide, arm, reward))
        self.oracle.update(arm, x, reward)
