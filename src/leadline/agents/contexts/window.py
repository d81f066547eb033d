"""A sliding window over tool results (DeepMiner, arXiv:2510.08276, section 3.2).

Assistant turns are never removed. At most `window` tool results are visible; when one more would come, the oldest
`slide` of them are replaced by a placeholder that tells the policy to call again if it needs them.

So what a run sends of results grows linearly with its length; of the policy's own turns, which all stay, it grows
quadratically (`recent.py` lets them go too). `size.py` has the arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from leadline.agents.base import Task, Turn, View
from leadline.environments.base import Observation, Tool

PLACEHOLDER = "(Result left out: call again if needed.)"
"""About 12 tokens: it stands once for every result that is no longer shown."""


class SlidingWindow:
    """`window` W and `slide` S with 1 <= S <= W. A larger slide keeps a model's cached prefix valid longer."""

    def __init__(self, window: int = 5, slide: int = 3, placeholder: str = PLACEHOLDER) -> None:
        self.window, self.slide = checked_window(window, slide)
        self.placeholder = placeholder

    def view(self, task: Task, tools: Sequence[Tool], turns: Sequence[Turn]) -> View:
        blank = blanked(len(turns), self.window, self.slide)
        hidden = Observation(self.placeholder)
        shown = [msgspec.structs.replace(turn, observation=hidden) for turn in turns[:blank]]
        return View(task, tools, [*shown, *turns[blank:]])


def checked_window(window: int, slide: int) -> tuple[int, int]:
    """Both, when they make a window."""
    if not 1 <= slide <= window:
        raise ValueError(f"need 1 <= slide <= window, not slide {slide} and window {window}")
    return window, slide


def blanked(results: int, window: int, slide: int) -> int:
    """How many of the first tool results are blank when `results` have come.

    >>> [blanked(t, 3, 2) for t in range(7)]
    [0, 0, 0, 0, 2, 2, 4]
    """
    return -(-max(0, results - window) // slide) * slide


class TrainedTurns(NamedTuple):
    """One training sequence: `blank` results are placeholders, assistant turns first..last (1-based) carry loss."""

    blank: int
    first: int
    last: int


def training_sequences(results: int, window: int, slide: int) -> list[TrainedTurns]:
    """The K = 1 + ceil((T - W) / S) sequences of a trajectory with T tool results and T + 1 assistant turns.

    Sequence k trains the turns that were sampled while exactly (k - 1) S results were blank, so that every turn is
    trained once, under the context it was sampled in.

    >>> [(s.blank, s.first, s.last) for s in training_sequences(6, 3, 2)]
    [(0, 1, 4), (2, 5, 6), (4, 7, 7)]
    """
    turns = range(1, results + 2)
    found: list[TrainedTurns] = []
    for turn in turns:
        blank = blanked(turn - 1, window, slide)
        if found and found[-1].blank == blank:
            found[-1] = found[-1]._replace(last=turn)
        else:
            found.append(TrainedTurns(blank, turn, turn))
    return found
