"""An online sensor: is an agent going round in circles? (arXiv:2601.17617 proposes it; the thresholds are ours.)"""

from __future__ import annotations

from collections.abc import Sequence

from leadline.bench.logs.adoption import adoption


def looping(queries: Sequence[str], evidence: Sequence[str], *, repeats: int = 1, below: float = 0.5) -> bool:
    """Whether the last `repeats` queries were repetitions that took less than `below` of their new terms from evidence.

    `evidence[i]` was shown after `queries[i]`. A repetition without new terms takes nothing.

    >>> looping(["storm 1901", "storm 1901"], ["a storm", "a storm"])
    True
    """
    steps = adoption(queries, evidence)[-repeats:]
    return len(steps) == repeats and all(
        step.move == "Repetition" and (step.accumulated or 0.0) < below for step in steps
    )
