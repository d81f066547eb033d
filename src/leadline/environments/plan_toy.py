"""Plan, then execute: one choice decides whether a solution is possible, then many tokens must be right.

The toy of EAD (arXiv:2510.05251, after its argument): `plans` first tokens of which one is correct, then `length`
precision tokens of which one of `symbols` is right at each position. Success is a product, so pass@k has a closed form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from leadline.chances import softmax

Array = np.ndarray[Any, np.dtype[np.float64]]


class PlanToy(NamedTuple):
    """Logits of plan k are -slope * k; the right precision token leads the others by `gap`."""

    plans: int = 12
    correct: int = 4
    length: int = 20
    symbols: int = 20
    slope: float = 0.9
    gap: float = 7.0

    @property
    def plan_logits(self) -> Array:
        return np.asarray(-self.slope * np.arange(self.plans), float)

    @property
    def precision_logits(self) -> Array:
        """[symbols]; the first is right."""
        logits = np.zeros(self.symbols)
        logits[0] = self.gap
        return logits

    def success(self, tau: Callable[[Array], Array]) -> float:
        """Probability that one sample is right when token t is sampled at temperature tau(t)."""
        temperatures = tau(np.arange(self.length + 1, dtype=float))
        log_p = softmax(self.plan_logits / temperatures[0])[self.correct]
        precise = [softmax(self.precision_logits / t)[0] for t in temperatures[1:]]
        return float(log_p * np.prod(precise))

    def pass_at(self, k: int, tau: Callable[[Array], Array]) -> float:
        """1 - (1 - success)^k."""
        return 1 - (1 - self.success(tau)) ** k
