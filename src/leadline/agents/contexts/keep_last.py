"""The last k tool results in full, all earlier ones left out; the calls themselves stay.

What is left out may leave a line behind: with `digest=picture_names` the names of its pictures, which could otherwise
never be fetched again (LMM-Searcher, arXiv:2604.12890, keeps k = 5 of 100 turns and loses them).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from leadline.agents.base import Task, Turn, View
from leadline.agents.contexts.window import PLACEHOLDER
from leadline.environments.base import Observation, Tool

UID = re.compile(r"img:[0-9a-f]{12}")


class KeepLast:
    """`digest` says in a line what of a result must outlive it; nothing by default."""

    def __init__(
        self, k: int = 3, placeholder: str = PLACEHOLDER, digest: Callable[[Observation], str] | None = None
    ) -> None:
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        self.k, self.placeholder, self.digest = k, placeholder, digest

    def view(self, task: Task, tools: Sequence[Tool], turns: Sequence[Turn]) -> View:
        old = [
            msgspec.structs.replace(turn, observation=self._stub(turn.observation))
            for turn in turns[: -self.k]
        ]
        return View(task, tools, [*old, *turns[-self.k :]])

    def _stub(self, seen: Observation) -> Observation:
        rest = self.digest(seen) if self.digest else ""
        return Observation(f"{self.placeholder} {rest}" if rest else self.placeholder)


def picture_names(seen: Observation) -> str:
    """The names of the pictures that a result spoke of, each once, in their order.

    >>> picture_names(Observation("[img:0123456789ab 64x64: a crane] and again img:0123456789ab"))
    'Pictures: img:0123456789ab.'
    """
    names = dict.fromkeys(UID.findall(seen.text))
    return f"Pictures: {', '.join(names)}." if names else ""
