"""How one query becomes the next: Repetition, Specialization, Generalization, Exploration; and a session's intent.

Rules stand in for the paper's language-model labels (inferred; version "rules-1").
"""

from __future__ import annotations

import re
from typing import Literal

Move = Literal["Repetition", "Specialization", "Generalization", "Exploration"]
Intent = Literal["Declarative", "Procedural", "Reasoning"]
VERSION = "rules-1"

STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
    "to was will with".split()
)
"""Lucene's 33 English stop words."""


def terms(text: str, *, drop_stop_words: bool = False) -> set[str]:
    """Lower-cased alphanumeric tokens."""
    found = set(re.findall(r"[^\W_]+", text.lower()))
    return found - STOP_WORDS if drop_stop_words else found


def jaccard(a: set[str], b: set[str]) -> float:
    """|a and b| / |a or b|; 1 for two empty sets."""
    return len(a & b) / len(a | b) if a | b else 1.0


def move(previous: str, query: str) -> Move:
    """The label of a step.

    >>> move("harbour lights box office", "harbour lights oslo premiere 1987")
    'Exploration'
    """
    a, b = terms(previous), terms(query)
    similar = jaccard(a, b)
    if similar >= 0.8:
        return "Repetition"
    if a < b:
        return "Specialization"
    if b < a:
        return "Generalization"
    if similar >= 0.4 and len(a) != len(b):
        return "Specialization" if len(b) > len(a) else "Generalization"
    return "Exploration"


def intent(queries: list[str]) -> Intent:
    """A session's intent by cue words: how-to is Procedural; comparing, explaining and three or more constraints
    are Reasoning; else Declarative."""
    text = " ".join(queries).lower()
    if re.search(r"\bhow (?:to|do|can)\b|\bsteps? to\b|\btutorial\b|\bguide\b", text):
        return "Procedural"
    if re.search(
        r"\b(?:why|compare|versus|vs|difference|explain|impact|relationship between|pros and cons)\b", text
    ):
        return "Reasoning"
    return "Declarative"
