"""A budget: steps, seconds, tokens and money, whichever ends first.

The loop asks before each step. When a limit is reached it raises BudgetSpent, which the loop turns into
a usable partial report: a budget ends a run, it never loses one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from leadline.errors import BudgetSpent


@dataclass(slots=True)
class Budget:
    """Limits (infinite by default) and what is spent so far."""

    max_steps: float = float("inf")
    max_seconds: float = float("inf")
    max_tokens: float = float("inf")
    max_usd: float = float("inf")
    clock: Callable[[], float] = time.monotonic
    stop: Callable[[], bool] | None = None
    """Asked with the limits: True ends the run as a spent budget does (a person pressed Ctrl-C)."""
    steps: int = 0
    tokens: int = 0
    usd: float = 0.0
    started: float = field(default=-1.0)

    def start(self) -> None:
        """Start the clock; a second call changes nothing."""
        if self.started < 0:
            self.started = self.clock()

    @property
    def seconds(self) -> float:
        return 0.0 if self.started < 0 else self.clock() - self.started

    def spend(self, *, steps: int = 0, tokens: int = 0, usd: float = 0.0) -> None:
        self.steps += steps
        self.tokens += tokens
        self.usd += usd

    def spent(self) -> str:
        """The first limit that is reached, in words; empty while there is room."""
        if self.stop is not None and self.stop():
            return "stopped"
        limits = (
            ("steps", self.steps, self.max_steps),
            ("seconds", self.seconds, self.max_seconds),
            ("tokens", self.tokens, self.max_tokens),
            ("US dollars", self.usd, self.max_usd),
        )
        for unit, used, limit in limits:
            if used >= limit:
                return f"{used:g} of {limit:g} {unit} used"
        return ""

    def check(self) -> None:
        """Raise BudgetSpent when a limit is reached."""
        why = self.spent()
        if why:
            raise BudgetSpent(f"The budget is spent: {why}.", remedy="Resume the run with a larger one.")
