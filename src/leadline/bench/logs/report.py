"""The tables of a log: sessions, steps, intents, moves, repetition by step, term adoption with its chance level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from leadline.bench.logs import moves, sessions
from leadline.bench.logs.adoption import Adoption, adoption, mean_adoption
from leadline.bench.logs.sessions import LogRow, sessionise
from leadline.bench.stats import mean_interval

Session = Sequence[LogRow]


def analyse(rows: Sequence[LogRow], *, seed: int = 0) -> dict[str, Any]:
    """Everything as one JSON value; intervals are over sessions, never over steps."""
    found = sessionise(rows)
    steps = [adoption(_queries(s), _evidence(s)) for s in found]
    return {
        "rules": {"sessions": sessions.VERSION, "moves": moves.VERSION},
        "requests": len(rows),
        "sessions": len(found),
        **_lengths(found),
        **_moves(found, steps),
        "terms_by_intent": _by_intent(found, [[len(r.query.split()) for r in s] for s in found]),
        "query_terms": float(np.mean([len(r.query.split()) for r in rows])) if rows else 0.0,
        "queries_once": _share(n == 1 for n in Counter(r.query for r in rows).values()),
        "k": _shares(str(r.k) for r in rows),
        "k_changes_inside": _share(len({r.k for r in s}) > 1 for s in found if len(s) > 1),
        "ctar": _ctar(found, steps, seed),
    }


def _lengths(found: Sequence[Session]) -> dict[str, Any]:
    """How many steps sessions have, and how much time lies between two."""
    gaps = [b.ts - a.ts for s in found for a, b in pairwise(s)]
    return {
        "single_query_share": _share(len(s) == 1 for s in found),
        "at_most_10_steps": _share(len(s) <= 10 for s in found if len(s) > 1),
        "gap_under_10s": _share(g < 10_000 for g in gaps),
        "gap_under_60s": _share(g < 60_000 for g in gaps),
    }


def _moves(found: Sequence[Session], steps: Sequence[Sequence[Adoption]]) -> dict[str, Any]:
    """Intents, the moves between queries, and what follows what."""
    flat = [step for session in steps for step in session]
    return {
        "intents": _shares(map(_intent, found)),
        "moves": _shares(step.move for step in flat),
        "repetition_by_step": {
            str(t): _share(s.move == "Repetition" for s in flat if s.step == t)
            for t in sorted({s.step for s in flat})
        },
        "repetition_by_step_and_intent": _repetition(found, steps),
        "transitions": _transitions(found, steps),
    }


def _ctar(found: Sequence[Session], steps: Sequence[Sequence[Adoption]], seed: int) -> dict[str, Any]:
    """How many new words of a query stood in what was read before, beside chance."""
    flat = [step for session in steps for step in session]
    per_session = [mean_adoption(s) for s in steps if any(x.accumulated is not None for x in s)]
    telling = [x for s in found for x in adoption(_queries(s), _evidence(s), drop_stop_words=True)]
    return {
        "accumulated": mean_adoption(flat),
        "last": mean_adoption(flat, accumulated=False),
        "chance": _chance(found, seed),
        "over_sessions": list(mean_interval(per_session)),
        "undefined_steps": sum(s.accumulated is None for s in flat),
        "without_stop_words": mean_adoption(telling),
        "by_step": {
            str(t): mean_adoption([s for s in flat if s.step == t]) for t in sorted({s.step for s in flat})
        },
        "by_move": {
            m: mean_adoption([s for s in flat if s.move == m]) for m in sorted({s.move for s in flat})
        },
    }


def _queries(session: Session) -> list[str]:
    return [row.query for row in session]


def _evidence(session: Session) -> list[str]:
    return [row.evidence for row in session]


def _intent(session: Session) -> str:
    return moves.intent(_queries(session))


def _by_intent(found: Sequence[Session], values: Sequence[Sequence[float]]) -> dict[str, float]:
    """Mean of the values of all sessions of an intent."""
    pooled: dict[str, list[float]] = {}
    for session, mine in zip(found, values, strict=True):
        pooled.setdefault(_intent(session), []).extend(mine)
    return {intent: sum(mine) / len(mine) for intent, mine in sorted(pooled.items())}


def _repetition(found: Sequence[Session], steps: Sequence[Sequence[Adoption]]) -> dict[str, dict[str, float]]:
    """intent -> step -> share of repetitions among the sessions that got there."""
    flags: dict[str, dict[int, list[bool]]] = {}
    for session, mine in zip(found, steps, strict=True):
        for step in mine:
            at = flags.setdefault(_intent(session), {}).setdefault(step.step, [])
            at.append(step.move == "Repetition")
    return {i: {str(t): _share(f) for t, f in sorted(by.items())} for i, by in sorted(flags.items())}


def _transitions(
    found: Sequence[Session], steps: Sequence[Sequence[Adoption]]
) -> dict[str, dict[str, dict[str, float]]]:
    """intent -> move -> share of each move that follows it."""
    after: dict[str, dict[str, list[str]]] = {}
    for session, mine in zip(found, steps, strict=True):
        for one, other in pairwise(mine):
            after.setdefault(_intent(session), {}).setdefault(one.move, []).append(other.move)
    return {i: {m: _shares(n) for m, n in sorted(by.items())} for i, by in sorted(after.items())}


def _chance(found: Sequence[Session], seed: int) -> float:
    """CTAR_acc of each session's queries against the evidence of a random other session."""
    if len(found) < 2:
        return 0.0
    rng = np.random.default_rng(seed)
    rows = []
    for i, session in enumerate(found):
        j = int(rng.integers(len(found) - 1))
        other = found[j + (j >= i)]
        evidence = [other[min(t, len(other) - 1)].evidence for t in range(len(session))]
        rows += adoption(_queries(session), evidence)
    return mean_adoption(rows)


def _share(flags: Any) -> float:
    values = list(flags)
    return sum(values) / len(values) if values else 0.0


def _shares(labels: Any) -> dict[str, float]:
    counts = Counter(labels)
    total = sum(counts.values())
    return {label: count / total for label, count in sorted(counts.items())}
