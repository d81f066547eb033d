"""A quantity that changes over a training run: a share of rollouts, a count of examples, a probability."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from leadline.errors import NotFound

Kind = Literal["linear", "two-phase", "constant"]


class Anneal(NamedTuple):
    """linear: from `start` straight to `end`; two-phase: `start` in the first half, then `end`; constant: `start`.

    >>> [Anneal("linear", 1, 0).at(step, 200) for step in (0, 50, 100, 150, 200)]
    [1.0, 0.75, 0.5, 0.25, 0.0]
    >>> [Anneal("two-phase", 1, 0).at(step, 10) for step in (0, 4, 5, 9)]
    [1.0, 1.0, 0.0, 0.0]
    """

    kind: Kind
    start: float
    end: float = 0.0

    def at(self, step: int, steps: int) -> float:
        """The value at progress step / steps, so that the last of `steps` steps is just before the end."""
        progress = min(1.0, step / steps) if steps else 1.0
        if self.kind == "linear":
            return self.start + (self.end - self.start) * progress
        if self.kind == "two-phase":
            return float(self.start if progress < 0.5 else self.end)
        if self.kind == "constant":
            return float(self.start)
        raise NotFound("kind of annealing", self.kind, get_args(Kind))
