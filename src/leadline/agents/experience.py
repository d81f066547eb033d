"""Lessons from contrast (LightSearcher, arXiv:2512.06653, section 3.3): good and bad runs are compared, and a short
text is written that later runs are shown.

The memory is rewritten whole, never appended. Rules only: no answer of any run may stand in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Experience(NamedTuple):
    """One finished run."""

    question: str
    answer: str
    reward: float
    actions: tuple[str, ...]
    """Tool names in order."""


Write = Callable[[Sequence[Experience], Sequence[Experience]], str]


class ExperienceMemory:
    """`text` is what a prompt may show. Good: reward >= `good_from` (fully right, fewest calls); bad: < `bad_below`."""

    def __init__(
        self, write: Write | None = None, *, good_from: float = 1.0, bad_below: float = 0.3, keep: int = 200
    ) -> None:
        self.write, self.good_from, self.bad_below, self.keep = write or contrast, good_from, bad_below, keep
        self.good: list[Experience] = []
        self.bad: list[Experience] = []
        self.text = ""

    def add(self, experience: Experience) -> None:
        if experience.reward >= self.good_from:
            self.good = [*self.good, experience][-self.keep :]
        elif experience.reward < self.bad_below:
            self.bad = [*self.bad, experience][-self.keep :]

    def rewrite(self) -> str:
        """A new text from the buffers; the old one stays when there is no good run yet, or when the new one names an
        answer."""
        if self.good:
            text = self.write(self.good, self.bad)
            if not leaks(text, [*self.good, *self.bad]):
                self.text = text
        return self.text


def contrast(good: Sequence[Experience], bad: Sequence[Experience]) -> str:
    """Lessons by rule: how many calls, which first action, what bad runs do more often."""
    lines = [
        f"Success: right answers took {_mean_calls(good):.1f} calls on average; begin with {_first(good)}."
    ]
    if bad:
        more = Counter(a for e in bad for a in e.actions)
        less = Counter(a for e in good for a in e.actions)
        often = {a: more[a] / len(bad) - less[a] / len(good) for a in more}
        worst = max(sorted(often), key=lambda a: often[a])
        lines.append(
            f"Pitfall: failed runs took {_mean_calls(bad):.1f} calls, {worst} {often[worst]:+.1f} times more."
        )
    lines.append("Guideline: stop as soon as the evidence answers the question.")
    return "\n".join(lines)


def leaks(text: str, experiences: Sequence[Experience]) -> bool:
    """Whether an answer (of four characters and more) of any run stands in the text."""
    low = text.lower()
    return any(len(e.answer) >= 4 and e.answer.lower() in low for e in experiences)


def best_experience(memory: ExperienceMemory, question: str) -> Experience | None:
    """The good run whose question shares most words with this one; None when none shares any."""
    words = set(question.lower().split())
    scored = [(len(words & set(e.question.lower().split())), -i) for i, e in enumerate(memory.good)]
    score, position = max(scored, default=(0, 0))
    return memory.good[-position] if score else None


def _mean_calls(runs: Sequence[Experience]) -> float:
    return sum(len(e.actions) for e in runs) / len(runs)


def _first(runs: Sequence[Experience]) -> str:
    firsts = Counter(e.actions[0] for e in runs if e.actions)
    return max(sorted(firsts), key=lambda a: firsts[a]) if firsts else "an answer"
