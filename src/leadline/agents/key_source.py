"""Which of several tables an analysis turns on (DataCross, arXiv:2601.21403, section 2.5 of its specification here)."""

from __future__ import annotations

import math
from collections.abc import Iterable

from leadline.agents.words import QUESTION_WORDS
from leadline.retrieval.statistics import terms


def source_priority(
    *, missing: float, n_columns: int, n_rows: int, has_date: bool, semantic: float, judged: float
) -> float:
    """Key-source score .4 S_obj + .3 S_sem + .3 S_judge (the normalisers are ours). All shares lie in [0, 1].

    >>> round(source_priority(missing=.05, n_columns=8, n_rows=500, has_date=True, semantic=.5, judged=.9), 6)
    0.666225
    """
    rows = min(1.0, math.log10(n_rows + 1) / 4)
    s_obj = min(1.0, (1 - missing) * min(1.0, n_columns / 10) * rows * (1.2 if has_date else 1.0))
    return 0.4 * s_obj + 0.3 * semantic + 0.3 * judged


def keyword_overlap(goal: str, schema: Iterable[str]) -> float:
    """Share of the goal's words that the names of a table and its columns say.

    >>> keyword_overlap("late shipments per supplier", ["shipments", "supplier", "days_late"])
    1.0
    """
    asked = set(terms(goal)) - set(terms(" ".join(sorted(QUESTION_WORDS)))) - {"per"}
    said = {term for name in schema for term in terms(name.replace("_", " "))}
    return len(asked & said) / len(asked) if asked else 0.0
