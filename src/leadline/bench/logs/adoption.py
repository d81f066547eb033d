"""CTAR: how much of each new query comes from what was retrieved before (arXiv:2601.17617).

N_t = terms(q_t) - terms(q_{t-1}); E_s = terms of the evidence shown at step s.
CTAR_last = |N_t and E_{t-1}| / |N_t|; CTAR_acc = |N_t and (E_1 or ... or E_{t-1})| / |N_t|. A step without new terms
is undefined and skipped: counting it as 0 or 1 alone moves the mean by tens of points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leadline.bench.logs.moves import Move, move, terms


class Adoption(NamedTuple):
    """One step (the second of a session is 2): its move and, where defined, its two ratios."""

    step: int
    move: Move
    new_terms: int
    last: float | None
    accumulated: float | None


def adoption(
    queries: Sequence[str], evidence: Sequence[str], *, drop_stop_words: bool = False
) -> list[Adoption]:
    """One row per step from the second on. `evidence[i]` was shown after `queries[i]`."""
    seen: set[str] = set()
    rows = []
    for t in range(1, len(queries)):
        before = terms(evidence[t - 1], drop_stop_words=drop_stop_words)
        seen |= before
        fresh = terms(queries[t], drop_stop_words=drop_stop_words) - terms(
            queries[t - 1], drop_stop_words=drop_stop_words
        )
        last = len(fresh & before) / len(fresh) if fresh else None
        accumulated = len(fresh & seen) / len(fresh) if fresh else None
        rows.append(Adoption(t + 1, move(queries[t - 1], queries[t]), len(fresh), last, accumulated))
    return rows


def mean_adoption(rows: Sequence[Adoption], *, accumulated: bool = True, pooled: bool = False) -> float:
    """Mean of the step ratios over defined steps; `pooled` weighs them by their number of new terms."""
    defined = [
        (r.accumulated if accumulated else r.last, r.new_terms) for r in rows if r.accumulated is not None
    ]
    if not defined:
        return 0.0
    if pooled:
        return sum(value * n for value, n in defined if value) / sum(n for _, n in defined)
    return sum(value or 0.0 for value, _ in defined) / len(defined)
