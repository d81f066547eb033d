"""What a language model is shown of a bandit: raw history (RH), a summary (SH), or a summary with an algorithm's
statistics (AG), few-shot traces of an oracle; and the agent that reads it (EVOLvE, arXiv:2410.06238)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from leadline.explore.bandits import ucb_bonus
from leadline.models.base import ChatModel, Message

History = Literal["RH", "SH", "AG"]


class Pull(NamedTuple):
    arm: int
    reward: float


class Example(NamedTuple):
    """One step of an oracle: what it saw and what it did."""

    instruction: str
    history: str
    query: str
    label: str


def instruction(names: Sequence[str], detailed: bool = True) -> str:
    text = f"You choose one of {len(names)} options again and again. Each gives a reward. Collect as much as you can."
    if detailed:
        text += " Balance trying options that you know little about with choosing the best so far."
    return text


def query(names: Sequence[str]) -> str:
    return f"Which option next? Answer with one name only: {', '.join(names)}."


def history(names: Sequence[str], pulls: Sequence[Pull], form: History = "RH", alpha: float = 0.5) -> str:
    """The past in words. RH: every choice and reward. SH: name, count and mean. AG: also {bonus, value} of UCB, so
    that only two numbers have to be added.

    >>> print(history(["A", "B"], [Pull(0, 1.0), Pull(0, 0.0)], "AG"))
    2 interactions so far:
    A: 2 times, average reward 0.50, exploration bonus 0.42, exploitation value 0.50
    B: 0 times, average reward 0.00, exploration bonus inf, exploitation value 0.00
    """
    head = f"{len(pulls)} interactions so far:"
    if form == "RH":
        return "\n".join([head, *(f"{names[p.arm]}, reward {p.reward:g}" for p in pulls)])
    n = np.bincount([p.arm for p in pulls], minlength=len(names))
    mean = np.bincount([p.arm for p in pulls], [p.reward for p in pulls], len(names)) / (n + 1e-6)
    bonus = ucb_bonus(n, len(pulls), alpha)
    lines = []
    for k, name in enumerate(names):
        line = f"{name}: {n[k]} times, average reward {mean[k]:.2f}"
        if form == "AG":
            line += f", exploration bonus {bonus[k]:.2f}, exploitation value {mean[k]:.2f}"
        lines.append(line)
    return "\n".join([head, *lines])


def examples(
    names: Sequence[str],
    pulls: Sequence[Pull],
    form: History = "RH",
    *,
    n: int = 5,
    skip: int = 2,
    stride: int = 2,
) -> list[Example]:
    """Few-shot examples from one oracle trajectory: from step `skip` every `stride`-th, the first n (as the code)."""
    steps = range(skip, len(pulls), stride)
    return [
        Example(instruction(names), history(names, pulls[:t], form), query(names), names[pulls[t].arm])
        for t in list(steps)[:n]
    ]


def answered(text: str, names: Sequence[str]) -> int | None:
    """Which arm an answer names; None when it is no name. Case, quotes and a full stop do not matter.

    >>> answered(' "b". ', ["A", "B"]), answered("either", ["A", "B"])
    (1, None)
    """
    said, known = text.strip().strip("\"'. ").lower(), [name.lower() for name in names]
    return known.index(said) if said in known else None


class ModelAgent:
    """A language model that chooses arms. An answer that is no name becomes a random arm and is counted: random
    choices must not pass for exploration."""

    def __init__(
        self, model: ChatModel, names: Sequence[str], form: History = "RH",
        *, shots: Sequence[Example] = (), temperature: float = 0.0, seed: int = 0,
    ) -> None:  # fmt: skip
        self.model, self.names, self.form = model, list(names), form
        self.shots, self.temperature = shots, temperature
        self.rng = np.random.default_rng((seed, 44))
        self.pulls: list[Pull] = []
        self.invalid = 0

    def act(self) -> int:
        said = self.model.chat(
            self.prompt(), max_tokens=12, temperature=self.temperature, seed=len(self.pulls)
        )
        arm = answered(said.text, self.names)
        if arm is None:
            self.invalid += 1
            arm = int(self.rng.integers(len(self.names)))
        return arm

    def update(self, arm: int, reward: float) -> None:
        self.pulls.append(Pull(arm, reward))

    def prompt(self) -> list[Message]:
        messages = [Message("system", instruction(self.names))]
        for shot in self.shots:
            messages += [Message("user", f"{shot.history}\n{shot.query}"), Message("assistant", shot.label)]
        asked = f"{history(self.names, self.pulls, self.form)}\n{query(self.names)}"
        return [*messages, Message("user", asked)]


class LikelihoodAgent(ModelAgent):
    """The arm whose name the model holds likeliest: no answer is invalid unless no name is among the model's first
    tokens. Names must differ in their first token (letters do)."""

    def act(self) -> int:
        reply = self.model.chat(self.prompt(), max_tokens=1, top_logprobs=20, seed=len(self.pulls))
        likely = first_token_scores(reply.tokens[0].top if reply.tokens else {}, self.names)
        if np.isneginf(likely).all():
            self.invalid += 1
            return int(self.rng.integers(len(self.names)))
        return int(np.argmax(likely))


def first_token_scores(top: Mapping[str, float], names: Sequence[str]) -> list[float]:
    """Log-probability of the likeliest first token that begins each name; -inf where none does.

    >>> first_token_scores({" B": -0.1, "b": -3.0, "The": -1.0}, ["A", "B"])
    [-inf, -0.1]
    """
    said = [(token.strip().lower(), logprob) for token, logprob in top.items()]
    return [
        max((p for token, p in said if token and name.lower().startswith(token)), default=-float("inf"))
        for name in names
    ]
