"""DataCross's four-part score of analytic insights (arXiv:2601.21403, section 2.4 of its specification here).

Overall = 0.30 factuality + 0.25 completeness + 0.20 logic + 0.25 insightfulness.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

_PREFIXES = ("Trend:", "Comparison:", "Extreme:", "Attribution:")


def strip_type(insight: str) -> str:
    """An insight without its type prefix (case-sensitive, as released)."""
    for prefix in _PREFIXES:
        if insight.startswith(prefix):
            return insight[len(prefix) :].strip()
    return insight


def factuality(number_recall: float, judged: float) -> float:
    """F = .5 H + .5 J."""
    return 0.5 * number_recall + 0.5 * judged


def completeness(cosine: Sequence[Sequence[float]]) -> float:
    """Mean over gold insights (rows) of the best cosine to a predicted one (columns); not clipped; empty: 0.

    >>> completeness([[0.9, 0.2, 0.4], [0.3, 0.6, 0.1]])
    0.75
    """
    table = np.asarray(cosine, dtype=float)
    return float(table.max(axis=1).mean()) if table.size else 0.0


def overall(factual: float, complete: float, logic: float, insight: float) -> float:
    """
    >>> round(overall(0.70, 0.8, 0.6, 0.5), 3)
    0.655
    """
    return 0.30 * factual + 0.25 * complete + 0.20 * logic + 0.25 * insight


def expected_rating(top: Mapping[str, float]) -> float:
    """Rating in [0, 1] from log-probabilities of the candidates at the rating token.

    The candidates are renormalised; one that is not a number counts 0.

    >>> from math import log
    >>> round(expected_rating({"8": log(.6), "7": log(.2), "9": log(.1), "6": log(.05), " ": log(.05)}), 4)
    0.74
    """
    weights = {token: math.exp(logprob) for token, logprob in top.items()}
    total = sum(weights.values())
    return sum(w * int(t) / 10 for t, w in weights.items() if t.strip().isdigit()) / total if total else 0.0


def rating_from_text(text: str) -> float:
    """Rating in [0, 1] from a judge's words: the number in <rating>, else the first 1..10, else .5."""
    tagged = re.search(r"<rating>\s*(\d+(?:\.\d+)?)\s*</rating>", text)
    if tagged:
        return min(10.0, float(tagged.group(1))) / 10
    loose = re.search(r"(?<![\d.])(10|[1-9])(?![\d.]*\d)", text)
    return int(loose.group(1)) / 10 if loose else 0.5
