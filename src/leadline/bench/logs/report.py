"""The tables of a log: sessions, steps, intents, moves, repetition by step, term adoption with its chance level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from leadline.bench.logs import moves, sessions
from leadline.bench.logs.adoption import adoption, mean_adoption
from leadline.bench.logs.sessions import LogRow, sessionise
from leadline.bench.stats import mean_interval


def analyse(rows: Sequence[LogRow], *, seed: int = 0) -> dict[str, Any]:
    """Everything as one JSON value; intervals are over sessions, never over steps."""
    found = sessionise(rows)
    steps = [adoption([r.query for r in s], [r.evidence for r in s]) for s in found]
    flat = [step for session in steps for step in session]
    gaps = [b.ts - a.ts for s in found for a, b in pairwise(s)]
    per_session = [mean_adoption(s) for s in steps if any(x.accumulated is not None for x in s)]
    return {
        "rules": {"sessions": sessions.VERSION, "moves": moves.VERSION},
        "requests": len(rows),
        "sessions": len(found),
        "single_query_share": _share(len(s) == 1 for s in found),
        "at_most_10_steps": _share(len(s) <= 10 for s in found if len(s) > 1),
        "gap_under_10s": _share(g < 10_000 for g in gaps),
        "gap_under_60s": _share(g < 60_000 for g in gaps),
        "intents": _shares(moves.intent([r.query for r in s]) for s in found),
        "moves": _shares(step.move for step in flat),
        "repetition_by_step": {
            str(t): _share(s.move == "Repetition" for s in flat if s.step == t)
            for t in sorted({s.step for s in flat})
        },
        "query_terms": float(np.mean([len(r.query.split()) for r in rows])) if rows else 0.0,
        "queries_once": _share(n == 1 for n in Counter(r.query for r in rows).values()),
        "k": _shares(str(r.k) for r in rows),
        "ctar": {
            "accumulated": mean_adoption(flat),
            "last": mean_adoption(flat, accumulated=False),
            "chance": _chance(found, seed),
            "over_sessions": list(mean_interval(per_session)),
            "undefined_steps": sum(s.accumulated is None for s in flat),
            "by_move": {
                m: mean_adoption([s for s in flat if s.move == m]) for m in sorted({s.move for s in flat})
            },
        },
    }


def _chance(found: Sequence[Sequence[LogRow]], seed: int) -> float:
    """CTAR_acc of each session's queries against the evidence of a random other session."""
    if len(found) < 2:
        return 0.0
    rng = np.random.default_rng(seed)
    rows = []
    for i, session in enumerate(found):
        j = int(rng.integers(len(found) - 1))
        other = found[j + (j >= i)]
        evidence = [other[min(t, len(other) - 1)].evidence for t in range(len(session))]
        rows += adoption([r.query for r in session], evidence)
    return mean_adoption(rows)


def _share(flags: Any) -> float:
    values = list(flags)
    return sum(values) / len(values) if values else 0.0


def _shares(labels: Any) -> dict[str, float]:
    counts = Counter(labels)
    total = sum(counts.values())
    return {label: count / total for label, count in sorted(counts.items())}
